import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { execa } from 'execa';

/** Runs an installer, keeps all that it says in a log and hands on the lines that tell how far it is. */
export async function runInstaller(
  program: string,
  words: readonly string[],
  options: {
    readonly log: string;
    readonly progress: (line: string) => void;
    /** Lines worth showing. */
    readonly tells: RegExp;
    readonly variables: Readonly<Record<string, string | undefined>>;
    readonly folder?: string;
  },
): Promise<{ readonly failed: false } | { readonly failed: true; readonly lines: readonly string[] }> {
  const lines: string[] = [];
  mkdirSync(dirname(options.log), { recursive: true });
  const process_ = execa(program, words, {
    stdin: 'ignore',
    all: true,
    reject: false,
    buffer: false,
    env: options.variables,
    ...(options.folder === undefined ? {} : { cwd: options.folder }),
  });
  for await (const line of process_.iterable({ from: 'all' })) {
    lines.push(line);
    if (lines.length > 200) lines.shift();
    writeFileSync(options.log, `${line}\n`, { flag: 'a' });
    if (options.tells.test(line)) options.progress(line.trim());
  }
  const result = await process_;
  if (!result.failed) return { failed: false };
  const said = lines.map((line) => line.trimEnd()).filter((line) => line !== '' && !line.startsWith('[notice]'));
  return { failed: true, lines: said.length === 0 ? [result.shortMessage ?? 'it failed'] : said.slice(-12) };
}

/** Writes a file so that it is never seen half. */
export function replaceFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.draft`;
  writeFileSync(draft, text);
  renameSync(draft, path);
}

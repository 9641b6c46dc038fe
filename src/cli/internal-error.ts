import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { packageVersion } from '../util/package-root.ts';
import { shellCommand } from './shell-word.ts';

/** The one boundary for mistakes of our own: no stack trace on the screen, all of it in a file. Gives the exit status. */
export function reportInternalError(error: unknown, options: { readonly words: readonly string[] }): 70 {
  const summary = error instanceof Error ? error.message : String(error);
  const path = writeReport(error, options);
  const lines = [
    `internal error: ${summary}`,
    '  This is a mistake in bit, not in your pipeline. What finished is safe; the same command continues from there.',
    path === undefined
      ? `  Please report it with this:\n${inspect(error)}`
      : `  The report is ${path}. Please send it to the maintainers of Bitflow, with the pipeline if you may share it.`,
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
  return 70;
}

function writeReport(error: unknown, options: { readonly words: readonly string[] }): string | undefined {
  const text = [
    `bit ${packageVersion()}, node ${process.version}, ${process.platform} ${process.arch}`,
    new Date().toISOString(),
    `command: ${shellCommand(['bit', ...options.words])}`,
    `folder: ${process.cwd()}`,
    '',
    inspect(error, { depth: 6 }),
    '',
  ].join('\n');
  try {
    const path = join(mkdtempSync(join(tmpdir(), 'bit-report-')), 'report.txt');
    writeFileSync(path, text);
    return path;
  } catch {
    return undefined;
  }
}

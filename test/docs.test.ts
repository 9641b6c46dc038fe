import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { reservedParams } from '../src/cli/run-flags.ts';
import { fileSourceHost } from '../src/cli/source-host.ts';
import { globalFlags } from '../src/cli/verb.ts';
import { verbs } from '../src/cli/verbs.ts';
import type { Diagnostic } from '../src/diagnostics/diagnostic.ts';
import { checkProgram, type SourceHost } from '../src/parser/index.ts';
import { parse } from '../src/parser/syntax/parse.ts';

/**
 * What the pages say must be so: every pipeline in them checks, every command exists, every link leads somewhere.
 *
 * A block opened by ```` ```bit ```` is a whole file; ```` ```bit counts.bit ```` is one that other blocks of its page may import, and
 * ```` ```python scripts/count.py ```` one that they may name; ```` ```bit fragment ```` is a part of one and must only be readable.
 */
const repository = dirname(dirname(fileURLToPath(import.meta.url)));
const pages = [
  ...markdown('.', { deep: false }),
  ...markdown('docs', { deep: true }),
  ...modules('stdlib'),
  ...modules('pipelines'),
].map((path) => page(path));

describe.each(pages.filter((one) => one.blocks.some((block) => block.language === 'bit')))(
  '$path',
  ({ blocks, path }) => {
    const files = new Map(
      blocks.filter((block) => block.file !== undefined).map((block) => [pathOf(path, block), block.text]),
    );
    const host = overlay(files);

    test.each(blocks.filter((block) => block.language === 'bit'))('the pipeline in line $line holds', (block) => {
      if (block.isFragment) {
        const readings = wrappings.map((wrap) => mistakes(parse({ name: path, text: wrap(block.text) }).diagnostics));
        if (!readings.some((reading) => reading.length === 0)) expect(readings[0]).toEqual([]);
        return;
      }
      const at = pathOf(path, block);
      const { diagnostics } = checkProgram(at, overlay(new Map([...files, [at, block.text]]), host), {
        arguments: [],
        reserved: reservedParams,
        purpose: 'check',
      });
      expect(mistakes(diagnostics)).toEqual([]);
    });
  },
);

describe.each(pages)('$path', ({ commands, links, path }) => {
  test('the commands it names exist', async () => {
    const wrong: string[] = [];
    for (const { verb, flags, line } of commands) {
      const entry = verbs.find((one) => one.name === verb);
      if (entry === undefined) {
        wrong.push(`line ${line}: bit ${verb}`);
        continue;
      }
      const declaration = await entry.load();
      if (declaration.openFlags === true) continue;
      const known = new Set([...Object.keys(declaration.flags), ...Object.keys(globalFlags)]);
      wrong.push(...flags.filter((flag) => !known.has(flag)).map((flag) => `line ${line}: bit ${verb} --${flag}`));
    }
    expect(wrong).toEqual([]);
  });

  test('its links lead somewhere', () => {
    const wrong = links
      .filter(({ target }) => !leadsSomewhere(target, { from: path }))
      .map(({ target, line }) => `line ${line}: ${target}`);
    expect(wrong).toEqual([]);
  });
});

test('every page of docs is reached from the README', () => {
  const seen = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const { target } of pages.find((one) => one.path === path)?.links ?? []) {
      const file = target.split('#')[0] ?? '';
      if (file.endsWith('.md')) visit(relative(repository, resolve(repository, dirname(path), file)));
    }
  };
  visit('README.md');
  expect(pages.map((one) => one.path).filter((path) => path.startsWith('docs/') && !seen.has(path))).toEqual([]);
});

interface Page {
  /** Relative to the repository. */
  readonly path: string;
  readonly blocks: readonly Block[];
  readonly commands: readonly { readonly verb: string; readonly flags: readonly string[]; readonly line: number }[];
  readonly links: readonly { readonly target: string; readonly line: number }[];
}

interface Block {
  readonly language: string;
  readonly text: string;
  readonly line: number;
  readonly isFragment: boolean;
  /** The name it has for the other blocks of its page. */
  readonly file: string | undefined;
}

/** Of a module, the page is what its `///` comments say. */
function page(path: string): Page {
  const whole = readFileSync(join(repository, path), 'utf8');
  const lines = whole
    .split('\n')
    .map((line) => (path.endsWith('.bit') ? (/^\s*\/\/\/ ?(.*)$/u.exec(line)?.[1] ?? '') : line));
  const blocks: Block[] = [];
  const commands: { verb: string; flags: string[]; line: number }[] = [];
  const links: { target: string; line: number }[] = [];
  let open: { fence: string; language: string; info: string; line: number; text: string[] } | undefined;
  for (const [index, line] of lines.entries()) {
    const at = index + 1;
    const fence = /^(`{3,})\s*([\w-]*)\s*(.*)$/u.exec(line.trim());
    if (open !== undefined) {
      if (fence !== null && fence[0] === open.fence) {
        const { language, info, line: start, text } = open;
        const isFragment = info === 'fragment';
        blocks.push({
          language,
          text: `${text.join('\n')}\n`,
          line: start,
          isFragment,
          file: isFragment || info === '' ? undefined : info,
        });
        open = undefined;
        continue;
      }
      open.text.push(line);
      if (open.language !== 'bit' && open.language !== 'ts')
        commands.push(...commandsOf(/^(?:\$ )?(?:npx )?(bit .*)$/u.exec(line.trim())?.[1] ?? '', at));
      continue;
    }
    if (fence !== null) {
      open = { fence: fence[1] ?? '', language: fence[2] ?? '', info: fence[3] ?? '', line: at, text: [] };
      continue;
    }
    for (const [, code = ''] of line.matchAll(/(?<!`)`([^`]+)`(?!`)/gu))
      commands.push(...commandsOf(code.replace(/^npx /u, ''), at));
    for (const [, target = ''] of line.replace(/`[^`]*`/gu, '').matchAll(/\]\(([^)\s]+)\)/gu))
      links.push({ target, line: at });
  }
  return { path, blocks, commands, links };
}

/** `bit run a.bit && bit why x` names two commands. */
function commandsOf(text: string, line: number): { verb: string; flags: string[]; line: number }[] {
  return text.split(/&&|\|\||;|\|/u).flatMap((part) => {
    const [, verb, rest = ''] = /^\s*bit ([a-z]+)(?= |$)(.*)$/u.exec(part) ?? [];
    if (verb === undefined) return [];
    return [{ verb, flags: [...rest.matchAll(/(?<= )--([a-z][a-z-]*)/gu)].map((match) => match[1] ?? ''), line }];
  });
}

function leadsSomewhere(target: string, { from }: { readonly from: string }): boolean {
  if (/^[a-z]+:/u.test(target)) return true;
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? join(repository, from) : resolve(repository, dirname(from), file);
  if (!existsSync(path)) return false;
  return anchor === undefined || statSync(path).isDirectory() || headings(path).includes(anchor);
}

/** As code hosts make them: lower case, spaces to hyphens, punctuation gone. */
function headings(path: string): string[] {
  return [...readFileSync(path, 'utf8').matchAll(/^#{1,6} (.+)$/gmu)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replace(/ /gu, '-'),
  );
}

/** What a part of a pipeline may be a part of. */
const wrappings: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => `workflow {\n${text}}\n`,
  (text) => `process p {\n${text}}\n`,
  (text) => `params {\n${text}}\n`,
  (text) => `workflow {\n  let x = ${text}}\n`,
];

function mistakes(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics
    .filter((diagnostic) => diagnostic.severity !== 'info')
    .map(({ code, message, at }) => `${code} ${message}: ${at.source.text.slice(at.start, at.end).split('\n')[0]}`);
}

const pathOf = (path: string, block: Block): string =>
  join(repository, dirname(path), block.file ?? `line-${block.line}.bit`);

/** The files of the repository, with those of a page among them. */
function overlay(
  files: ReadonlyMap<string, string>,
  below: SourceHost = fileSourceHost({ folder: repository }),
): SourceHost {
  return {
    ...below,
    read(path) {
      const text = files.get(path);
      return text === undefined ? below.read(path) : { ok: true, text };
    },
  };
}

function markdown(folder: string, { deep }: { readonly deep: boolean }): string[] {
  return filesIn(folder, { deep }).filter((path) => path.endsWith('.md'));
}

function modules(folder: string): string[] {
  return filesIn(folder, { deep: true }).filter((path) => path.endsWith('.bit'));
}

/** What runs left beside a pipeline, `.bit/` and `results/`, is no part of the repository. */
function filesIn(folder: string, { deep }: { readonly deep: boolean }): string[] {
  return readdirSync(join(repository, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isFile()) return [path];
      return deep && entry.isDirectory() && entry.name !== '.bit' && entry.name !== 'results'
        ? filesIn(path, { deep })
        : [];
    })
    .sort();
}

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/**
 * What each folder of `src/` may import of the others: docs/architecture.md, "What may import what". A folder may always import itself.
 * A type import is an edge like any other: it says who has to change with whom.
 */
const allowed: Readonly<Record<string, readonly string[]>> = {
  util: [],
  diagnostics: ['util'],
  parser: ['diagnostics', 'util'],
  engine: ['parser/index.ts', 'diagnostics', 'util'],
  runners: ['engine/ports', 'diagnostics', 'util'],
  store: ['engine/ports', 'diagnostics', 'util'],
  data: ['engine/ports', 'diagnostics', 'util'],
  export: ['engine/ports', 'diagnostics', 'util'],
  server: ['engine/ports', 'diagnostics', 'util'],
  wrappers: ['parser', 'diagnostics', 'util'],
  lsp: ['parser', 'diagnostics', 'util'],
  cli: ['data', 'diagnostics', 'engine', 'export', 'lsp', 'parser', 'runners', 'server', 'store', 'util', 'wrappers'],
};

/** What a folder must not touch at all, so that it can be tested with data alone. */
const absent: readonly { readonly folder: string; readonly what: string; readonly pattern: RegExp }[] = [
  { folder: 'parser', what: 'the file system', pattern: /from '(node:)?fs(\/promises)?'/u },
  { folder: 'parser', what: 'a process', pattern: /from '(node:child_process|execa)'/u },
  { folder: 'parser', what: 'an editor protocol', pattern: /from '(@?vscode|langium)/u },
  { folder: 'engine', what: 'SQLite', pattern: /from '(sqlite3|node:sqlite)'/u },
  { folder: 'engine', what: 'a process or a container', pattern: /from '(execa|dockerode|node:child_process)'/u },
  {
    folder: 'engine',
    what: 'the terminal',
    pattern: /from '(picocolors|log-update|commander|node:readline|node:tty)'|process\.std|console\./u,
  },
  { folder: 'engine/plan', what: 'the file system', pattern: /from '(node:)?fs(\/promises)?'/u },
  { folder: 'engine/ports', what: 'the file system', pattern: /from '(node:)?fs(\/promises)?'/u },
  ...['util', 'diagnostics', 'parser', 'engine', 'data'].map((folder) => ({
    folder,
    what: 'the wall clock',
    pattern: /\bDate\.now\(|\bnew Date\(\s*\)/u,
  })),
  ...['parser', 'engine/plan', 'engine/key'].map((folder) => ({
    folder,
    what: 'any clock',
    pattern: /\bperformance\.|\bhrtime\b/u,
  })),
  ...['parser', 'engine/plan', 'engine/key'].map((folder) => ({
    folder,
    what: 'chance',
    pattern: /\bMath\.random\(|\brandom(Bytes|UUID|Int)\(/u,
  })),
];

/** Files that are longer than a sitting, and why they may be. Catalogues (`*-errors.ts`, `*-explanations.ts`) are lists and need no entry. */
const long: Readonly<Record<string, string>> = {
  'src/parser/syntax/grammar.ts': 'the grammar, one rule after the other',
  'src/parser/syntax/layout.ts': 'which line ends end a statement, one case after the other',
  'src/parser/syntax/scan.ts': 'what the characters mean, one case after the other',
};

const repository = dirname(dirname(fileURLToPath(import.meta.url)));
const root = join(repository, 'src');
const files = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => read(relative(root, join(entry.parentPath, entry.name))))
  .sort((a, b) => (a.path < b.path ? -1 : 1));
const byPath = new Map(files.map((file) => [file.path, file]));

describe('what may import what', () => {
  test('every folder has its rule', () => {
    expect([...new Set(files.map((file) => folderOf(file.path)))].filter((folder) => !(folder in allowed))).toEqual([]);
  });

  test('no import crosses a border that is not open', () => {
    const crossings = files.flatMap((file) =>
      file.imports
        .filter((target) => !mayImport(file.path, target))
        .map((target) => `src/${file.path} imports src/${target}`),
    );
    expect(crossings).toEqual([]);
  });

  test('every import names a file that is there', () => {
    const dangling = files.flatMap((file) =>
      file.imports
        .filter((target) => !existsSync(join(root, target)))
        .map((target) => `src/${file.path} imports src/${target}`),
    );
    expect(dangling).toEqual([]);
  });

  test('no file leads back to itself', () => {
    expect(cycles()).toEqual([]);
  });
});

test.each(absent)('$folder knows nothing of $what', ({ folder, pattern }) => {
  const found = files
    .filter((file) => file.path.startsWith(`${folder}/`))
    .flatMap((file) =>
      file.lines.flatMap((line, at) => (pattern.test(line) ? [`src/${file.path}:${at + 1}: ${line.trim()}`] : [])),
    );
  expect(found).toEqual([]);
});

describe('names', () => {
  test('a file is named in kebab-case, after what it holds', () => {
    const wrong = files
      .map((file) => file.path)
      .filter(
        (path) =>
          !/^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*\.ts$/u.test(path) ||
          /^(utils?|types|common|helpers?|misc)\.ts$/u.test(basename(path)),
      );
    expect(wrong).toEqual([]);
  });

  test('a type is named after what it is, not after what it does to others', () => {
    const vague = /(?:Manager|Handler|Helper|Processor|Context|Session|Service)(?=[A-Z]|$)/u;
    const wrong = files.flatMap((file) =>
      [...file.code.matchAll(/^(?:export )?(?:abstract )?(?:class|interface|type) (\w+)/gmu)]
        .map((match) => match[1] ?? '')
        .filter((name) => vague.test(name))
        .map((name) => `src/${file.path}: ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  test('exports have names', () => {
    expect(
      files
        .filter((file) => /^export default\b|^export \{[^}]*\bas default\b/mu.test(file.code))
        .map((file) => `src/${file.path}`),
    ).toEqual([]);
  });
});

test('a file is read in one sitting', () => {
  const wrong = files
    .filter(
      (file) =>
        file.lines.length > 500 && !/-(errors|explanations)\.ts$/u.test(file.path) && !(`src/${file.path}` in long),
    )
    .map((file) => `src/${file.path}: ${file.lines.length} lines`);
  expect(wrong).toEqual([]);
});

test('the list of long files holds no file that got shorter or went away', () => {
  expect(Object.keys(long).filter((path) => (byPath.get(path.slice('src/'.length))?.lines.length ?? 0) <= 500)).toEqual(
    [],
  );
});

interface File {
  /** Relative to `src/`. */
  readonly path: string;
  readonly code: string;
  readonly lines: readonly string[];
  /** Files of `src/` that it imports, relative to `src/`: types, and what is loaded only when it is used, included. */
  readonly imports: readonly string[];
  /** Those of them that it cannot be read without. */
  readonly needs: readonly string[];
}

function read(path: string): File {
  const code = readFileSync(join(root, path), 'utf8');
  const own = (pattern: RegExp): string[] =>
    [...code.matchAll(pattern)]
      .map((match) => match[1] ?? '')
      .filter((specifier) => specifier.startsWith('.') && specifier.endsWith('.ts'))
      .map((specifier) => join(dirname(path), specifier));
  const needs = new Set([
    ...own(/^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*'([^']+)'/gmu),
    ...own(/^\s*import\s+'([^']+)'/gmu),
    ...own(/\bimport\('([^']+)'\)\./gu),
  ]);
  const later = own(/\bimport\(\s*'([^']+)'\s*\)/gu);
  return {
    path,
    code,
    lines: code.trimEnd().split('\n'),
    needs: [...needs],
    imports: [...new Set([...needs, ...later])],
  };
}

function folderOf(path: string): string {
  return path.split('/')[0] ?? path;
}

function mayImport(from: string, target: string): boolean {
  if (folderOf(from) === folderOf(target))
    return !from.startsWith('engine/ports/') || target.startsWith('engine/ports/');
  const open = allowed[folderOf(from)] ?? [];
  return open.some((place) => target === place || target.startsWith(`${place}/`));
}

/**
 * Rings of files that cannot be read without one another. What is loaded only when it is used closes none: the table of verbs loads
 * `help`, and `help` prints the table.
 */
function cycles(): string[] {
  const state = new Map<string, 'open' | 'done'>();
  const path: string[] = [];
  const found: string[] = [];
  const visit = (at: string): void => {
    state.set(at, 'open');
    path.push(at);
    for (const next of byPath.get(at)?.needs ?? []) {
      if (state.get(next) === 'open')
        found.push([...path.slice(path.indexOf(next)), next].map((file) => `src/${file}`).join(' -> '));
      else if (!state.has(next)) visit(next);
    }
    path.pop();
    state.set(at, 'done');
  };
  for (const file of files) if (!state.has(file.path)) visit(file.path);
  return found;
}

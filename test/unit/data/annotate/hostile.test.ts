import { expect, test } from 'vitest';
import { annotate, type TagRule } from '../../../../src/data/annotate/annotate.ts';
import { annotateDiagnostics } from '../../../../src/data/annotate/annotate-errors.ts';
import type { AnnotatedItem } from '../../../../src/data/annotate/annotated-item.ts';
import { duplicateTags } from '../../../../src/data/annotate/duplicate-tags.ts';
import { preview } from '../../../../src/data/annotate/preview.ts';
import { readPattern } from '../../../../src/data/annotate/read-pattern.ts';
import { readSheet } from '../../../../src/data/annotate/read-sheet.ts';
import { type TagKey, tagKinds } from '../../../../src/engine/ports/catalog.ts';
import { hostileNames } from '../../../support/hostile-names.ts';
import { random } from '../../../support/random.ts';
import { bySheetOf, pattern as patternRule, tagged } from './rig.ts';
import { type XlsxCell, xlsxFile } from './xlsx-file.ts';

const pieces = [
  'a',
  'A1',
  'ctl',
  '7',
  '007',
  '0.5',
  '0,5',
  '3 min',
  '-1',
  'true',
  '2024-02-29',
  '_',
  '-',
  '.',
  ' ',
  '/',
  '\\',
  '"',
  "'",
  '{',
  '}',
  '{x}',
  '{y:Int}',
  '{z:**}',
  '*',
  '**',
  '?',
  '[',
  ']',
  '(',
  ')',
  '(?<x>.)',
  '(?P<y>',
  '\n',
  '\r',
  '\t',
  '\0',
  ',',
  ';',
  '=',
  'é',
  'e\u0301',
  '\u0301',
  '🔬',
  '\ud83d',
  '\udd2c',
  '細胞',
  '\u00a0',
  '\u2028',
  '__proto__',
  'constructor',
  'toString',
  '.tif',
  '.ome.tif',
  'x'.repeat(255),
  '1e999',
  '9'.repeat(40),
  '{params.dir}',
  '{a,b}',
  '#N/A',
  'not',
  'µm',
  'Time (s)',
];

test('no name, rule, key or sheet brings it down, and a tag is always of the type of its key', async () => {
  const chance = random(20240229);
  const next = (below: number): number => Math.floor(chance() * below);
  const text = (most: number): string =>
    Array.from({ length: next(most + 1) }, () => pieces[next(pieces.length)]).join('');
  const many = (most: number, longest: number): string[] => Array.from({ length: next(most + 1) }, () => text(longest));
  const either = <T>(...of: readonly [T, ...T[]]): T => of[next(of.length)] ?? of[0];
  const at = { source: { name: 'command line', text: 'x' }, start: 0, end: 1 };
  const otherwise = (): 'refuse' | 'leave' => either('refuse', 'leave');

  const rule = async (items: readonly AnnotatedItem[]): Promise<TagRule | undefined> => {
    const unmatched = otherwise();
    const of = either('name' as const, 'path' as const);
    const tag = either('x', 'y', text(2));
    switch (next(6)) {
      case 0: {
        const { pattern } = readPattern(either(text(6), '{x}', '{x}.tif', '{x:Float}_**', '{x}_{a}'), at);
        return pattern && { kind: 'pattern', pattern, unmatched };
      }
      case 1:
        return {
          kind: 'regex',
          text: either(text(4), `(?<x>${text(1)})`, '(?<x__Int>\\d+)', '(?<a>.)(?<b>.*)'),
          unmatched,
        };
      case 2:
        return { kind: 'separator', separators: many(3, 1), position: next(7) - 3, tag, of, unmatched };
      case 3:
        return { kind: 'words', words: many(4, 2), tag, of, unmatched, letters: either('as-written', 'any-case') };
      case 4:
        return { kind: 'set', set: many(2, 3).map((one) => either(one, `x=${one}`)), unset: many(1, 1) };
      default: {
        const rows = items.map((item): XlsxCell[] => [
          either(item.name, item.path, text(2)),
          text(2),
          either<XlsxCell>(text(1), 5, true, { day: next(60000) }),
        ]);
        const grid: XlsxCell[][] = [[text(1), 'x', text(2)], ...rows];
        const bytes = either<() => Buffer>(
          () =>
            Buffer.from(
              grid
                .map((row) => row.map((cell) => (typeof cell === 'string' ? cell : '5')).join(either(',', ';', '\t')))
                .join('\n'),
            ),
          () =>
            xlsxFile({
              S: grid.map((row) =>
                row.map((cell) => (typeof cell === 'string' ? cell.replace(/[^\t\n\x20-\ud7ff]/gu, '') : cell)),
              ),
            }),
          () => Buffer.from(text(20)),
        )();
        const sheet = await readSheet(bytes, { name: either('a.csv', 'a.tsv'), worksheet: undefined });
        return sheet.ok
          ? {
              kind: 'sheet',
              sheet: sheet.value,
              fileColumn: either(undefined, 'x'),
              rename: either({}, { x: text(1) }),
              leaveOut: many(1, 1),
              decimals: either(undefined, 'comma'),
              rowsWithoutFile: otherwise(),
              filesWithoutRow: otherwise(),
            }
          : undefined;
      }
    }
  };

  let tags = 0;
  for (let round = 0; round < 4000; round++) {
    const items = many(8, 5).map(
      (path, at): AnnotatedItem => ({
        key: String(at),
        path,
        name: path.slice(path.lastIndexOf('/') + 1),
        tags: either({}, { x: 1, old: 'a' }),
      }),
    );
    const rules = [await rule(items), await rule(items)].flatMap((one) => one ?? []);
    const keys: TagKey[] = either(
      [],
      [{ name: 'x', type: either(...tagKinds), ...either({}, { unit: 's' }, { values: ['a', 7, true] }) }],
    );
    const result = annotate(items, { rules, keys, newKeys: either('refuse', 'infer') });
    expect(result.items.map(({ item }) => item)).toEqual(items);
    const types = new Map([...keys, ...result.newKeys].map((key) => [key.name, key.type]));
    for (const { change } of result.items)
      for (const [name, value] of Object.entries(change)) {
        if (value === null) continue;
        tags += 1;
        const type = types.get(name);
        expect(typeof value).toBe(
          type === 'Bool' ? 'boolean' : type === 'Int' || type === 'Float' ? 'number' : 'string',
        );
        if (type === 'Int') expect(value).toSatisfy(Number.isSafeInteger);
        if (type === 'Float') expect(value).toSatisfy(Number.isFinite);
        expect(value).not.toBe('');
      }
    preview(result, { keys, mostRows: 3, mostValues: 3 });
    const twins = duplicateTags(result.items.map(({ item, tags }) => ({ path: item.path, tags })));
    for (const { message } of annotateDiagnostics([...result.problems, ...twins], { at: () => at }))
      expect(message).not.toMatch(/\p{Cc}/u);
  }
  // Else all of the above would hold of nothing.
  expect(tags).toBeGreaterThan(1000);
}, 60_000);

test('a hostile name gives a hostile value, unchanged', () => {
  const names = hostileNames.map((name) => name.normalize('NFC'));
  const { tags, problems } = tagged(
    names.map((name) => `${name}.tif`),
    patternRule('{x}.tif'),
  );
  expect(problems).toEqual([]);
  expect(tags.map(({ x }) => x)).toEqual(names);
});

test('a sheet that is wrong in every one of its many rows is told so', async () => {
  const paths = Array.from({ length: 150_000 }, (_, at) => `f${at}.tif`);
  const wrong = await bySheetOf(`file,x\n${paths.map((path) => `no ${path},1,stray`).join('\n')}`, {
    fileColumn: 'file',
  });
  expect(tagged(paths, wrong).problems).toHaveLength(450_000);
  const typed = await bySheetOf(`file,x\n${paths.map((path) => `${path},a`).join('\n')}`);
  expect(tagged(paths, typed, { keys: [{ name: 'x', type: 'Int' }] }).problems).toHaveLength(150_000);
}, 60_000);

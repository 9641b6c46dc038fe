import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { verb } from '../src/cli/verbs/find.ts';
import { type KnownTag, queryFilter, readQuery } from '../src/parser/index.ts';
import { propertyNames } from '../src/parser/query/properties.ts';

const page = readFileSync(join(fileURLToPath(new URL('..', import.meta.url)), 'docs/queries.md'), 'utf8');

/** As the page says it. */
const tags: readonly KnownTag[] = [
  { name: 'cell', type: 'str' },
  { name: 'condition', type: 'str' },
  { name: 'time', type: 'int' },
  { name: 'dose', type: 'float', unit: 'um' },
  { name: 'treated', type: 'bool' },
  { name: 'day', type: 'date' },
];

function mistakes(text: string): readonly string[] {
  const { query, diagnostics } = readQuery(text, { name: 'docs' });
  const all = query === undefined ? diagnostics : queryFilter(query, { tags }).diagnostics;
  return all.map(({ code, message }) => `${text}: ${code} ${message}`);
}

const blocks = [...page.matchAll(/^```query\n([\s\S]*?)^```$/gm)].flatMap(([, text = '']) => text.trim().split('\n'));
const cells = [...page.matchAll(/^\|.*\|$/gm)]
  .filter(([row]) => row.split('|').length === 5)
  .flatMap(([row]) => [...(row.split('|')[3] ?? '').matchAll(/`([^`]+)`/g)].map(([, text = '']) => text));
const commands = [page, ...verb.examples.map(([command]) => command)].flatMap((text) =>
  [...text.matchAll(/bit find '([^']+)'/g)].map(([, condition = '']) => condition),
);

test('every condition of docs/queries.md and of the help is one', () => {
  expect([blocks.length > 40, cells.length > 8, commands.length > 8]).toEqual([true, true, true]);
  expect([...blocks, ...cells, ...commands].flatMap(mistakes)).toEqual([]);
});

test('every property is on the page, with an example', () => {
  const examples = blocks.join('\n');
  expect(propertyNames.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  expect(propertyNames.filter((name) => !examples.includes(name))).toEqual([]);
});

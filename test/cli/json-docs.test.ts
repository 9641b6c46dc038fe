import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formats } from '../../src/cli/formats.ts';
import { root } from './bit.ts';

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const docs = read('docs/json.md');

test('every format of a document is in docs/json.md', () => {
  for (const format of [...Object.values(formats), 'bit/diagnostics/1']) expect(docs).toContain(`\`${format}\``);
});

test('every event is in docs/json.md, and nothing else is', () => {
  const union = read('src/engine/ports/event.ts').split('export type StoredEvent')[0] ?? '';
  const types = [...union.matchAll(/readonly type: '([^']+)'/g)].map((match) => match[1] ?? '');
  const section = docs.slice(docs.indexOf('## `bit run --events`'), docs.indexOf('## `bit plan --json`'));
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  const documented = rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`([a-z-]+)`/g)].map((match) => match[1] ?? ''),
  );
  expect(documented.filter((name) => name !== 'type').sort()).toEqual([...types].sort());
});

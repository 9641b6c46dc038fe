import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { formats } from '../../src/cli/formats.ts';
import { makePlace, root } from './bit.ts';

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

describe('what the asking and keeping verbs print', () => {
  const place = makePlace({
    'p.bit':
      'edition 1\n\nprocess number {\n  input { n: Int }\n  output {\n    text: Text = "t.txt"\n    twice: Int = "twice.json"\n  }\n  script bash """\n    echo $n > $text\n    echo $((n * 2)) > twice.json\n  """\n}\n\nworkflow {\n  let counted = number(values([1, 2]) tag { n: it } untag (value))\n  publish counted.text to "{n}.txt"\n}\n',
  });
  afterAll(() => place.remove());

  /** Names in a document, those of tags, params and other maps left out. */
  const names = (value: unknown): readonly string[] => {
    if (Array.isArray(value)) return value.flatMap(names);
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([name, of]) => {
      const free = name === 'tags' || name === 'params' || name === 'info' || name === 'image' || name === 'about';
      const own = /^[a-z][A-Za-z]*$/.test(name) ? [name] : [];
      return [...own, ...(free ? [] : names(of))];
    });
  };

  const sectionOf = (format: string): string => {
    const from = docs.search(new RegExp(`^###? .*\`${format}\``, 'm'));
    expect(from, `a heading with ${format}`).toBeGreaterThanOrEqual(0);
    const rest = docs.slice(from);
    const end = rest.slice(3).search(/^##/m);
    return end < 0 ? rest : rest.slice(0, end + 3);
  };

  test('is in docs/json.md, field by field', async () => {
    for (const flags of [[], ['--stub']]) expect((await place.bit(['run', 'p.bit', ...flags])).status).toBe(0);
    const asked = [
      ['log'],
      ['show', 'latest'],
      ['show', 'counted[n=1]'],
      ['why', 'results/1.txt'],
      ['logs', 'counted[n=1]'],
      ['lineage', 'results/1.txt'],
      ['show', 'results/1.txt'],
      ['impact', '--of', 'results/1.txt'],
      ['impact', '--tool', 'bash==0'],
      ['retract', 'results/1.txt', '--reason', 'wrong', '--dry-run'],
      ['find', 'true'],
      ['import', 'results/1.txt', '--experiment', 'E', '--dry-run'],
      ['experiment', 'E', '--title', 'x', '--licence', 'none', '--key', 'dose:Float unit=um'],
      ['experiment', 'E'],
      ['annotate', 'E', '--set', 'dose=1', '--dry-run'],
      ['tags', 'E', '--values'],
      ['datasets'],
      ['changes'],
      ['undo', '--last', 'E'],
      ['verify'],
      ['gc', '--dry-run'],
      ['rebuild'],
    ];
    const first = JSON.parse((await place.bit(['log', '--json'])).out).runs[1].run;
    for (const words of [...asked, ['diff', first, 'latest']]) {
      const { out, err } = await place.bit([...words, '--json']);
      expect(out, `${words.join(' ')}: ${err}`).toMatch(/^\{/);
      const document: unknown = JSON.parse(out);
      const { format, ...rest } = document as { format: string };
      // A section may name another one instead of saying it again.
      const own = sectionOf(format);
      const others = [...own.matchAll(/as in `(bit\/[a-z]+\/\d+)`|of one in `(bit\/[a-z]+\/\d+)`/g)];
      const text = [own, ...others.map(([, as, of]) => sectionOf(as ?? of ?? ''))].join('\n');
      const known = new Set(text.match(/[A-Za-z]+/g));
      expect({ words, missing: names(rest).filter((name) => !known.has(name)) }).toEqual({ words, missing: [] });
    }
  });
});

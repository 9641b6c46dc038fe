import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repository } from './pipeline-run.ts';

const folder = join(repository, 'stdlib');
const modules = readdirSync(folder)
  .filter((name) => name.endsWith('.bit'))
  .map((name) => ({ name: name.replace('.bit', ''), text: readFileSync(join(folder, name), 'utf8') }));
const page = readFileSync(join(repository, 'docs/stdlib.md'), 'utf8');

describe.each(modules)('std/$name', ({ name, text }) => {
  const processes = [...text.matchAll(/^process (\w+)/gmu)].map((match) => match[1] ?? '');

  test('every process stands on its page, under its module', () => {
    const section = page.split(/^## /mu).find((part) => part.startsWith(`std/${name}\n`));
    expect(processes).not.toEqual([]);
    for (const process of processes) expect(section).toContain(`| \`${process}\` |`);
  });

  test('every process has a documentation of its own', () => {
    for (const process of processes) expect(text).toMatch(new RegExp(`^/// .*\nprocess ${process} `, 'mu'));
  });

  test('the scripts it names exist, and are short of nothing: every process pins the same packages', () => {
    const pins = [...text.matchAll(/pip: \[([^\]]*)\]/gu)].map((match) => match[1]?.replace(/\s+/gu, ' ').trim());
    expect(pins).toHaveLength(processes.length);
    expect(new Set(pins)).toEqual(new Set([pinned]));
    for (const [, script] of text.matchAll(/from "(scripts\/[^"]+)"/gu)) {
      expect(readFileSync(join(folder, script ?? ''), 'utf8')).toContain('from bitflow import task');
    }
  });
});

/** One list for all, so that one environment is built. */
const pinned = [...readFileSync(join(folder, 'image.bit'), 'utf8').matchAll(/pip: \[([^\]]*)\]/gu)][0]?.[1]
  ?.replace(/\s+/gu, ' ')
  .trim();

test('the page names no process that is not there', () => {
  const known = new Set(
    modules.flatMap(({ text }) => [...text.matchAll(/^process (\w+)/gmu)].map((match) => match[1])),
  );
  const named = [...page.matchAll(/^\| `(\w+)` \|/gmu)].map((match) => match[1]);
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { explanations } from '../../src/cli/catalogue.ts';
import { goldenCodes, goldenPhases } from '../support/golden.ts';

/** Messages found while planning and running (BIT5000 and up) are shown by the tests of those parts. */
const isStatic = (code: string): boolean => code < 'BIT5000';

test('every code has a golden case', () => {
  const shown = goldenCodes();
  expect([...explanations.keys()].filter((code) => isStatic(code) && !shown.has(code))).toEqual([]);
});

test('every code that a golden case shows is explained', () => {
  expect([...goldenCodes()].filter((code) => !explanations.has(code)).sort()).toEqual([]);
});

test('every folder of cases is run by a test', () => {
  const here = new URL('.', import.meta.url).pathname;
  const tests = readdirSync(here).filter((name) => name.endsWith('.test.ts')).map((name) => readFileSync(here + name, 'utf8'));
  expect(goldenPhases().filter((phase) => !tests.some((text) => text.includes(`golden('${phase}'`)))).toEqual([]);
});

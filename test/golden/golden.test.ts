import { describe, expect, test } from 'vitest';
import { explanations } from '../../src/cli/catalogue.ts';
import { plain, renderAll } from '../../src/diagnostics/render.ts';
import { parse } from '../../src/parser/syntax/parse.ts';
import { format } from '../../src/parser/syntax/print.ts';
import { golden, goldenCodes, goldenPhases } from '../support/golden.ts';
import { treeText } from '../support/tree.ts';

golden('syntax', ({ main }) => {
  const { file, diagnostics } = parse(main);
  return { ast: treeText(file), diagnostics: rendered(diagnostics) };
});

golden('fmt', ({ main }) => {
  const { text, diagnostics } = format(main);
  return { formatted: text, diagnostics: rendered(diagnostics) };
});

describe('the catalogue', () => {
  /** Messages found while planning and running are shown by the tests of those parts. */
  const isStatic = (code: string): boolean => code < 'BIT5000';

  test('every code has a golden case', () => {
    const shown = goldenCodes();
    expect([...explanations.keys()].filter((code) => isStatic(code) && !shown.has(code))).toEqual([]);
  });

  test('every code that a golden case shows is explained', () => {
    expect([...goldenCodes()].filter((code) => !explanations.has(code)).sort()).toEqual([]);
  });

  test('every folder of cases has a run', () => {
    expect(goldenPhases().filter((phase) => !phasesWithRun.includes(phase))).toEqual([]);
  });
});

const phasesWithRun = ['syntax', 'fmt'];

function rendered(diagnostics: Parameters<typeof renderAll>[0]): string | undefined {
  return diagnostics.length === 0 ? undefined : `${renderAll(diagnostics, { colors: plain })}\n`;
}

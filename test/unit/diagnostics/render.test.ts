import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { plain, render } from '../../../src/diagnostics/render.ts';
import type { Source } from '../../../src/diagnostics/span.ts';

function at(source: Source, marked: string, rest: Partial<Diagnostic> = {}): string {
  const start = source.text.indexOf(marked);
  return render(
    {
      code: 'BIT9999',
      severity: 'error',
      message: 'Something is wrong',
      at: { source, start, end: start + marked.length },
      help: 'Do this.',
      ...rest,
    },
    { colors: plain },
  );
}

const lines = (text: string): Source => ({ name: 'cells.bit', text });

test('a message names the file, underlines the place and says what to do', () => {
  const source = lines(`${'\n'.repeat(13)}  mask = segmnt(image)\n`);
  expect(at(source, 'segmnt', { label: 'not defined in this file or its imports' })).toBe(
    [
      'error BIT9999  Something is wrong',
      '  ┌─ cells.bit:14:10',
      '14│   mask = segmnt(image)',
      '  │          ^^^^^^ not defined in this file or its imports',
      '  Do this.',
    ].join('\n'),
  );
});

describe('the marks stand under the place', () => {
  const marks = (text: string, marked: string): string[] => at(lines(text), marked).split('\n').slice(2, 4);

  test('behind wide characters', () => {
    expect(marks('let 細胞 = x', 'x')).toEqual(['1│ let 細胞 = x', ' │            ^']);
  });
  test('behind combining characters', () => {
    expect(marks('e\u0301 = x', 'x')).toEqual(['1│ e\u0301 = x', ' │     ^']);
  });
  test('under wide characters', () => {
    expect(marks('"🔬" x', '"🔬"')).toEqual(['1│ "🔬" x', ' │ ^^^^']);
  });
  test('behind tabs', () => {
    expect(marks('\ta\tb', 'b')).toEqual(['1│     a   b', ' │         ^']);
  });
  test('behind control characters, which do nothing to the terminal', () => {
    expect(marks('\u001b[31m x', 'x')).toEqual(['1│ ␛[31m x', ' │       ^']);
  });
  test('where something is missing at the end of a line', () => {
    const source = lines('let a =\n');
    expect(
      render(
        { code: 'BIT9999', severity: 'error', message: 'm', at: { source, start: 7, end: 7 }, help: 'h' },
        { colors: plain },
      )
        .split('\n')
        .slice(2, 4),
    ).toEqual(['1│ let a =', ' │        ^']);
  });
});

test('a place of several lines shows the first and the last', () => {
  expect(at(lines('a = f(\n  x,\n  y\n)\n'), 'f(\n  x,\n  y\n)', { label: 'here' }).split('\n').slice(1, -1)).toEqual([
    ' ┌─ cells.bit:1:5',
    '1│ a = f(',
    ' │     ^^',
    '…',
    '4│ )',
    ' │ ^ here',
  ]);
});

test('other places follow, with line numbers as wide as the widest', () => {
  const source = lines(`let a = 1\n${'\n'.repeat(9)}let a = 2\n`);
  expect(
    at(source, '2', { related: [{ at: { source, start: 4, end: 5 }, message: 'first here' }] })
      .split('\n')
      .slice(1, -1),
  ).toEqual([
    '  ┌─ cells.bit:11:9',
    '11│ let a = 2',
    '  │         ^',
    '  ├─ cells.bit:1:5',
    ' 1│ let a = 1',
    '  │     - first here',
  ]);
});

test('long lines are cut around the place', () => {
  const [shown = '', marked = ''] = at(lines(`${'a'.repeat(300)} here ${'b'.repeat(300)}`), 'here')
    .split('\n')
    .slice(2, 4);
  expect(shown.length).toBeLessThan(150);
  expect(shown.slice(marked.indexOf('^'), marked.indexOf('^') + 4)).toBe('here');
});

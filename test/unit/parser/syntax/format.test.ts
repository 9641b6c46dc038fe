import { expect, test } from 'vitest';
import { format } from '../../../../src/parser/syntax/print.ts';

const formatted = (text: string): string => format({ name: 'main.bit', text }).text;

test('an empty file stays empty', () => {
  expect(formatted('\n\n  \n')).toBe('');
});

test('a file of comments keeps them', () => {
  expect(formatted('\n// a\n\n\n\n/* b */')).toBe('// a\n\n/* b */\n');
});

test('a file ends in one line end, and has none of the carriage returns', () => {
  expect(formatted('params {\r\n  a: Int // b\r\n}\r\n\r\n')).toBe('params {\n  a: Int  // b\n}\n');
});

test('a text with mistakes comes back as it was, with its messages', () => {
  const text = 'workflow {\n    let a   = 1 +\n}';
  const result = format({ name: 'main.bit', text });
  expect(result.text).toBe(text);
  expect(result.diagnostics).toHaveLength(1);
});

test('wide characters count as the columns they take', () => {
  const value = `"${'細胞'.repeat(20)}"`;
  expect(formatted(`workflow {\n  let a = f(${value}, ${'b'.repeat(20)})\n}`)).toBe(
    `workflow {\n  let a = f(\n    ${value},\n    ${'b'.repeat(20)}\n  )\n}\n`,
  );
});

import { describe, expect, test } from 'vitest';
import type * as ast from '../../../../src/parser/syntax/ast.ts';
import { Grammar } from '../../../../src/parser/syntax/grammar.ts';
import { parse } from '../../../../src/parser/syntax/parse.ts';

test('the grammar has no ambiguity and no rule that cannot be reached by one token of lookahead', () => {
  expect(() => new Grammar({ isChecked: true })).not.toThrow();
});

describe('what no person writes is answered, quickly', () => {
  const n = 10_000;
  const value = (text: string): string => `workflow {\n  let a = ${text}\n}\n`;
  const texts: readonly (readonly [string, string])[] = [
    ['parentheses', value('('.repeat(n) + 1 + ')'.repeat(n))],
    ['open parentheses', value('('.repeat(n))],
    ['open braces', '{'.repeat(n)],
    ['closing brackets', value(')'.repeat(n))],
    ['a sum', value(Array(n).fill('a').join(' + '))],
    ['a tower of powers', value(Array(n).fill('a').join(' ** '))],
    ['not not not', value(`${'not '.repeat(n)}a`)],
    ['members', value(`a${'.b'.repeat(n)}`)],
    ['calls', value(`a${'()'.repeat(n)}`)],
    ['pipes', value(`a${' |> f()'.repeat(n)}`)],
    ['choices', value(`${'if a then b else '.repeat(n)}c`)],
    ['else if', `workflow { if a { } ${'else if a { } '.repeat(n)} }`],
    ['list types', `params { x: Int${'[]'.repeat(n)} }`],
    ['datasets of datasets', `params { x: ${'Dataset<'.repeat(n)}Int${'>'.repeat(n)} }`],
    ['texts in texts', value('"{'.repeat(n))],
    ['open holes', value(`"${'{'.repeat(n)}"`)],
    ['open quotes', '"""x\n'.repeat(n)],
    ['signs', '|'.repeat(n)],
  ];

  test.each(texts)('%s', (_, text) => {
    const start = performance.now();
    const { diagnostics } = parse({ name: 'main.bit', text });
    expect(diagnostics.length + text.length).toBeGreaterThan(0);
    expect(performance.now() - start).toBeLessThan(5000);
  });

  test('ten thousand parentheses give one message', () => {
    const { diagnostics } = parse({ name: 'main.bit', text: value('('.repeat(n) + 1 + ')'.repeat(n)) });
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual(['BIT1014']);
  });

  test('a list of a hundred thousand numbers is read', () => {
    const { diagnostics } = parse({ name: 'main.bit', text: value(`[${'1, '.repeat(100_000)}1]`) });
    expect(diagnostics).toEqual([]);
  });
});

describe('one mistake spoils one entry', () => {
  test('a statement that cannot be read keeps its name, and its neighbours', () => {
    const body = workflow('workflow {\n  let a = 1 +\n  let b = 2\n}').body;
    expect(
      body.map((statement) => (statement.kind === 'let' ? [statement.name.text, statement.value.kind] : [])),
    ).toEqual([
      ['a', 'error'],
      ['b', 'int'],
    ]);
  });

  test('a field that cannot be read keeps its name', () => {
    const { file } = parse({ name: 'main.bit', text: 'params {\n  a: [Int] = 3\n  b: Int = 1 2\n  c: Int\n}' });
    const fields = file.declarations.flatMap((one) => (one.kind === 'params' ? one.fields : []));
    expect(fields.map((field) => [field.name.text, field.type.kind, field.value?.kind])).toEqual([
      ['a', 'error', undefined],
      ['b', 'named', 'error'],
      ['c', 'named', undefined],
    ]);
  });

  test('a process with a broken head keeps its name and its parts', () => {
    const { file, diagnostics } = parse({ name: 'main.bit', text: 'process blur of x {\n  input { image: Image }\n}' });
    expect(diagnostics).toHaveLength(1);
    const [declaration] = file.declarations;
    expect(
      declaration?.kind === 'process' && [declaration.name.text, declaration.sections.map((section) => section.kind)],
    ).toEqual(['blur', ['input']]);
  });

  test('the declaration after an unclosed brace is read as a declaration', () => {
    const { file, diagnostics } = parse({
      name: 'main.bit',
      text: 'process a {\n  input {\n    x: Int\n\nprocess b {\n}\n',
    });
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual(['BIT1005']);
    expect(file.declarations.map((one) => one.kind === 'process' && one.name.text)).toEqual(['a', 'b']);
  });
});

describe('texts', () => {
  test('spans of what is inserted point into the file', () => {
    const text = 'workflow {\n  let a = "x {join(b, on: (c)):04} {tag.d}"\n}';
    const [statement] = workflow(text).body;
    const string = statement?.kind === 'let' ? statement.value : undefined;
    const holes = string?.kind === 'string' ? string.parts.flatMap((part) => (part.kind === 'hole' ? [part] : [])) : [];
    expect(
      holes.map((hole) => [
        text.slice(hole.span.start, hole.span.end),
        text.slice(hole.value.span.start, hole.value.span.end),
        hole.format,
      ]),
    ).toEqual([
      ['{join(b, on: (c)):04}', 'join(b, on: (c))', '04'],
      ['{tag.d}', 'tag.d', undefined],
    ]);
  });

  test('a line break in a script is one character, whatever the file has', () => {
    expect(script('process a {\r\n  script bash """\r\n    x\r\n\r\n      y\r\n  """\r\n}\r\n')).toBe('x\n\n  y\n');
  });

  test('a script may hold quotes, as many as it is not opened with', () => {
    expect(script('process a {\n  script bash """"\n  """\n  """"\n}\n')).toBe('"""\n');
  });
});

function workflow(text: string): ast.Workflow {
  const found = parse({ name: 'main.bit', text }).file.declarations.find((one) => one.kind === 'workflow');
  if (found === undefined) throw new Error('no workflow');
  return found;
}

function script(text: string): string | undefined {
  for (const declaration of parse({ name: 'main.bit', text }).file.declarations) {
    if (declaration.kind !== 'process') continue;
    for (const section of declaration.sections) {
      if (section.kind === 'script' && section.body.text.kind === 'inline') return section.body.text.value;
    }
  }
  return undefined;
}

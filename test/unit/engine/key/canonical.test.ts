import { describe, expect, test } from 'vitest';
import { canonical, keyValue } from '../../../../src/engine/key/canonical.ts';
import { changedParts, shown } from '../../../../src/engine/key/explain.ts';
import type { KeyPart } from '../../../../src/engine/ports/event.ts';
import type { Value } from '../../../../src/engine/ports/value.ts';
import { quantity, type Type } from '../../../../src/parser/index.ts';

const str: Type = { kind: 'str' };
const list: Type = { kind: 'list', of: str };
const part = (value: Value, type: Type): KeyPart => {
  const [kind, text] = keyValue(value, type, (file) => ['file', file.digest]);
  return ['input.x', kind, text];
};
const encoded = (value: Value, type: Type): string => canonical([part(value, type)]);
const length = (text: string, unit: string): Value => quantity(text, unit) ?? null;

describe('two values share a key only if they are the same value', () => {
  const values: readonly (readonly [string, Value, Type])[] = [
    ['absent', null, str],
    ['empty text', '', str],
    ['empty list', [], list],
    ['["a","b"]', ['a', 'b'], list],
    ['["ab"]', ['ab'], list],
    ['["a,b"]', ['a,b'], list],
    ['["", "ab"]', ['', 'ab'], list],
    ['nested', [['a'], ['b']], { kind: 'list', of: list }],
    ['nested once', [['a', 'b']], { kind: 'list', of: list }],
    ['text 1', '1', str],
    ['Int 1', 1, { kind: 'int' }],
    ['Float 1', 1, { kind: 'float' }],
    ['Bool', true, { kind: 'bool' }],
    ['text true', 'true', str],
    ['100 nm', length('100', 'nm'), { kind: 'quantity', dimension: 'length' }],
    ['100 B', quantity('100', 'B') ?? null, { kind: 'quantity', dimension: 'size' }],
    ['text that looks like a frame', '1:a', str],
    ['record', { kind: 'record', fields: { a: 'b' } }, { kind: 'record', fields: [{ name: 'a', type: str }] }],
    [
      'record with another name',
      { kind: 'record', fields: { ab: '' } },
      { kind: 'record', fields: [{ name: 'ab', type: str }] },
    ],
  ];
  test('all of these differ', () => {
    const texts = values.map(([, value, type]) => encoded(value, type));
    expect(new Set(texts).size).toBe(values.length);
  });

  test.each([
    ['an Int given to a Float', encoded(1, { kind: 'float' }), encoded(1.0, { kind: 'float' })],
    ['-0 and 0', encoded(-0, { kind: 'float' }), encoded(0, { kind: 'float' })],
    [
      '0.1 um and 100 nm',
      encoded(length('0.1', 'um'), { kind: 'quantity', dimension: 'length' }),
      encoded(length('100', 'nm'), { kind: 'quantity', dimension: 'length' }),
    ],
    [
      'fields in another order',
      encoded(
        { kind: 'record', fields: { a: 'x', b: 'y' } },
        {
          kind: 'record',
          fields: [
            { name: 'a', type: str },
            { name: 'b', type: str },
          ],
        },
      ),
      encoded(
        { kind: 'record', fields: { b: 'y', a: 'x' } },
        {
          kind: 'record',
          fields: [
            { name: 'b', type: str },
            { name: 'a', type: str },
          ],
        },
      ),
    ],
  ])('%s are one value', (_name, left, right) => expect(left).toBe(right));

  test('no part can pass for the end of another', () => {
    expect(
      canonical([
        ['a', 'str', 'b'],
        ['c', 'str', 'd'],
      ]),
    ).not.toBe(canonical([['a', 'str', 'b1:c3:str1:d']]));
  });
});

describe('what differs between two keys is told in words', () => {
  test('the part, from what to what; parts that came or went have nothing on that side', () => {
    const before: KeyPart[] = [
      ['script', 'text', `blake3:${'a'.repeat(64)}`],
      ['input.sigma', 'float', '1.5'],
      ['tag.cell', 'string', 'A1'],
    ];
    const after: KeyPart[] = [
      ['script', 'text', `blake3:${'b'.repeat(64)}`],
      ['input.sigma', 'float', '2'],
      ['input.mode', 'str', 'max'],
    ];
    expect(changedParts(before, after)).toEqual([
      { part: 'script', was: 'blake3:aaaaaaaaaaaa…', is: 'blake3:bbbbbbbbbbbb…' },
      { part: 'input.sigma', was: '1.5', is: '2' },
      { part: 'input.mode', was: '', is: '"max"' },
      { part: 'tag.cell', was: 'A1', is: '' },
    ]);
  });

  test('lists and records are shown as they are written', () => {
    expect(shown(part(['a', 'b "c"'], list))).toBe('["a", "b \\"c\\""]');
    expect(
      shown(
        part(
          { kind: 'record', fields: { x: 'é', n: 1 } },
          {
            kind: 'record',
            fields: [
              { name: 'x', type: str },
              { name: 'n', type: { kind: 'int' } },
            ],
          },
        ),
      ),
    ).toBe('{ n: 1, x: "é" }');
  });
});

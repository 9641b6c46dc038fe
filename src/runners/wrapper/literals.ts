import type { TaskDocument } from '../../engine/ports/runner.ts';
import { type PlainValue, plainOutput, plainValue } from './task-json.ts';

/** How one language writes values down. Texts are escaped so far that nothing in them can be code. */
export interface LiteralStyle {
  readonly absent: string;
  readonly yes: string;
  readonly no: string;
  number(value: number): string;
  text(value: string): string;
  list(items: readonly string[]): string;
  record(fields: readonly (readonly [name: string, literal: string])[]): string;
}

/** The whole of a task's values as one expression: `input`, `output`, `tag`, `tags_of`, and the resources by name. */
export function taskLiteral(document: TaskDocument, style: LiteralStyle): string {
  const outputs = Object.entries(document.output).flatMap(([name, output]) => {
    const value = plainOutput(output);
    return value === undefined ? [] : [[name, literal(value, style)] as const];
  });
  const each = (values: Readonly<Record<string, PlainValue>>): string =>
    style.record(Object.entries(values).map(([name, value]) => [name, literal(value, style)] as const));
  return style.record([
    [
      'input',
      each(Object.fromEntries(Object.entries(document.input).map(([name, value]) => [name, plainValue(value)]))),
    ],
    ['output', style.record(outputs)],
    ['tag', each(document.tag)],
    ['tags_of', each(document.tagsOf)],
    ...Object.entries(document.resource).map(([name, value]) => [name, style.number(value)] as const),
  ]);
}

export function literal(value: PlainValue, style: LiteralStyle): string {
  if (value === null) return style.absent;
  if (typeof value === 'boolean') return value ? style.yes : style.no;
  if (typeof value === 'number') return style.number(value);
  if (typeof value === 'string') return style.text(value);
  if (isList(value)) return style.list(value.map((item) => literal(item, style)));
  return style.record(Object.entries(value).map(([name, inner]) => [name, literal(inner, style)] as const));
}

const isList = (value: PlainValue & object): value is readonly PlainValue[] => Array.isArray(value);

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0');

/** Everything but letters, digits, blanks and a few harmless marks as what `write` makes of it. */
function escaped(value: string, write: (codePoint: number) => string): string {
  let text = '';
  for (const character of value)
    text += /[A-Za-z0-9 _.,:;/=+-]/.test(character) ? character : write(character.codePointAt(0) ?? 0);
  return text;
}

/** R. Lists of one kind become vectors, others `list(…)`; names are quoted, so that any name goes. */
export const rStyle: LiteralStyle = {
  absent: 'NULL',
  yes: 'TRUE',
  no: 'FALSE',
  number: (value) => (Number.isSafeInteger(value) && Math.abs(value) < 2 ** 31 ? `${value}L` : String(value)),
  text: (value) => `"${escaped(value, (code) => `\\U{${hex(code, 4)}}`)}"`,
  list: (items) =>
    items.every((item) => /^("|[-\d]|TRUE$|FALSE$)/.test(item))
      ? `c(${items.join(', ')})`
      : `list(${items.join(', ')})`,
  record: (fields) => `list(${fields.map(([name, value]) => `"${name}" = ${value}`).join(', ')})`,
};

/** Julia: named tuples, so that `task.input.image` reads well. */
export const juliaStyle: LiteralStyle = {
  absent: 'nothing',
  yes: 'true',
  no: 'false',
  number: String,
  text: (value) => `"${escaped(value, (code) => (code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`))}"`,
  list: (items) => `[${items.join(', ')}]`,
  record: (fields) => `(; ${fields.map(([name, value]) => `var"${name}" = ${value}`).join(', ')})`,
};

import { suggestions } from '../../diagnostics/suggest.ts';
import { type CatalogTagKind, type TagKey, tagKinds } from '../../engine/ports/catalog.ts';
import type { TagValue } from '../../engine/ports/value.ts';
import { readValue } from '../annotate/read-value.ts';
import { tagNameProblem } from '../annotate/rule-found.ts';

/** What is said of a key; `''` takes a part away, what is absent stays as it was. */
export interface KeySaid {
  readonly name: string;
  readonly type?: string;
  readonly unit?: string;
  readonly term?: string;
  readonly description?: string;
  readonly values?: readonly (string | number | boolean)[];
}

export type ReadKey =
  | { readonly how: 'read'; readonly key: TagKey }
  | { readonly how: 'refused'; readonly problem: string; readonly help: string };

/** A key on one line: `dose:Float unit=um term=NCIT:C25488 values=1,2,3 "what was given"`. Values with spaces stand in double quotes. */
export function readKeyText(text: string): KeySaid | { readonly problem: string; readonly help: string } {
  const [head = '', ...words] = wordsOf(text);
  const [, name = '', , type] = /^([^:]*)(:(.*))?$/su.exec(head) ?? [];
  const said: { -readonly [Part in keyof KeySaid]: KeySaid[Part] } = { name };
  if (type !== undefined) said.type = type;
  for (const word of words) {
    const [, part, value = ''] = /^([a-z]+)=(.*)$/su.exec(word) ?? [];
    if (part === undefined && word.startsWith('"')) said.description = unquoted(word);
    else if (part === 'unit' || part === 'term' || part === 'description' || part === 'type')
      said[part] = unquoted(value);
    else if (part === 'values') said.values = value === '' ? [] : listOf(value);
    else
      return {
        problem: `says \`${word}\`, which is no part of a key`,
        help: partsHelp(part),
      };
  }
  return said;
}

/** The key as it will be. `before` is the one that the experiment has under this name. */
export function keyOf(said: KeySaid, before: TagKey | undefined): ReadKey {
  const misnamed = tagNameProblem(said.name);
  if (misnamed !== undefined) return refused(`cannot be: ${misnamed}`, EXAMPLE);
  const type = said.type === undefined ? before?.type : kindOf(said.type);
  if (type === undefined)
    return said.type === undefined
      ? refused('has no type', `Write one of ${tagKinds.join(', ')} behind its name: \`${said.name}:Str\`.`)
      : refused(`has a type that does not exist, \`${said.type}\``, typeHelp(said.type));
  const unit = part(said.unit, isNumber(type) ? before?.unit : undefined);
  if (unit !== undefined && !isNumber(type))
    return refused(`is ${type} and cannot have a unit`, 'Only Int and Float have units.');
  if (unit !== undefined && /[\s\p{Cc}"]/u.test(unit))
    return refused(`has a unit that is none, \`${unit}\``, 'Write it without spaces: `um`, `mg/l`, `°C`.');
  const term = part(said.term, before?.term);
  if (term !== undefined && !/^[A-Za-z][A-Za-z0-9_.+-]*:\S+$/u.test(term))
    return refused(`has a term that is none, \`${term}\``, 'Write `NCIT:C25488`, or the address of the term.');
  const description = part(said.description, before?.description);
  const key: TagKey = {
    name: said.name,
    type,
    ...(unit !== undefined && { unit }),
    ...(term !== undefined && { term }),
    ...(description !== undefined && { description }),
  };
  const values: TagValue[] = [];
  for (const value of said.values ?? before?.values ?? []) {
    const read = readValue(typeof value === 'string' ? value : String(value), key, {
      unit: undefined,
      decimalComma: false,
    });
    if (read.how === 'refused')
      return refused(
        `allows \`${value}\`, which is no ${type}${unit === undefined ? '' : ` in ${unit}`}`,
        'Say `values=…` with values of its type.',
      );
    if (!values.includes(read.value)) values.push(read.value);
  }
  return { how: 'read', key: { ...key, ...(values.length > 0 && { values }) } };
}

/** A key as `--key` takes it, all of it. */
export function keyText(key: TagKey): string {
  return [
    `${key.name}:${key.type}`,
    ...(key.unit === undefined ? [] : [`unit=${key.unit}`]),
    ...(key.term === undefined ? [] : [`term=${key.term}`]),
    ...(key.values === undefined || key.values.length === 0 ? [] : [`values=${key.values.map(inList).join(',')}`]),
    ...(key.description === undefined ? [] : [quoted(key.description)]),
  ].join(' ');
}

const EXAMPLE = 'Write `--key \'dose:Float unit=um "what was given"\'`.';

/** Apart at blanks that stand outside of double quotes, in which `\"` is a quote. */
const wordsOf = (text: string): readonly string[] => text.match(/(?:"(?:[^"\\]|\\.)*"?|[^\s"])+/gsu) ?? [];

const listOf = (text: string): readonly string[] =>
  (text.match(/(?:"(?:[^"\\]|\\.)*"?|[^,"])+/gsu) ?? []).map((one) => unquoted(one.trim()));

const unquoted = (text: string): string =>
  text.startsWith('"') ? text.replace(/^"|"$/gu, '').replace(/\\(["\\])/gu, '$1') : text;

const quoted = (text: string): string => `"${text.replace(/["\\]/gu, '\\$&')}"`;

const inList = (value: TagValue): string =>
  typeof value === 'string' && /[\s,"\\]/u.test(value) ? quoted(value) : String(value);

/** Case is a slip of the hand. */
const kindOf = (text: string): CatalogTagKind | undefined =>
  tagKinds.find((kind) => kind.toLowerCase() === text.trim().toLowerCase());

function typeHelp(text: string): string {
  const usual: Readonly<Record<string, CatalogTagKind>> = {
    string: 'Str',
    text: 'Str',
    integer: 'Int',
    number: 'Float',
    double: 'Float',
    boolean: 'Bool',
    datetime: 'Date',
  };
  const [near] = [usual[text.toLowerCase()] ?? [], suggestions(text, tagKinds)].flat();
  return near === undefined ? `It may be ${tagKinds.join(', ')}.` : `Did you mean \`${near}\`?`;
}

function partsHelp(part: string | undefined): string {
  const [near] = part === undefined ? [] : suggestions(part, ['unit', 'term', 'values', 'description', 'type']);
  return near === undefined
    ? 'A key may have `unit=`, `term=`, `values=` and a description in double quotes.'
    : `Did you mean \`${near}=\`?`;
}

const isNumber = (type: CatalogTagKind): boolean => type === 'Int' || type === 'Float';

const part = (said: string | undefined, before: string | undefined): string | undefined => {
  const text = said === undefined ? before : said.trim();
  return text === '' ? undefined : text;
};

const refused = (problem: string, help: string): ReadKey => ({ how: 'refused', problem, help });

import type { CatalogTagKind, TagKey } from '../../engine/ports/catalog.ts';
import type { Tags, TagValue } from '../../engine/ports/value.ts';
import { unreachable } from '../../util/unreachable.ts';
import { isoDate } from '../annotate/iso-date.ts';
import type { BioImageITExperiment } from './bioimageit-experiment.ts';
import { field, type Json, type JsonRecord } from './json-text.ts';

/** A key of BioImageIT and what it becomes. */
export interface KeyOf {
  /** As BioImageIT has it: any text. */
  readonly key: string;
  readonly tag: TagKey;
}

/**
 * One key for every key that the experiment declares or an item has, in that order. Its name is one that can be written in a query; its type is the narrowest that all
 * values have. `known` are those that the experiment has in the catalog already: their types stand, whatever the values are.
 */
export function tagKeys(experiment: BioImageITExperiment, known: readonly TagKey[]): readonly KeyOf[] {
  const texts = new Map<string, Set<string>>(experiment.keys.map((key) => [key, new Set()]));
  for (const { items } of experiment.datasets)
    for (const { pairs } of items)
      for (const [key, value] of Object.entries(pairs)) {
        const text = textOf(value);
        const of = texts.get(key) ?? new Set();
        if (text !== undefined) of.add(text);
        texts.set(key, of);
      }
  const taken = new Set<string>();
  return [...texts].map(([key, values]) => {
    const name = freeName(tagName(key), taken);
    taken.add(name);
    const old = known.find((tag) => tag.name === name);
    return {
      key,
      tag: old ?? {
        name,
        type: typeOf([...values]),
        ...(name !== key && { description: `\`${key}\` in BioImageIT` }),
      },
    };
  });
}

/** What cannot be of the type of its key is left out, and told: only a key that was there before can have another type. */
export function tagsOf(
  pairs: JsonRecord,
  keys: readonly KeyOf[],
): { readonly tags: Tags; readonly misfits: readonly { readonly key: KeyOf; readonly text: string }[] } {
  const misfits: { key: KeyOf; text: string }[] = [];
  const tags = keys.flatMap((key): readonly (readonly [string, TagValue])[] => {
    const text = textOf(field(pairs, key.key));
    if (text === undefined) return [];
    const value = valueIn(text, key.tag.type);
    if (value === undefined) misfits.push({ key, text });
    return value === undefined ? [] : [[key.tag.name, value]];
  });
  return { tags: Object.fromEntries(tags), misfits };
}

/** An empty text is how BioImageIT writes that an item has no value. Lists and records, which it never writes, are kept as JSON. */
function textOf(value: Json | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  const text =
    typeof value === 'string' ? value.trim() : typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text === '' ? undefined : text;
}

/** Letters, digits and `_`, with letter case kept: `wildtype/mutant` is `wildtype_mutant`. */
function tagName(key: string): string {
  const name = key
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^A-Za-z0-9_]+/gu, '_')
    .replace(/^_+|_+$/gu, '');
  if (name === '') return 'key';
  return /^\d/u.test(name) ? `_${name}` : name;
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  for (let count = 2; taken.has(free); count++) free = `${name}_${count}`;
  return free;
}

/**
 * A type never makes one value of two: `001`, `002` are numbers as BioImageIT compares them, and `1` beside `01` are texts. A key without values is a text.
 */
function typeOf(texts: readonly string[]): CatalogTagKind {
  if (texts.length === 0) return 'Str';
  for (const type of ['Int', 'Float', 'Bool', 'Date'] as const) {
    const values = new Set(texts.map((text) => valueIn(text, type)));
    if (!values.has(undefined) && values.size === texts.length) return type;
  }
  return 'Str';
}

function valueIn(text: string, type: CatalogTagKind): TagValue | undefined {
  switch (type) {
    case 'Str':
      return text;
    case 'Int': {
      const value = /^[+-]?\d{1,15}$/u.test(text) ? Number(text) : undefined;
      return Object.is(value, -0) ? 0 : value;
    }
    case 'Float': {
      const value = /^[+-]?\d{1,15}(?:\.\d{1,17})?(?:[eE][+-]?\d{1,2})?$/u.test(text) ? Number(text) : undefined;
      return Object.is(value, -0) ? 0 : value;
    }
    case 'Bool':
      return /^true$/iu.test(text) ? true : /^false$/iu.test(text) ? false : undefined;
    case 'Date':
      return isoDate(text, { short: 'refused' });
    default:
      return unreachable(type);
  }
}

import type { TagKind, TagType } from '../../parser/index.ts';
import type { Tags, TagValue } from '../ports/value.ts';
import { floatText } from './value-text.ts';

/** What is known of an item's tags, in the order of its node's; `undefined` where a value is not known yet. */
export type TagSlots = readonly (TagValue | undefined)[];

/**
 * A key for maps: equal exactly where all these tags are equal. Tag values keep their bytes, so any character may stand in
 * one: texts are framed by their length. One tag is its own key. `undefined` where a slot is not known yet.
 */
export function tagKey(slots: TagSlots, positions: readonly number[]): TagValue | undefined {
  const [only] = positions;
  if (positions.length === 1 && only !== undefined) return slots[only];
  let key = '';
  for (const position of positions) {
    const value = slots[position];
    if (value === undefined) return undefined;
    key += typeof value === 'string' ? `${value.length}:${value}` : `${value};`;
  }
  return key;
}

/** Where each of `names` stands among `of`; names that are not there are our bug. */
export function positionsOf(names: readonly string[], of: readonly { readonly name: string }[]): readonly number[] {
  return names.map((name) => {
    const position = of.findIndex((tag) => tag.name === name);
    if (position < 0) throw new Error(`no tag \`${name}\` among ${of.map((tag) => tag.name).join(', ')}`);
    return position;
  });
}

/** The tags as a record, in the order of the node. */
export function tagsRecord(slots: TagSlots, types: readonly { readonly name: string }[]): Tags {
  const tags: Record<string, TagValue> = {};
  for (let i = 0; i < types.length; i += 1) {
    const value = slots[i];
    const type = types[i];
    if (value !== undefined && type !== undefined) tags[type.name] = value;
  }
  return tags;
}

/** `cell=A, time=3`, for messages; an item without tags is `the only item`. */
export function tagsText(slots: TagSlots, types: readonly TagType[]): string {
  const parts = types.flatMap(({ name, kind }, i) => {
    const value = slots[i];
    return value === undefined ? [] : [`${name}=${tagText(value, kind)}`];
  });
  return parts.length === 0 ? 'the only item' : parts.join(', ');
}

/** A Float keeps its point: `dose=2.0`, as in paths. */
const tagText = (value: TagValue, kind: TagKind): string =>
  kind === 'Float' && typeof value === 'number' ? floatText(value) : String(value);

/** `straight[cell=A,time=3]`: whatever could be read as part of the form, or not be read at all, is percent-encoded. */
export function taskId(path: string, slots: TagSlots, types: readonly TagType[]): string {
  let tags = '';
  for (let i = 0; i < types.length; i += 1) {
    const [value, type] = [slots[i], types[i]];
    if (value !== undefined && type !== undefined)
      tags += `${tags === '' ? '' : ','}${type.name}=${encoded(tagText(value, type.kind))}`;
  }
  return tags === '' ? path : `${path}[${tags}]`;
}

// Letters and digits of all scripts stay readable; separators, spaces, controls and format characters (which could turn text around) do not.
const unsafe = /[^\p{L}\p{M}\p{N}._~+:@-]/gu;

function encoded(text: string): string {
  return /^[\w.-]*$/.test(text)
    ? text
    : text
        .toWellFormed()
        .replace(unsafe, encodeURIComponent)
        .replace(/[!'()*]/g, percent);
}

const percent = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

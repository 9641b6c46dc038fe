import type { Quantity } from '../../parser/index.ts';
import type { Digest } from '../../util/brand.ts';
import type { FileInfo } from './formats.ts';

/** What an item's value is while a run goes on. Ints and floats are numbers; the static type tells them apart. */
export type Value = null | boolean | number | string | Quantity | FileValue | ListValue | RecordValue;

export type ListValue = readonly Value[];

export interface RecordValue {
  readonly kind: 'record';
  readonly fields: Readonly<Record<string, Value>>;
}

/** An artifact as an item carries it: content, and the name it goes by. The digest decides; the name matters only where a script asks for it. */
export interface FileValue {
  readonly kind: 'file';
  readonly digest: Digest;
  readonly directory: boolean;
  readonly size: number;
  /** The file's own name, `A3 (copy).tif`; for a task's output, the name it was declared under. */
  readonly name: string;
  readonly info: FileInfo;
  /** Where the bytes of a source file lie; absent for artifacts in the content store. */
  readonly path?: string;
  /** How equality of a source file was proved, where that is weaker than by its content. */
  readonly fingerprint?: 'sampled' | 'stat';
  /** The tags of the item it came in with, for `uses (tiles.row)`. */
  readonly tags?: Tags;
}

export type TagValue = string | number | boolean;
export type Tags = Readonly<Record<string, TagValue>>;

export const isFile = (value: Value): value is FileValue =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'file';
export const isRecord = (value: Value): value is RecordValue =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'record';
export const isList = (value: Value): value is ListValue => Array.isArray(value);
export const isQuantity = (value: Value): value is Quantity =>
  typeof value === 'object' && value !== null && 'magnitude' in value;

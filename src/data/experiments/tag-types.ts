import type { TagKey, TagTypes } from '../../engine/ports/catalog.ts';

/** Of tags whose values do not tell their type: a date is a text, and a whole Float looks like an Int. */
export const tagTypes = (keys: readonly TagKey[]): TagTypes =>
  Object.fromEntries(
    keys.flatMap(({ name, type }) => (type === 'Date' || type === 'Float' ? [[name, type] as const] : [])),
  );

import type { Tags } from '../engine/ports/value.ts';

/** `cell = "A1", time = 3`, for messages. */
export const tagsText = (tags: Tags): string =>
  Object.entries(tags)
    .map(([name, value]) => `${name} = ${JSON.stringify(value)}`)
    .join(', ');

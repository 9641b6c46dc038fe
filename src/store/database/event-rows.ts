import type { Event } from '../../engine/ports/event.ts';

/**
 * `FROM … WHERE …` over the elements `j` of a list in events `e` of one type; `?1` is the run, `?2` and `?3` the first and last number. `more` is joined to it.
 * CROSS keeps the order: the planner knows nothing of how many rows `json_each` gives.
 */
export const rowsOf = (type: Event['type'], list: string, more?: string): string =>
  `FROM events e CROSS JOIN json_each(e.body, '$.${list}') j${more === undefined ? '' : ` CROSS JOIN ${more}`}
   WHERE e.run = ?1 AND e.seq BETWEEN ?2 AND ?3 AND e.type = '${type}'`;

/** The 32 bytes of a digest or key in a JSON value: `blake3:` and 64 hex digits. */
export const digestAt = (value: string, path: string): string => `unhex(substr(${value} ->> '${path}', 8))`;

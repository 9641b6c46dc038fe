import type { Filter } from '../../engine/ports/run-reader.ts';
import type { Connection } from '../database/connection.ts';
import type { Rows } from './find-rows.ts';
import { rowsMeeting } from './find-rows.ts';
import { items } from './find-shapes.ts';

/**
 * Visible items that meet a filter: what stands behind FROM (the item is `i`, its artifact is `a`) and behind WHERE, with the values of their places, those of `from` first.
 * An experiment or dataset that is asked for belongs into the filter, so that the smallest of all parts is looked up first.
 */
export const itemCondition = (connection: Connection, filter: Filter): Promise<Rows> =>
  rowsMeeting(connection, filter, items);

import type { Filter } from '../../engine/ports/run-reader.ts';
import type { Connection, SqlValue } from '../database/connection.ts';

/** SQL over items `i` and artifacts `a` that is true where the filter keeps the item; its values are added to `values`. */
export async function itemCondition(_connection: Connection, filter: Filter, _values: SqlValue[]): Promise<string> {
  if (filter.kind === 'all') return 'true';
  throw new Error('no filter but `all` yet');
}

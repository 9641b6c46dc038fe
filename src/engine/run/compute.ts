import type { Computation, ComputationResult } from '../plan/step.ts';
import type { EnginePorts } from './request.ts';
import { typedRows } from './table-rows.ts';

/** Makes the file of a `table(ds)`, or reads the rows for a `rows(ds, …)`: the two things in a workflow that need files and no task. */
export async function compute(
  computation: Computation,
  ports: Pick<EnginePorts, 'content' | 'tables'>,
): Promise<ComputationResult> {
  if (computation.kind === 'table') {
    const bytes = ports.tables.write(computation.columns, computation.rows);
    const stored = await ports.content.put(bytes);
    const types = computation.columns.map(({ name, kind }) => ({
      name,
      type: kind === 'other' ? ('Str' as const) : kind,
    }));
    return {
      how: 'table',
      file: {
        kind: 'file',
        digest: stored.digest,
        directory: false,
        size: stored.size,
        name: 'table.csv',
        info: { mediaType: 'text/csv', table: { columns: types, rows: computation.rows.length } },
      },
    };
  }
  const { file } = computation;
  try {
    const table = await ports.tables.read(file.path ?? ports.content.path(file.digest, file.directory));
    return typedRows(table, computation.columns);
  } catch (error) {
    return { how: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

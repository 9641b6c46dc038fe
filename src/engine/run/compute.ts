import { blake3 } from '../../util/blake3.ts';
import type { Computation, ComputationResult, TableComputation } from '../plan/step.ts';
import type { FileValue } from '../ports/value.ts';
import type { EnginePorts } from './request.ts';
import { typedRows } from './table-rows.ts';

/** Makes the file of a `table(ds)`, or reads the rows for a `rows(ds, …)`: the two things in a workflow that need files and no task. */
export async function compute(
  computation: Computation,
  ports: Pick<EnginePorts, 'content' | 'tables'>,
): Promise<ComputationResult> {
  if (computation.kind === 'table') {
    const bytes = ports.tables.write(computation.columns, computation.rows);
    await ports.content.put(bytes);
    return { how: 'table', file: tableFile(computation, bytes) };
  }
  const { file } = computation;
  try {
    const table = await ports.tables.read(file.path ?? ports.content.path(file.digest, file.directory));
    return typedRows(table, computation.columns);
  } catch (error) {
    return { how: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

/** A table's artifact, known from its bytes alone. */
export function tableFile(table: TableComputation, bytes: Uint8Array): FileValue {
  const columns = table.columns.map(({ name, kind }) => ({ name, type: kind === 'other' ? ('Str' as const) : kind }));
  return {
    kind: 'file',
    digest: blake3(bytes),
    directory: false,
    size: bytes.length,
    name: 'table.csv',
    info: { mediaType: 'text/csv', table: { columns, rows: table.rows.length } },
  };
}

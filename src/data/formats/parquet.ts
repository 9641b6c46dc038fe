import type { ColumnType, TableDemand } from '../../engine/ports/formats.ts';
import type { ByteReader } from './byte-reader.ts';
import type { Reading } from './reading.ts';
import { headerProblems } from './table.ts';
import { compactStruct, type ThriftStruct } from './thrift-compact.ts';
import { quoted } from './wording.ts';

/** Reads the footer of a Parquet file: its columns, their types and the number of rows. Only top-level columns are tables to us. */
export async function readParquet(reader: ByteReader, demand: TableDemand | undefined): Promise<Reading> {
  const tail = reader.size < 12 ? undefined : await reader.read(reader.size - 8, 8);
  if (tail === undefined || tail.toString('latin1', 4, 8) !== 'PAR1') {
    return { problems: [`the Parquet file is cut off: it has no footer (${reader.size} bytes present)`] };
  }
  const length = tail.readUInt32LE(0);
  const footer = length > reader.size - 12 ? undefined : await reader.read(reader.size - 8 - length, length);
  const metadata = footer && compactStruct(footer);
  const schema = metadata?.get(2);
  const rows = metadata?.get(3);
  const [root, ...elements] = Array.isArray(schema) ? schema.filter((each) => each instanceof Map) : [];
  if (root === undefined) return { problems: ['the Parquet footer is damaged: its columns cannot be read'] };

  const columns = topLevel(root, elements);
  const problems = headerProblems(
    columns.map(({ name }) => name),
    demand,
  );
  for (const { name, type } of columns) {
    const wanted = demand?.columns[name]?.type;
    if (wanted === undefined || wanted === 'Str' || wanted === type || (wanted === 'Float' && type === 'Int')) continue;
    problems.push(`the column ${quoted(name)} holds ${type} values, not ${wanted}`);
  }
  return { problems, table: { columns, ...(typeof rows === 'number' && { rows }) } };
}

/** The schema is a tree in depth-first order; a column that has children is skipped with them. */
function topLevel(root: ThriftStruct, elements: readonly ThriftStruct[]): { name: string; type: ColumnType }[] {
  const columns: { name: string; type: ColumnType }[] = [];
  let index = 0;
  const skip = (): void => {
    const children = elements[index++]?.get(5);
    for (let child = 0; child < (typeof children === 'number' ? children : 0) && index < elements.length; child++)
      skip();
  };
  const count = root.get(5);
  for (let column = 0; column < (typeof count === 'number' ? count : 0) && index < elements.length; column++) {
    const element = elements[index];
    const name = element?.get(4);
    if (element !== undefined && name instanceof Uint8Array) {
      columns.push({ name: Buffer.from(name).toString('utf8'), type: typeOf(element) });
    }
    skip();
  }
  return columns;
}

/** Physical types: boolean, int32, int64, int96 (a time), float, double, bytes. A decimal or a date is not the integer it is stored as. */
function typeOf(element: ThriftStruct): ColumnType {
  const converted = element.get(6);
  const isInteger = converted === undefined || (typeof converted === 'number' && converted >= 11 && converted <= 18);
  switch (element.get(1)) {
    case 0:
      return 'Bool';
    case 1:
    case 2:
      return isInteger ? 'Int' : 'Str';
    case 4:
    case 5:
      return 'Float';
    default:
      return 'Str';
  }
}

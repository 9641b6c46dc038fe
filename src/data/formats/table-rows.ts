import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { records, type TableRow } from './csv-records.ts';

export type TableEvent =
  | { readonly kind: 'header'; readonly columns: readonly string[] }
  | { readonly kind: 'rows'; readonly rows: readonly TableRow[] }
  /** The text is no table from here on; nothing follows. */
  | { readonly kind: 'broken'; readonly message: string };

export interface RowsOptions {
  /** Found from the header line where not given. */
  readonly delimiter: string | undefined;
  /** Stop after about that many bytes; the line that stands there is left out. */
  readonly mostBytes: number;
}

/**
 * Streams a CSV or TSV file in batches. Blank lines are skipped and counted; every other row has as many cells as the header, else
 * the table is broken there. UTF-8 with or without a byte order mark; quotes as in RFC 4180, and one in the middle of a
 * bare cell is a character.
 */
export async function* tableRows(path: string, { delimiter, mostBytes }: RowsOptions): AsyncGenerator<TableEvent> {
  const file = await open(path);
  let input: Readable | undefined;
  try {
    const { size } = await file.stat();
    const head = await firstBytes(file);
    const refusal = refusalOf(head);
    if (refusal !== undefined) {
      yield { kind: 'broken', message: refusal };
      return;
    }
    // Blocks of a size that keeps the event loop free while one is taken apart.
    input = file.createReadStream({ start: 0, end: mostBytes - 1, highWaterMark: 64 * 1024, autoClose: false });
    const isPartial = size > mostBytes;
    let columns: readonly string[] | undefined;
    let last: TableRow | undefined;
    for await (const piece of records(input, delimiter ?? delimiterOf(head.toString('utf8')))) {
      if (piece.kind === 'broken') {
        if (!isPartial) {
          yield {
            kind: 'broken',
            message: `the table is damaged in or after row ${piece.after + 1}: ${piece.message}`,
          };
        }
        return;
      }
      // The newest row waits until another follows: only the last of all may be cut.
      const rows: TableRow[] = [];
      for (const row of piece.rows) {
        if (columns === undefined) {
          columns = row.cells;
          yield { kind: 'header', columns };
          continue;
        }
        if (last !== undefined) rows.push(last);
        last = row;
      }
      const wrong = rows.find((row) => row.cells.length !== columns?.length);
      if (wrong !== undefined) {
        yield {
          kind: 'broken',
          message: `row ${wrong.number} does not fit the table: ${counted(wrong, columns ?? [])}`,
        };
        return;
      }
      if (rows.length > 0) yield { kind: 'rows', rows };
    }
    if (last === undefined || columns === undefined || isPartial) return;
    if (last.cells.length === columns.length) {
      yield { kind: 'rows', rows: [last] };
      return;
    }
    const isCut = last.cells.length < columns.length && !(await endsWithNewline(file, size));
    const what = isCut
      ? `the table ends in the middle of row ${last.number}`
      : `row ${last.number} does not fit the table`;
    yield { kind: 'broken', message: `${what}: ${counted(last, columns)}` };
  } finally {
    input?.destroy();
    await file.close();
  }
}

/** Of comma, tab and semicolon the one that stands most often in the header outside quotes; a comma where none does. */
export function delimiterOf(text: string): string {
  const header = text.replace(/"[^"]*"/g, '').split(/\r|\n/, 1)[0] ?? '';
  const often = (mark: string): number => header.split(mark).length - 1;
  return [',', '\t', ';'].reduce((best, mark) => (often(mark) > often(best) ? mark : best));
}

function counted(row: TableRow, columns: readonly string[]): string {
  return `it has ${row.cells.length} cells, the header names ${columns.length}`;
}

async function firstBytes(file: FileHandle): Promise<Buffer> {
  const buffer = Buffer.alloc(64 * 1024);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
  return buffer.subarray(0, bytesRead);
}

function refusalOf(head: Buffer): string | undefined {
  if (head.length >= 2 && [0xfffe, 0xfeff].includes(head.readUInt16BE(0))) {
    return 'the table is written in UTF-16: save it as UTF-8';
  }
  return head.includes(0) ? 'this is no table but binary data' : undefined;
}

async function endsWithNewline(file: FileHandle, size: number): Promise<boolean> {
  const buffer = Buffer.alloc(1);
  await file.read(buffer, 0, 1, Math.max(0, size - 1));
  return buffer[0] === 0x0a || buffer[0] === 0x0d;
}

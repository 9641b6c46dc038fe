import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cellValue } from '../../../../src/data/formats/cell.ts';
import { readTable } from '../../../../src/data/formats/table-read.ts';
import { writeCsv } from '../../../../src/data/formats/table-write.ts';
import type { FormatFinding, TableDemand } from '../../../../src/engine/ports/formats.ts';
import { inspectBytes, messages } from '../../../support/inspect.ts';

async function inspect(
  text: string | Uint8Array,
  { name = 'tracks.csv', columns }: { name?: string; columns?: TableDemand['columns'] } = {},
): Promise<FormatFinding> {
  return await inspectBytes(text, {
    name,
    demand: { format: 'Table', ...(columns !== undefined && { table: { columns } }) },
  });
}

const spots = {
  track: { type: 'Int' },
  x: { type: 'Float' },
  ok: { type: 'Bool' },
  name: { type: 'Str' },
} as const;

describe('what a table holds', () => {
  const table = {
    columns: [
      { name: 'track', type: 'Int' },
      { name: 'x', type: 'Float' },
      { name: 'ok', type: 'Bool' },
      { name: 'name', type: 'Str' },
    ],
    rows: 2,
  };
  const plain = 'track,x,ok,name\n1,2.5,true,a\n-2,1e-3,False,7 b\n';

  test.each([
    ['commas', plain, 'tracks.csv'],
    ['CRLF', plain.replaceAll('\n', '\r\n'), 'tracks.csv'],
    ['carriage returns', plain.replaceAll('\n', '\r'), 'tracks.csv'],
    ['no last line end', plain.trimEnd(), 'tracks.csv'],
    ['a byte order mark', `\ufeff${plain}`, 'tracks.csv'],
    ['blank lines', plain.replaceAll('\n', '\n\n'), 'tracks.csv'],
    ['tabs', plain.replaceAll(',', '\t'), 'tracks.tsv'],
    ['tabs under another name', plain.replaceAll(',', '\t'), 'tracks.csv'],
    ['semicolons', plain.replaceAll(',', ';'), 'tracks.csv'],
    ['no extension', plain, 'tracks'],
    ['quotes', 'track,x,"ok",name\n1,2.5,true,"a, ""b""\nc"\n-2,1e-3,False,7 b\n', 'tracks.csv'],
    ['missing numbers', 'track,x,ok,name\n1,nan,true,a\n2,,False,\n', 'tracks.csv'],
  ])('with %s', async (_, text, name) => {
    const finding = await inspect(text, { name, columns: spots });
    expect(finding).toMatchObject({ ok: true, info: { table } });
  });

  test('a text that ImageJ wrote with a nameless first column and Latin-1 units is read', async () => {
    const finding = await inspect(Buffer.from(' ,Area,Mean µ\n1,20,3.5\n', 'latin1'));
    expect(finding).toMatchObject({
      ok: true,
      info: { table: { columns: [{ name: ' ' }, { name: 'Area', type: 'Int' }, { type: 'Float' }] } },
    });
  });
});

describe('what is wrong with it', () => {
  test('every bad cell has its row and column, the first five are shown', async () => {
    const rows = Array.from({ length: 8 }, (_, index) => `${index}.5,1,true,n`).join('\n');
    expect(messages(await inspect(`track,x,ok,name\n${rows}\n`, { columns: spots }))).toEqual([
      'row 2, column "track": "0.5" is not an Int (a whole number)',
      'row 3, column "track": "1.5" is not an Int (a whole number)',
      'row 4, column "track": "2.5" is not an Int (a whole number)',
      'row 5, column "track": "3.5" is not an Int (a whole number)',
      'row 6, column "track": "4.5" is not an Int (a whole number)',
      'and 3 more cells like these',
    ]);
    expect(messages(await inspect('track,x,ok,name\n1,"wi,de",maybe,n\n\n,1,true,\n', { columns: spots }))).toEqual([
      'row 2, column "x": "wi,de" is not a Float (a number)',
      'row 2, column "ok": "maybe" is not a Bool (true or false)',
      'row 4, column "track": the cell is empty',
    ]);
  });

  test('a missing column is told with those that are there', async () => {
    expect(
      messages(await inspect('track,X,frame\n1,2,3\n', { columns: { x: { type: 'Float' }, y: { type: 'Float' } } })),
    ).toEqual([
      'the table has no column "x", but one called "X"',
      'the table has no column "y"; its columns are "track", "X", "frame"',
    ]);
  });

  test('an optional column may be absent and may have empty cells', async () => {
    const columns = { track: { type: 'Int', optional: true }, y: { type: 'Int', optional: true } } as const;
    expect(await inspect('track,x\n,2\n3,4\n', { columns })).toMatchObject({ ok: true });
    expect(messages(await inspect('track,x\nb,2\n', { columns }))).toHaveLength(1);
  });

  test.each([
    ['', 'the file is empty'],
    ['\n\n', 'the table is empty: it has no header'],
    ['a,b,c\n1,2,3\n4,5', 'the table ends in the middle of row 3: it has 2 cells, the header names 3'],
    ['a,b,c\n1,2\n4,5,6\n', 'row 2 does not fit the table: it has 2 cells, the header names 3'],
    ['a,b\n1,"2\n3,4\n', 'the table is damaged in or after row 2: a quote is opened and never closed'],
    ['a,b,a\n1,2,3\n', 'two columns are called "a"'],
    ['\ufffea\0,\0b\0', 'this is a file of unknown format, not a table'],
  ])('%j', async (text, message) => {
    expect(messages(await inspect(text))).toEqual([message]);
  });

  test('a spreadsheet workbook is not mistaken for its sheet', async () => {
    expect(messages(await inspect('PK\x03\x04\0\0', { name: 'samples.xlsx' }))).toEqual([
      'this is a spreadsheet workbook: save its sheet as CSV',
    ]);
  });
});

test('lines are split the same way with and without the quote that calls for a full parser', async () => {
  // Longer than a read block, so that lines and multi-byte letters fall across blocks, and the quote comes in a late one.
  const lines = Array.from(
    { length: 9000 },
    (_, index) => `${index},µ${'é'.repeat(index % 13)},${index / 7}${index % 1000 === 0 ? '\n' : ''}`,
  );
  const text = `id,name,x\n${lines.join('\n')}\n`;
  const folder = await mkdtemp(join(tmpdir(), 'bit-formats-'));
  try {
    const path = join(folder, 't.csv');
    const read = async (content: string): Promise<unknown> => {
      await writeFile(path, content);
      const table = await readTable(path, { delimiter: undefined });
      return table.ok ? table.value : table.error;
    };
    const bare = await read(text);
    expect(bare).toMatchObject({
      columns: [
        { name: 'id', type: 'Int' },
        { name: 'name', type: 'Str' },
        { name: 'x', type: 'Float' },
      ],
    });
    expect(bare).toHaveProperty('rows.length', 9000);
    expect(bare).toHaveProperty('rows.2', { number: 5, cells: ['2', 'µéé', `${2 / 7}`] }); // rows 1 and 3: header, blank
    expect(await read(text.replace('\n8000,µ', '\n8000,"µ').replace(/(\n8000,"[^,]*)/, '$1"'))).toEqual(bare);
    expect(await read(text.replace('id,', '"id",'))).toEqual(bare);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a table that is written reads back as the same values and types', async () => {
  const columns = [
    { name: 'n', type: 'Int' },
    { name: 'x', type: 'Float' },
    { name: 'a "b", c', type: 'Str' },
    { name: 'ok', type: 'Bool' },
  ] as const;
  const rows = [
    [1, 3, 'plain', true],
    [2n ** 60n, 0.1 + 0.2, 'comma, "quote"\nnew line', false],
    [-5, Number.NaN, ' spaces ', true],
    [0, 1e300, 'ünï', true],
    [7, -Infinity, '', false],
  ];
  const text = writeCsv(columns, rows);
  expect(text).toBe(
    'n,x,"a ""b"", c",ok\n1,3.0,plain,true\n1152921504606846976,0.30000000000000004,"comma, ""quote""\nnew line",false\n-5,nan," spaces ",true\n0,1e+300,ünï,true\n7,-inf,,false\n',
  );
  const folder = await mkdtemp(join(tmpdir(), 'bit-formats-'));
  try {
    await writeFile(join(folder, 't.csv'), text);
    const table = await readTable(join(folder, 't.csv'), { delimiter: undefined });
    if (!table.ok) throw new Error('not read');
    expect(table.value.columns).toEqual(columns);
    const values = table.value.rows.map(({ cells }) =>
      cells.map((cell, index) => cellValue(cell, columns[index]?.type ?? 'Str')),
    );
    expect(values).toEqual(rows);
  } finally {
    await rm(folder, { recursive: true });
  }
  expect(writeCsv([{ name: 'only', type: 'Str' }], [[''], [null]])).toBe('only\n""\n""\n');
});

import { describe, expect, test } from 'vitest';
import { headerName } from '../../../../src/data/annotate/header-name.ts';
import { readSheet } from '../../../../src/data/annotate/read-sheet.ts';
import type { TagKey } from '../../../../src/engine/ports/catalog.ts';
import { bySheetOf, problemText, sheet, tagged } from './rig.ts';
import { xlsxFile } from './xlsx-file.ts';

const problemsOf = async (content: string, paths: readonly string[], options: Parameters<typeof bySheetOf>[1] = {}) =>
  tagged(paths, await bySheetOf(content, options)).problems.map(problemText);

describe('a sheet gives tags', () => {
  test.each<[string, string, readonly string[], readonly object[]]>([
    [
      'by name',
      'File,Cell line,Time\nb.tif,HeLa,2\na.tif,U2OS,1\n',
      ['a.tif', 'b.tif'],
      [
        { cell_line: 'U2OS', time: 1 },
        { cell_line: 'HeLa', time: 2 },
      ],
    ],
    ['by name in folders', 'image,x\na.tif,1\nb.tif,2\n', ['p/a.tif', 'q/b.tif'], [{ x: 1 }, { x: 2 }]],
    ['by stem', 'x,which\n1,a\n2,b\n', ['a.ome.tif', 'b.czi'], [{ x: 1 }, { x: 2 }]],
    ['by stem that is a number', 'nr,x\n1,a\n2,b\n', ['1.tif', '2.tif'], [{ x: 'a' }, { x: 'b' }]],
    ['by path', 'path,x\np/a.tif,1\nq/a.tif,2\n', ['p/a.tif', 'q/a.tif'], [{ x: 1 }, { x: 2 }]],
    ['by path without extension', 'path,x\np/a,1\nq/a,2\n', ['p/a.tif', 'q/a.tif'], [{ x: 1 }, { x: 2 }]],
    ['by the end of a path', 'path,x\np/a.tif,1\nq/a.tif,2\n', ['raw/p/a.tif', 'raw/q/a.tif'], [{ x: 1 }, { x: 2 }]],
    [
      'by a path from further up',
      'path,x\n/data/e/p/a.tif,1\n/data/e/q/a.tif,2\n',
      ['p/a.tif', 'q/a.tif'],
      [{ x: 1 }, { x: 2 }],
    ],
    [
      'by a path of Windows',
      'path,x\nC:\\e\\p\\a.tif,1\n.\\q\\a.tif,2\n',
      ['p/a.tif', 'q/a.tif'],
      [{ x: 1 }, { x: 2 }],
    ],
    [
      'by name, accents in either form',
      `file,x\n${'é.tif'.normalize('NFC')},1\n`,
      ['é.tif'.normalize('NFD')],
      [{ x: 1 }],
    ],
    ['of names in quotes, with line ends', 'file,x\n"a, ""b""\n{c}.tif",1\n', ['a, "b"\n{c}.tif'], [{ x: 1 }]],
    [
      'parted by semicolons, with a decimal comma',
      'file;dose;note\na;0,5;x,y\nb;1;\n',
      ['a.tif', 'b.tif'],
      [{ dose: 0.5, note: 'x,y' }, { dose: 1 }],
    ],
    [
      'parted by semicolons, with a decimal point',
      'file;dose\na;0.5\nb;1.25\n',
      ['a.tif', 'b.tif'],
      [{ dose: 0.5 }, { dose: 1.25 }],
    ],
    ['parted by tabs', 'file\tx\na\t1,5\nb\t2\n', ['a.tif', 'b.tif'], [{ x: '1,5' }, { x: '2' }]],
    ['parted as Excel says', 'sep=;\nfile;a,b\na;1\n', ['a.tif'], [{ a_b: 1 }]],
    ['after a byte order mark', '\ufefffile,x\na,1\n', ['a.tif'], [{ x: 1 }]],
    ['with blank rows and columns', '\n\n,file,,x,,\n,,,,,\n,a,,1,,\n,,,,,,\n\n', ['a.tif'], [{ x: 1 }]],
    [
      'with short rows and empty cells',
      'file,x,y\na\nb,,  \nc,1,2\n',
      ['a.tif', 'b.tif', 'c.tif'],
      [{}, {}, { x: 1, y: 2 }],
    ],
    ['trimmed', 'file, x \r\n a.tif , control \r\n', ['a.tif'], [{ x: 'control' }]],
    ['with leading zeros kept', 'file,well\na,007\nb,7\n', ['a.tif', 'b.tif'], [{ well: '007' }, { well: '7' }]],
    ['with a unit above a column', 'file,Exposure (ms)\na,20\n', ['a.tif'], [{ exposure: 20 }]],
  ])('%s', async (_, content, paths, expected) => {
    const { problems, tags } = tagged(paths, await bySheetOf(content));
    expect(problems).toEqual([]);
    expect(tags).toEqual(expected);
  });

  test('of UTF-16, as Excel writes its Unicode text', async () => {
    const text = Buffer.from('\ufefffile\tGröße\na\tå\n', 'utf16le');
    expect(tagged(['a.tif'], await bySheetOf(text)).tags).toEqual([{ groesse: 'å' }]);
  });

  test('in the units of the keys', async () => {
    const keys: TagKey[] = [
      { name: 'time', type: 'Float', unit: 's' },
      { name: 'cellLine', type: 'Str' },
    ];
    const rule = await bySheetOf('file,Time (min),Cell line\na,3,7\nb,10 s,8\n');
    expect(tagged(['a.tif', 'b.tif'], rule, { keys })).toMatchObject({
      problems: [],
      tags: [
        { time: 180, cellLine: '7' },
        { time: 10, cellLine: '8' },
      ],
    });
  });

  test('and the unit of a new key stands above the column', async () => {
    const rule = await bySheetOf('file,Dose [µM],State (old)\na,3,x\n');
    expect(tagged(['a.tif'], rule).newKeys).toEqual([
      { name: 'dose', type: 'Int', unit: 'µM' },
      { name: 'state_old', type: 'Str' },
    ]);
  });

  test('under names of your own, without columns that you leave out', async () => {
    const rule = await bySheetOf('file,Cell line,細胞,Note\na,x,1,n\n', {
      rename: { 細胞: 'cell' },
      leaveOut: ['Note'],
    });
    expect(tagged(['a.tif'], rule).tags).toEqual([{ cell_line: 'x', cell: 1 }]);
  });

  test('where the comma is said to be decimal', async () => {
    const rule = await bySheetOf('file\tx\na\t1,5\n', { decimals: 'comma' });
    expect(tagged(['a.tif'], rule).tags).toEqual([{ x: 1.5 }]);
  });
});

describe('what is wrong with a sheet is all said at once', () => {
  test('rows without a file, files without a row, rows without a name, twice and unclear', async () => {
    const content = 'file,x\na.tif,1\nB.tif,2\n,3\na.tif,4\nd,5\n';
    expect(await problemsOf(content, ['a.tif', 'b.tif', 'c.tif', 'd.tif', 'd.czi'])).toEqual([
      'row-without-name 4',
      'row-twice [2,5] a.tif',
      'row-unclear 6 d ["d.tif","d.czi"]',
      'row-without-file 3 B.tif b.tif',
      'file-without-row b.tif',
      'file-without-row c.tif',
      'file-without-row d.tif',
      'file-without-row d.czi',
    ]);
  });

  test('a file of the same name in another folder is not the one that is meant', async () => {
    const content = 'path,x\n/e/p1/a.tif,1\n/e/p2/b.tif,2\n';
    expect(await problemsOf(content, ['a.tif', 'b.tif'])).toEqual([
      'row-without-file 3 /e/p2/b.tif',
      'file-without-row b.tif',
    ]);
  });

  test('unless rows without a file and files without a row are allowed', async () => {
    const rule = await bySheetOf('file,x\na.tif,1\nz.tif,2\n', { rowsWithoutFile: 'leave', filesWithoutRow: 'leave' });
    expect(tagged(['a.tif', 'b.tif'], rule)).toMatchObject({ problems: [], tags: [{ x: 1 }, {}] });
  });

  test('values with row and column', async () => {
    const rule = await bySheetOf('file,Time point\na,x\nb,1\n');
    expect(tagged(['a.tif', 'b.tif'], rule, { keys: [{ name: 'time_point', type: 'Int' }] }).problems).toMatchObject([
      { rule: 0, kind: 'bad-value', item: 'a.tif', row: 2, column: 'Time point', text: 'x' },
    ]);
  });

  test.each([
    ['file,Cell,cell\na,1,2\n', {}, ['headers-alike ["Cell","cell"] cell']],
    ['file,,x\na,1,2\n', {}, ['header-without-name  2']],
    ['file,!?,x\na,1,2\n', {}, ['header-without-name !? 2']],
    ['file,x\na,1,2\n', {}, ['stray-cell 2 2']],
    [
      'file;x\na;0,5\nb;0.5\n',
      { filesWithoutRow: 'leave', rowsWithoutFile: 'leave' } as const,
      ['mixed-decimals x {"row":2,"text":"0,5"} {"row":3,"text":"0.5"}'],
    ],
    [
      'file,x\na,1\n',
      { leaveOut: ['elsewhere'] },
      ['bad-rule The sheet has no column `elsewhere` It has `file`, `x`.'],
    ],
    ['file,Note\na,1\n', { leaveOut: ['note'] }, ['bad-rule The sheet has no column `note` Did you mean `Note`?']],
    ['p,q\nx,1\n', {}, ['no-file-column undefined ["p","q"]']],
    ['p,q\nx,1\n', { fileColumn: 'r' }, ['no-file-column r ["p","q"]']],
    ['p,q\na,a.tif\n', {}, ['unclear-file-column ["p","q"]']],
  ])('%j', async (content, options, expected) => {
    expect(await problemsOf(content, ['a.tif'], options)).toEqual(expected);
  });

  test('but of two columns that name the files, one that is called so is taken', async () => {
    expect(tagged(['a.tif'], await bySheetOf('Sample,File name\na,a.tif\n')).tags).toEqual([{ sample: 'a' }]);
    expect(tagged(['a.tif'], await bySheetOf('p,q\na,a.tif\n', { fileColumn: 'q' })).tags).toEqual([{ p: 'a' }]);
  });

  test('and a value that happens to be a file’s stem does not make its column the one of the files', async () => {
    const rule = await bySheetOf('img,condition\ncontrol.tif,a\nb.tif,control\nc.tif,x\n');
    expect(tagged(['control.tif', 'b.tif', 'c.tif'], rule).tags).toEqual([
      { condition: 'a' },
      { condition: 'control' },
      { condition: 'x' },
    ]);
  });
});

describe('a workbook', () => {
  const book = xlsxFile({
    Plan: [
      ['File name', 'Dose', 'Day', 'Seen', 'Good', 'Twice', 'Sum', 'Bad', 'Well', null, 'Note'],
      [
        'a.tif',
        0.1,
        { day: 45351 },
        { moment: 45351.58818287037 },
        true,
        { formula: 'B2*2', value: 0.2 },
        { formula: '"x"&amp;', value: 'xy' },
        { formula: 'NA()', value: { error: '#N/A' } },
        '007',
        null,
        ' é ',
      ],
      [null, null],
      ['b.tif', 2, null, null, { formula: 'TRUE()', value: false }, 3, null, null, '8'],
      [null, null, null],
    ],
    'Zweites Blatt': [[], [], [null, 'path', 'x'], [null, 'b.tif', 1]],
    Leer: [],
  });

  test('gives typed tags, dates as ISO 8601, and the values that its formulas had', async () => {
    const { problems, tags, newKeys } = tagged(['a.tif', 'b.tif'], await bySheetOf(book));
    expect(problems).toEqual([]);
    expect(tags).toEqual([
      {
        dose: 0.1,
        day: '2024-02-29',
        seen: '2024-02-29T14:06:59',
        good: true,
        twice: 0.2,
        sum: 'xy',
        well: '007',
        note: 'é',
      },
      { dose: 2, good: false, twice: 3, well: '8' },
    ]);
    expect(newKeys.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'dose Float',
      'day Date',
      'seen Date',
      'good Bool',
      'twice Float',
      'sum Str',
      'well Str',
      'note Str',
    ]);
  });

  test('is read from the worksheet that is named, wherever its table begins', async () => {
    expect(await sheet(book, 'a.xlsx', 'Zweites Blatt')).toEqual({
      columns: [
        { header: 'path', position: 2 },
        { header: 'x', position: 3 },
      ],
      rows: [{ number: 4, cells: ['b.tif', 1] }],
      decimals: 'point',
    });
  });

  test('or counted, unless one has the number for its name', async () => {
    const numbered = xlsxFile({
      '2': [['file'], ['a.tif']],
      other: [['file'], ['b.tif']],
      third: [['file'], ['c.tif']],
    });
    const firstCell = async (worksheet: string) => (await sheet(numbered, 'a.xlsx', worksheet)).rows[0]?.cells[0];
    expect([await firstCell('2'), await firstCell('3')]).toEqual(['a.tif', 'c.tif']);
  });

  test('in which a number names a text key, and a text a number key', async () => {
    const keys: TagKey[] = [
      { name: 'well', type: 'Str' },
      { name: 'n', type: 'Int' },
    ];
    const rule = await bySheetOf(
      xlsxFile({
        S: [
          ['file', 'well', 'n'],
          ['a', 5, '6'],
        ],
      }),
    );
    expect(tagged(['a.tif'], rule, { keys }).tags).toEqual([{ well: '5', n: 6 }]);
  });

  test.each<[string, Uint8Array, string | undefined, RegExp]>([
    ['has no such worksheet', book, 'plan', /no worksheet `plan`/],
    ['is empty', book, 'Leer', /empty/],
    ['is damaged', book.subarray(0, book.length / 2), undefined, /damaged/],
    ['is a zip of something else', Buffer.from('PK\x03\x04 nothing'), undefined, /damaged/],
    ['is of the old kind', Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]), undefined, /old kind/],
    ['is a text', Buffer.from('file,x\n'), 'Plan', /no worksheets/],
    ['is a text in Latin-1', Buffer.from('file,Gr\xf6\xdfe\n', 'latin1'), undefined, /UTF-8/],
    ['is no text', Buffer.from([0x61, 0, 0x62, 0x0a]), undefined, /binary/],
    ['is an empty text', Buffer.from('\n , ,\n'), undefined, /empty/],
    ['has a quote that never ends', Buffer.from('file,x\n"a,1\n'), undefined, /never closed/],
  ])('that %s is refused', async (_, bytes, worksheet, message) => {
    const read = await readSheet(bytes, { name: 'a.xlsx', worksheet });
    expect(read).toMatchObject({
      ok: false,
      error: { kind: 'unreadable-sheet', problem: expect.stringMatching(message) },
    });
  });
});

test.each([
  ['Cell line', 'cell_line', undefined],
  ['Größe (µm)', 'groesse', 'µm'],
  ['Concentration [mg/ml]', 'concentration', 'mg/ml'],
  ['Temperature (°C)', 'temperature', '°C'],
  ['Dose (high)', 'dose_high', undefined],
  ['état', 'etat', undefined],
  ['2nd pass', '_2nd_pass', undefined],
  ['pH', 'ph', undefined],
  ['WELL-ID', 'Well_id', undefined],
  ['wellid', 'Well_id', undefined],
  ['(s)', 's', undefined],
  ['細胞', '', undefined],
  ['', '', undefined],
])('the header %j names the tag %j', (header, name, unit) => {
  expect(headerName(header, [{ name: 'Well_id', type: 'Str' }])).toEqual({ name, unit });
});

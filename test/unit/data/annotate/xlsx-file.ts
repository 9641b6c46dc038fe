import { crc32, deflateRawSync } from 'node:zlib';

export type XlsxCell =
  | null
  | string
  | number
  | boolean
  /** `value` is what was there when the workbook was saved. */
  | { readonly formula: string; readonly value: string | number | boolean | { readonly error: string } }
  | { readonly day: number }
  | { readonly moment: number };

/** A workbook as a spreadsheet saves one: shared strings, styles for dates, a part for each worksheet. */
export function xlsxFile(sheets: Readonly<Record<string, readonly (readonly XlsxCell[])[]>>): Buffer {
  const strings: string[] = [];
  const parts: Record<string, string> = {};
  const names = Object.keys(sheets);
  for (const [at, name] of names.entries())
    parts[`xl/worksheets/sheet${at + 1}.xml`] = sheetXml(sheets[name] ?? [], strings);
  parts['[Content_Types].xml'] =
    `${head}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>`;
  parts['xl/workbook.xml'] =
    `${head}<workbook xmlns="${main}" xmlns:r="${relations}"><sheets>${names.map((name, at) => `<sheet name="${escaped(name)}" sheetId="${at + 1}" r:id="rId${at + 1}"/>`).join('')}</sheets></workbook>`;
  parts['xl/_rels/workbook.xml.rels'] =
    `${head}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${names
      .map(
        (_, at) =>
          `<Relationship Id="rId${at + 1}" Type="${relations}/worksheet" Target="worksheets/sheet${at + 1}.xml"/>`,
      )
      .join(
        '',
      )}<Relationship Id="rId90" Type="${relations}/styles" Target="styles.xml"/><Relationship Id="rId91" Type="${relations}/sharedStrings" Target="sharedStrings.xml"/></Relationships>`;
  parts['xl/styles.xml'] =
    `${head}<styleSheet xmlns="${main}"><numFmts count="1"><numFmt numFmtId="164" formatCode="dd.mm.yyyy hh:mm:ss"/></numFmts><cellStyleXfs count="1"><xf numFmtId="0"/></cellStyleXfs><cellXfs count="3"><xf numFmtId="0" xfId="0"/><xf numFmtId="14" xfId="0" applyNumberFormat="1"/><xf numFmtId="164" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>`;
  parts['xl/sharedStrings.xml'] =
    `${head}<sst xmlns="${main}">${strings.map((text) => `<si><t xml:space="preserve">${escaped(text)}</t></si>`).join('')}</sst>`;
  return zipped(parts);
}

const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const relations = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

function sheetXml(rows: readonly (readonly XlsxCell[])[], strings: string[]): string {
  const known = new Map<string, number>(strings.map((text, at) => [text, at]));
  const shared = (text: string): number => {
    const at = known.get(text) ?? strings.push(text) - 1;
    known.set(text, at);
    return at;
  };
  const cell = (value: XlsxCell, at: string): string => {
    if (value === null) return '';
    if (typeof value === 'string') return `<c r="${at}" t="s"><v>${shared(value)}</v></c>`;
    if (typeof value === 'number') return `<c r="${at}"><v>${value}</v></c>`;
    if (typeof value === 'boolean') return `<c r="${at}" t="b"><v>${value ? 1 : 0}</v></c>`;
    if ('day' in value) return `<c r="${at}" s="1"><v>${value.day}</v></c>`;
    if ('moment' in value) return `<c r="${at}" s="2"><v>${value.moment}</v></c>`;
    const { formula, value: of } = value;
    const type =
      typeof of === 'string' ? ' t="str"' : typeof of === 'boolean' ? ' t="b"' : typeof of === 'object' ? ' t="e"' : '';
    const text = typeof of === 'object' ? of.error : typeof of === 'boolean' ? Number(of) : of;
    return `<c r="${at}"${type}><f>${escaped(formula)}</f><v>${escaped(String(text))}</v></c>`;
  };
  const body = rows.map(
    (row, y) => `<row r="${y + 1}">${row.map((value, x) => cell(value, `${column(x)}${y + 1}`)).join('')}</row>`,
  );
  return `${head}<worksheet xmlns="${main}"><sheetData>${body.join('')}</sheetData></worksheet>`;
}

const column = (x: number): string =>
  (x < 26 ? '' : column(Math.floor(x / 26) - 1)) + String.fromCharCode(65 + (x % 26));

function zipped(parts: Readonly<Record<string, string>>): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(parts)) {
    const content = Buffer.from(text);
    const packed = deflateRawSync(content);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(0x0800, 2);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt16LE(0x21, 8);
    fields.writeUInt32LE(crc32(content), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(content.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const own = Buffer.alloc(42);
    own.writeUInt16LE(20, 0);
    fields.copy(own, 2);
    own.writeUInt32LE(offset, 38);
    files.push(Buffer.from('PK\x03\x04'), fields, Buffer.from(name), packed);
    directory.push(Buffer.from('PK\x01\x02'), own, Buffer.from(name));
    offset += 30 + name.length + packed.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length / 4, 8);
  end.writeUInt16LE(files.length / 4, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, list, end]);
}

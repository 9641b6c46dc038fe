import { readFile } from 'node:fs/promises';
import type { ByteReader } from './byte-reader.ts';
import type { Reading } from './reading.ts';
import { quoted } from './wording.ts';

/** Whole texts up to here are parsed; of a longer one only its two ends are looked at, so that memory stays bounded. */
const MOST_PARSED = 256 * 1024 * 1024;

export async function readJson(path: string, reader: ByteReader): Promise<Reading> {
  if (reader.size > MOST_PARSED) return await endsOf(reader, { name: 'JSON', first: /^\s*[[{]/, last: /[\]}]\s*$/ });
  const text = (await readFile(path, 'utf8')).replace(/^\ufeff/, '');
  if (text.trim() === '') return { problems: ['the JSON file holds nothing but blanks'] };
  try {
    JSON.parse(text);
    return { problems: [] };
  } catch (error) {
    return { problems: [`the JSON is not well formed: ${jsonFault(text, error)}`] };
  }
}

/** The language's own sentence quotes the text around the fault, which may be long and run over lines; ours says where. */
function jsonFault(text: string, error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  if (/^Unexpected end|^Unterminated/.test(message)) return 'it ends before it is complete';
  // Python's json.dump writes these, and no other language reads them.
  const word = /(?:^|[\s:,[])(-?Infinity|NaN)(?=[\s,\]}]|$)/.exec(text);
  if (word?.[1] !== undefined) {
    const at = word.index + word[0].length - word[1].length;
    return `${place(text, at)}: JSON has no ${word[1]}; write null instead`;
  }
  const position = /position (\d+)/.exec(message)?.[1];
  const token = /^Unexpected token '(.)'/su.exec(message)?.[1];
  const at = position !== undefined ? Number(position) : token === text.trimStart().charAt(0) ? 0 : undefined;
  if (at === undefined)
    return token === undefined ? 'it cannot be read' : `${quoted(token)} stands where no value can begin`;
  return `${place(text, at)}, at ${quoted(text.slice(at, at + 20))}`;
}

function place(text: string, at: number): string {
  const before = text.slice(0, at).split('\n');
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

export async function readXml(path: string, reader: ByteReader): Promise<Reading> {
  if (reader.size > MOST_PARSED) return await endsOf(reader, { name: 'XML', first: /^\ufeff?\s*</, last: />\s*$/ });
  const text = await readFile(path, 'utf8');
  const { XMLValidator } = await import('fast-xml-parser');
  const verdict = XMLValidator.validate(text.replace(/^\ufeff/, ''));
  if (verdict === true) return { problems: [] };
  const { msg, line, col } = verdict.err;
  return { problems: [`the XML is not well formed: line ${line}, column ${col}: ${msg}`] };
}

export async function readHtml(reader: ByteReader): Promise<Reading> {
  const head = await reader.read(0, Math.min(reader.size, 4096));
  const isMarkup = head !== undefined && /<[!a-zA-Z]/.test(head.toString('latin1'));
  return { problems: isMarkup ? [] : ['this is no HTML: it holds no tag'] };
}

export async function readPdf(reader: ByteReader): Promise<Reading> {
  const head = await reader.read(0, Math.min(reader.size, 1024));
  if (head?.includes('%PDF-') !== true) return { problems: ['this is no PDF: it does not begin with %PDF'] };
  const most = Math.min(reader.size, 2048);
  const tail = await reader.read(reader.size - most, most);
  return {
    problems:
      tail?.includes('%%EOF') === true ? [] : [`the PDF is cut off: it has no end mark (${reader.size} bytes present)`],
  };
}

/** Text may be empty, and in any encoding that has no zero bytes (or says by its mark that it has). */
export async function readText(reader: ByteReader): Promise<Reading> {
  const head = await reader.read(0, Math.min(reader.size, 64 * 1024));
  if (head === undefined || !head.includes(0)) return { problems: [] };
  const isMarked = head.length >= 2 && [0xfffe, 0xfeff].includes(head.readUInt16BE(0));
  return { problems: isMarked ? [] : ['this is no text: it holds zero bytes'] };
}

async function endsOf(
  reader: ByteReader,
  { name, first, last }: { name: string; first: RegExp; last: RegExp },
): Promise<Reading> {
  const head = (await reader.read(0, 1024))?.toString('utf8') ?? '';
  if (!first.test(head)) return { problems: [`this is no ${name}`] };
  const tail = (await reader.read(reader.size - 1024, 1024))?.toString('utf8') ?? '';
  return { problems: last.test(tail) ? [] : [`the ${name} ends before it is complete (${reader.size} bytes present)`] };
}

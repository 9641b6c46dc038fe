/** Where a text stops being JSON, and what had to come there; `undefined` where it is JSON. `JSON.parse` tells the first only sometimes. */
export function firstJsonMistake(text: string): { readonly offset: number; readonly expected: string } | undefined {
  const reader: Reader = { text, at: 0 };
  try {
    readValue(reader, 'a value');
    skipSpace(reader);
    if (reader.at < text.length) throw new Mistake(reader.at, 'the end of the file');
    return undefined;
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    return { offset: error.offset, expected: error.expected };
  }
}

interface Reader {
  readonly text: string;
  at: number;
}

class Mistake extends Error {
  readonly offset: number;
  readonly expected: string;
  constructor(offset: number, expected: string) {
    super(expected);
    this.offset = offset;
    this.expected = expected;
  }
}

function readValue(reader: Reader, expected: string): void {
  skipSpace(reader);
  const { text, at } = reader;
  const start = text[at];
  if (start === '{') readMembers(reader, { end: '}', member: () => readMember(reader) });
  else if (start === '[') readMembers(reader, { end: ']', member: () => readValue(reader, 'a value') });
  else if (start === '"') readString(reader, expected);
  else {
    const word = plainWord.exec(text.slice(at))?.[0];
    if (word === undefined)
      throw new Mistake(at, `${expected}: a text in double quotes, a number, true, false or a list`);
    reader.at += word.length;
  }
}

const plainWord = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/;

function readMember(reader: Reader): void {
  skipSpace(reader);
  readString(reader, 'a name in double quotes');
  skipSpace(reader);
  if (reader.text[reader.at] !== ':') throw new Mistake(reader.at, '`:` and a value');
  reader.at += 1;
  readValue(reader, 'a value');
}

function readMembers(reader: Reader, of: { readonly end: '}' | ']'; readonly member: () => void }): void {
  reader.at += 1;
  skipSpace(reader);
  if (reader.text[reader.at] === of.end) {
    reader.at += 1;
    return;
  }
  for (;;) {
    of.member();
    skipSpace(reader);
    const next = reader.text[reader.at];
    if (next !== ',' && next !== of.end) throw new Mistake(reader.at, `\`,\` or \`${of.end}\``);
    reader.at += 1;
    if (next === of.end) return;
  }
}

function readString(reader: Reader, expected: string): void {
  const start = reader.at;
  if (reader.text[start] !== '"') throw new Mistake(start, expected);
  const body =
    /^"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/.exec(reader.text.slice(start))?.[0] ?? '"';
  reader.at = start + body.length;
  if (reader.text[reader.at] !== '"') throw new Mistake(reader.at, 'the closing `"` of a text');
  reader.at += 1;
}

function skipSpace(reader: Reader): void {
  while (/[ \t\r\n]/.test(reader.text[reader.at] ?? '')) reader.at += 1;
}

/** Classes of the ASCII characters, for the scanner's inner loop. */
export const SPACE = 1;
export const LETTER = 2;
export const DIGIT = 4;

const classes = new Uint8Array(128);
for (const character of ' \t\v\f') classes[character.charCodeAt(0)] = SPACE;
for (let code = 65; code <= 90; code++) classes[code] = LETTER;
for (let code = 97; code <= 122; code++) classes[code] = LETTER;
classes[95] = LETTER;
for (let code = 48; code <= 57; code++) classes[code] = DIGIT;

/** The class bits of a UTF-16 code; 0 for punctuation and everything outside ASCII. */
export function classOf(code: number): number {
  return code < 128 ? (classes[code] ?? 0) : 0;
}

export function isWordCode(code: number): boolean {
  return (classOf(code) & (LETTER | DIGIT)) !== 0;
}

export const NEWLINE = 10;
export const RETURN = 13;
export const QUOTE = 34;
export const BACKSLASH = 92;
export const OPEN_BRACE = 123;
export const CLOSE_BRACE = 125;

/** The end of the line that holds `at`: the offset of its line break, or the text's end. */
export function lineEnd(text: string, at: number): number {
  for (let index = at; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === NEWLINE || code === RETURN) return index;
  }
  return text.length;
}

/** The start of the line that holds `at`. */
export function lineStart(text: string, at: number): number {
  let index = at;
  while (index > 0) {
    const code = text.charCodeAt(index - 1);
    if (code === NEWLINE || code === RETURN) break;
    index--;
  }
  return index;
}

/** Past a line break that starts at `at`; `\r\n` is one. */
export function pastLineBreak(text: string, at: number): number {
  if (text.charCodeAt(at) === RETURN && text.charCodeAt(at + 1) === NEWLINE) return at + 2;
  return at < text.length ? at + 1 : at;
}

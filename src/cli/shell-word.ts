/** A word as one would type it in a shell: quoted only where it must be. Control characters show as `$'\n'`. */
export function shellWord(text: string): string {
  if (text !== '' && /^[\p{L}\p{N}_@%+=:,./-]+$/u.test(text)) return text;
  if (/[\p{Cc}]/u.test(text)) {
    const escaped = text.replace(/[\\'\p{Cc}]/gu, (character) => escapes[character] ?? hexEscape(character));
    return `$'${escaped}'`;
  }
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A whole command, ready to be pasted. */
export const shellCommand = (words: readonly string[]): string => words.map(shellWord).join(' ');

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\r': '\\r', '\\': '\\\\', "'": "\\'" };

const hexEscape = (character: string): string =>
  [...Buffer.from(character, 'utf8')].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');

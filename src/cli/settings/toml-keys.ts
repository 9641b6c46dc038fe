/** Where a key stands in a TOML text. */
export interface KeyPlace {
  /** From the top: `['profile', 'night', 'cpus']`. */
  readonly path: readonly string[];
  readonly start: number;
  readonly end: number;
}

/**
 * Every key of a TOML text with the place of its last part, tables too: a TOML parser gives values without places. The text must have been
 * parsed by one before: what is no TOML ends the walk early, and is not told of.
 */
export function tomlKeys(text: string): readonly KeyPlace[] {
  const walk: Walk = { text, at: 0, found: [] };
  let table: readonly string[] = [];
  for (;;) {
    skipBlank(walk);
    if (walk.at >= text.length) return walk.found;
    const before = walk.at;
    if (text[walk.at] === '[') {
      while (text[walk.at] === '[') walk.at++;
      table = readKey(walk, { above: [] });
      while (text[walk.at] === ']') walk.at++;
    } else readPair(walk, { above: table });
    if (walk.at === before) return walk.found;
  }
}

interface Walk {
  readonly text: string;
  at: number;
  readonly found: KeyPlace[];
}

function readPair(walk: Walk, options: { readonly above: readonly string[] }): void {
  const path = readKey(walk, options);
  if (walk.text[walk.at] !== '=') return;
  walk.at++;
  skipValue(walk, { above: path });
}

/** `a.b."c d"`: notes the place of every part, and gives the whole path. */
function readKey(walk: Walk, options: { readonly above: readonly string[] }): readonly string[] {
  let path = options.above;
  for (;;) {
    skipSpace(walk);
    const start = walk.at;
    const part = /^(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[A-Za-z0-9_-]+)/u.exec(walk.text.slice(start))?.[0];
    if (part === undefined) return path;
    walk.at += part.length;
    path = [...path, unquoted(part)];
    walk.found.push({ path, start, end: walk.at });
    skipSpace(walk);
    if (walk.text[walk.at] !== '.') return path;
    walk.at++;
  }
}

/** Past a value; keys of inline tables are noted below `above`. */
function skipValue(walk: Walk, options: { readonly above: readonly string[] }): void {
  skipSpace(walk);
  const { text } = walk;
  const rest = text.slice(walk.at);
  const string = /^(?:"""(?:[^\\]|\\[\s\S])*?"""+|'''[\s\S]*?'''+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')/u.exec(rest)?.[0];
  if (string !== undefined) walk.at += string.length;
  else if (text[walk.at] === '[') skipMembers(walk, { end: ']', member: () => skipValue(walk, options) });
  else if (text[walk.at] === '{') skipMembers(walk, { end: '}', member: () => readPair(walk, options) });
  else walk.at += /^[^\s,\]}#]*(?: \d[^\s,\]}#]*)?/u.exec(rest)?.[0].length ?? 0;
}

function skipMembers(walk: Walk, of: { readonly end: ']' | '}'; readonly member: () => void }): void {
  walk.at++;
  for (;;) {
    skipBlank(walk);
    const next = walk.text[walk.at];
    if (next === undefined) return;
    if (next === of.end || next === ',') walk.at++;
    if (next === of.end) return;
    if (next === ',') continue;
    const before = walk.at;
    of.member();
    if (walk.at === before) return;
  }
}

const skipSpace = (walk: Walk): void => {
  while (walk.text[walk.at] === ' ' || walk.text[walk.at] === '\t') walk.at++;
};

/** Spaces, line ends and comments. */
const skipBlank = (walk: Walk): void => {
  walk.at += /^(?:\s|#[^\n]*)*/u.exec(walk.text.slice(walk.at))?.[0].length ?? 0;
};

/** Escapes of names are rare enough to be left: such a key is then not found by its name, and the message stands at the file. */
const unquoted = (part: string): string => (/^["']/u.test(part) ? part.slice(1, -1) : part);

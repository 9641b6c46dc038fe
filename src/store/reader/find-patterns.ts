/** A regular expression that only looks for a text: SQLite can do that by itself. */
export interface Literal {
  readonly text: string;
  readonly start: boolean;
  readonly end: boolean;
}

/** `ctl`, `^A3`, `\.tif$`; `undefined` where more than letters is looked for. */
export function literalOf(regex: string): Literal | undefined {
  const start = regex.startsWith('^');
  const rest = start ? regex.slice(1) : regex;
  const end = /(?<!\\)(?:\\\\)*\$$/.test(rest);
  const body = end ? rest.slice(0, -1) : rest;
  let text = '';
  for (let at = 0; at < body.length; at++) {
    const char = body[at] ?? '';
    if (char === '\\') {
      const escaped = body[at + 1] ?? '';
      if (!/[\^$\\.*+?()[\]{}|/]/.test(escaped)) return undefined;
      text += escaped;
      at++;
    } else if (/[\^$.*+?()[\]{}|]/.test(char)) return undefined;
    else text += char;
  }
  return { text, start, end };
}

/** The longest text that whatever matches is sure to have in it; `''` where there is none to be sure of. */
export function certainText(regex: string): string {
  // Either side of a bar may match, and what is in brackets may be repeated or left out.
  if (/[|(]/.test(regex.replace(/\\./g, ''))) return '';
  const runs: string[] = [''];
  const add = (char: string): void => void runs.push((runs.pop() ?? '') + char);
  for (let at = 0; at < regex.length; at++) {
    const char = regex[at] ?? '';
    if (char === '\\') {
      const escaped = regex[++at] ?? '';
      if (/[\^$\\.*+?()[\]{}|/]/.test(escaped)) add(escaped);
      else if (/[pPuxck0-9]/.test(escaped)) return '';
      else runs.push('');
    } else if (char === '[') {
      while (at < regex.length && regex[at] !== ']') at += regex[at] === '\\' ? 2 : 1;
      runs.push('');
    } else if (char === '*' || char === '?' || char === '{') {
      const last = [...(runs.pop() ?? '')].slice(0, -1).join('');
      runs.push(last, '');
      if (char === '{') while (at < regex.length && regex[at] !== '}') at++;
    } else if (char === '+' || char === '.' || char === '^' || char === '$') runs.push('');
    else add(char);
  }
  return runs.reduce((best, run) => (run.length > best.length ? run : best), '');
}

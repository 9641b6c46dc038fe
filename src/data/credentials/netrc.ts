/** What `~/.netrc` says about a host, else its `default`. Macros are passed over. */
export function netrcEntry(
  text: string,
  host: string,
): { readonly user: string; readonly password: string } | undefined {
  const words = withoutMacros(text.split('\n'))
    .flatMap((line) => line.replace(/(^|\s)#.*$/u, '').match(/"(?:[^"\\]|\\.)*"|\S+/gu) ?? [])
    .map((word) => (word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/gu, '$1') : word));
  let own: 'this' | 'default' | 'other' = 'other';
  const found = { this: new Map<string, string>(), default: new Map<string, string>() };
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const next = words[at + 1];
    if (word === 'machine') {
      own = next?.toLowerCase() === host.toLowerCase() && found.this.size === 0 ? 'this' : 'other';
      at += 1;
    } else if (word === 'default') own = 'default';
    else if (word === 'login' || word === 'password' || word === 'account') {
      if (own !== 'other' && next !== undefined) found[own].set(word, next);
      at += 1;
    }
  }
  const entry = found.this.size > 0 ? found.this : found.default;
  const password = entry.get('password');
  return password === undefined ? undefined : { user: entry.get('login') ?? '', password };
}

/** A macro goes on to the next empty line. */
function withoutMacros(lines: readonly string[]): readonly string[] {
  let isMacro = false;
  return lines.filter((line) => {
    if (/^\s*macdef\b/u.test(line)) isMacro = true;
    else if (line.trim() === '') isMacro = false;
    return !isMacro;
  });
}

/** What `~/.ssh/config` says about a host, of what is heeded here. */
export interface SshHost {
  readonly hostName: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
  /** Absolute, in the order in which they are tried. */
  readonly identityFiles: readonly string[];
  readonly knownHostsFiles: readonly string[];
  /** The name under which the host key is kept, where that is another one. */
  readonly hostKeyAlias: string | undefined;
  readonly identityAgent: string | undefined;
  readonly identitiesOnly: boolean;
  /** A way there that is not taken here: `ProxyJump gate`. */
  readonly detour: string | undefined;
}

/**
 * Reads the configuration of OpenSSH: `Host` blocks with patterns, the first word on a subject holds, files and names with `%h`, `%u`, `~`. `Match` blocks count
 * only as `Match all`; what is not listed above is passed over.
 */
export function sshHost(text: string, host: string, around: { readonly home: string; readonly user: string }): SshHost {
  const found = new Map<string, string[]>();
  let isOurs = true;
  for (const line of text.split('\n')) {
    const [, keyword = '', rest = ''] = /^\s*([A-Za-z]+)(?:\s*=\s*|\s+)(.*?)\s*$/u.exec(line) ?? [];
    const words = wordsOf(rest);
    switch (keyword.toLowerCase()) {
      case '':
        break;
      case 'host':
        isOurs = matchesHost(words, host);
        break;
      case 'match':
        isOurs = words.length === 1 && words[0]?.toLowerCase() === 'all';
        break;
      default: {
        if (!isOurs || words.length === 0) break;
        const name = keyword.toLowerCase();
        const before = found.get(name);
        // All identities are tried; of everything else the first word holds.
        if (before === undefined) found.set(name, words);
        else if (name === 'identityfile') before.push(...words);
      }
    }
  }
  const first = (name: string): string | undefined => found.get(name)?.[0];
  const hostName = (first('hostname') ?? host).replaceAll('%h', host);
  const path = (word: string): string =>
    word
      .replace(/^~(?=\/|$)/u, around.home)
      .replaceAll('%d', around.home)
      .replaceAll('%u', around.user)
      .replaceAll('%h', hostName)
      .replaceAll('%r', first('user') ?? around.user);
  const detour = ['proxyjump', 'proxycommand'].find((name) => {
    const word = first(name);
    return word !== undefined && word.toLowerCase() !== 'none';
  });
  const port = Number(first('port'));
  const isNone = (word: string): boolean => word.toLowerCase() === 'none';
  return {
    hostName,
    user: first('user'),
    port: Number.isInteger(port) && port > 0 && port < 65536 ? port : undefined,
    identityFiles: (found.get('identityfile') ?? []).filter((word) => !isNone(word)).map(path),
    knownHostsFiles: (found.get('userknownhostsfile') ?? []).filter((word) => !isNone(word)).map(path),
    hostKeyAlias: first('hostkeyalias'),
    identityAgent: first('identityagent') === undefined ? undefined : path(first('identityagent') ?? ''),
    identitiesOnly: first('identitiesonly')?.toLowerCase() === 'yes',
    detour:
      detour === undefined
        ? undefined
        : `${detour === 'proxyjump' ? 'ProxyJump' : 'ProxyCommand'} ${(found.get(detour) ?? []).join(' ')}`,
  };
}

/** Any of the patterns, and none of those that begin with `!`. */
export function matchesHost(patterns: readonly string[], host: string): boolean {
  const hits = (pattern: string): boolean => {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/gu, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    return new RegExp(`^${source}$`, 'iu').test(host);
  };
  if (patterns.some((pattern) => pattern.startsWith('!') && hits(pattern.slice(1)))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && hits(pattern));
}

function wordsOf(text: string): string[] {
  return (text.match(/"[^"]*"|#.*|\S+/gu) ?? [])
    .filter((word) => !word.startsWith('#'))
    .map((word) => (word.startsWith('"') ? word.slice(1, -1) : word));
}

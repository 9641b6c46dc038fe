import { readFileSync } from 'node:fs';

/** Which disk or share a path was on, where the system says so: years later it tells which disk to look for. */
export function mountOf(path: string): {
  readonly mount?: { readonly at: string; readonly from: string; readonly type: string };
} {
  let text: string;
  try {
    text = readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return {};
  }
  const mount = mountIn(text, path);
  return mount === undefined ? {} : { mount };
}

/** The innermost mount in the text of `/proc/self/mountinfo`, the last one where several are on one place. */
export function mountIn(
  text: string,
  path: string,
): { readonly at: string; readonly from: string; readonly type: string } | undefined {
  let best: { at: string; from: string; type: string } | undefined;
  for (const line of text.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const at = decoded(before.split(' ')[4] ?? '');
    const [type = '', from = ''] = after.split(' ');
    if (at === '' || !(path === at || path.startsWith(at === '/' ? '/' : `${at}/`))) continue;
    if (best === undefined || at.length >= best.at.length) best = { at, from: decoded(from), type };
  }
  return best;
}

/** Spaces and the like are octal there. */
const decoded = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

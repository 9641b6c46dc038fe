import type { Pattern, PatternPart, TagKind } from '../../parser/index.ts';
import type { Tags } from './value.ts';

export type PatternMatch =
  | { readonly how: 'matched'; readonly tags: Tags }
  /** The name can be split in more than one way: two of them. */
  | { readonly how: 'ambiguous'; readonly first: Tags; readonly second: Tags }
  | { readonly how: 'unmatched' };

export interface PatternMatcher {
  /** `path` is relative to `root`, with `/` between segments. */
  match(path: string): PatternMatch;
  /** The fixed folder before the first part that is not plain text, for where to start listing. */
  readonly root: string;
  /** Whether anything below a folder (relative to `root`) could match: prunes the walk. */
  couldContain(folder: string): boolean;
  /** Whether the pattern's segment at a depth below `root` begins with a dot: only there are hidden files asked for. */
  asksForHidden(depth: number): boolean;
  /** At most this many segments below `root`; undefined where `**` makes it endless. */
  readonly depth: number | undefined;
}

/**
 * A pattern made ready for matching. `insert` gives the text of `{params.dir}` parts. The same rules serve sources, list outputs and
 * `many` outputs: `{name}`, `*` and `?` never cross `/`, `{name:**}` and `**` do, a repeated capture must agree.
 */
export function patternMatcher(
  pattern: Pattern,
  insert: (part: PatternPart & { kind: 'insert' }) => string,
): PatternMatcher {
  const parts = expand(pattern.parts, insert);
  const { root, rest } = splitRoot(parts);
  const greedy = new RegExp(`^${regexOf(rest, { lazy: false })}$`, 'su');
  const lazy = new RegExp(`^${regexOf(rest, { lazy: true })}$`, 'su');
  const captures = capturesOf(rest);
  const segments = segmentsOf(rest);
  const prefixes = segments.map((segment) =>
    segment === 'any' ? undefined : new RegExp(`^${regexOf(segment, { lazy: false })}$`, 'su'),
  );
  const endless = segments.includes('any') || captures.some((capture) => capture.crosses) || hasNestedSlash(rest);
  return {
    root,
    depth: endless ? undefined : segments.length,
    match(path) {
      const wide = greedy.exec(path);
      if (!wide) return { how: 'unmatched' };
      const first = tagsOf(wide, captures);
      if (first === undefined) return { how: 'unmatched' };
      // The greediest and the laziest reading differ exactly where a name splits in more than one way.
      const narrow = lazy.exec(path);
      const second = narrow ? tagsOf(narrow, captures) : undefined;
      if (second !== undefined && captures.some((capture) => first[capture.name] !== second[capture.name])) {
        return { how: 'ambiguous', first, second };
      }
      return { how: 'matched', tags: first };
    },
    asksForHidden(depth) {
      const first = rest.filter((_, at) => at === 0 || rest[at - 1]?.kind === 'slash')[depth];
      return first?.kind === 'text' && first.text.startsWith('.');
    },
    couldContain(folder) {
      if (endless) {
        const firstOpen = segments.indexOf('any');
        if (firstOpen < 0) return true;
        return folder
          .split('/')
          .slice(0, firstOpen)
          .every((name, at) => prefixes[at]?.test(name) ?? true);
      }
      const names = folder.split('/');
      return names.length < segments.length && names.every((name, at) => prefixes[at]?.test(name) ?? true);
    },
  };
}

interface Capture {
  readonly group: number;
  readonly name: string;
  readonly type: TagKind;
  readonly crosses: boolean;
}

type Part = Exclude<PatternPart, { kind: 'insert' }>;

/** Inserts become text (and slashes), so that everything after is about fixed text and holes. */
function expand(parts: readonly PatternPart[], insert: (part: PatternPart & { kind: 'insert' }) => string): Part[] {
  const out: Part[] = [];
  for (const part of parts) {
    if (part.kind === 'insert') out.push(...textParts(insert(part)));
    else if (part.kind === 'text') out.push(...textParts(part.text));
    else if (part.kind === 'alternatives')
      out.push({ kind: 'alternatives', options: part.options.map((option) => expand(option, insert)) });
    else out.push(part);
  }
  return out;
}

function textParts(text: string): Part[] {
  return text.split('/').flatMap((piece, at): Part[] => {
    const own: Part[] = piece === '' ? [] : [{ kind: 'text', text: piece }];
    return at === 0 ? own : [{ kind: 'slash' }, ...own];
  });
}

function splitRoot(parts: readonly Part[]): { root: string; rest: readonly Part[] } {
  let lastSlash = -1;
  for (const [at, part] of parts.entries()) {
    if (part.kind === 'slash') lastSlash = at;
    else if (part.kind !== 'text') break;
  }
  const root = parts
    .slice(0, lastSlash + 1)
    .map((part) => (part.kind === 'text' ? part.text : '/'))
    .join('');
  return { root, rest: parts.slice(lastSlash + 1) };
}

function segmentsOf(parts: readonly Part[]): (readonly Part[] | 'any')[] {
  const segments: Part[][] = [[]];
  for (const part of parts) {
    if (part.kind === 'slash') segments.push([]);
    else segments.at(-1)?.push(part);
  }
  return segments.map((segment) =>
    segment.some(
      (part) => part.kind === 'globstar' || (part.kind === 'capture' && part.crosses) || part.kind === 'alternatives',
    )
      ? 'any'
      : segment,
  );
}

const hasNestedSlash = (parts: readonly PatternPart[]): boolean =>
  parts.some(
    (part) =>
      part.kind === 'alternatives' &&
      part.options.some((option) =>
        option.some((inner) => inner.kind === 'slash' || inner.kind === 'globstar' || hasNestedSlash([inner])),
      ),
  );

function capturesOf(parts: readonly Part[]): Capture[] {
  const found: Capture[] = [];
  const walk = (list: readonly PatternPart[]): void => {
    for (const part of list) {
      if (part.kind === 'capture')
        found.push({ group: found.length, name: part.name, type: part.type, crosses: part.crosses });
      else if (part.kind === 'alternatives') part.options.forEach(walk);
    }
  };
  walk(parts);
  return found;
}

function regexOf(parts: readonly Part[], options: { readonly lazy: boolean }): string {
  let group = 0;
  const seen = new Map<string, number>();
  const many = options.lazy ? '?' : '';
  const walk = (list: readonly PatternPart[]): string => {
    let text = '';
    for (let at = 0; at < list.length; at++) {
      const part = list[at];
      if (part === undefined) continue;
      switch (part.kind) {
        case 'text':
          text += escaped(part.text);
          break;
        case 'slash':
          text += '/';
          break;
        case 'star':
          text += `[^/]*${many}`;
          break;
        case 'question':
          text += '[^/]';
          break;
        case 'globstar':
          // `**/x` also matches `x`: the slash after it belongs to what is optional.
          if (list[at + 1]?.kind === 'slash') {
            text += `(?:[^/]+/)*${many}`;
            at += 1;
          } else text += `.*${many}`;
          break;
        case 'class':
          text += part.regex;
          break;
        case 'alternatives':
          text += `(?:${part.options.map(walk).join('|')})`;
          break;
        case 'capture': {
          // A repeated Str capture must agree to the letter; numbers are compared by value after the match (`01` is `1`).
          const earlier = part.type === 'Str' ? seen.get(part.name) : undefined;
          text +=
            earlier === undefined ? `(?<g${group}>${captureRegex(part, many)})` : `(?<g${group}>\\k<g${earlier}>)`;
          if (earlier === undefined) seen.set(part.name, group);
          group += 1;
          break;
        }
        case 'insert':
          break;
      }
    }
    return text;
  };
  return walk(parts);
}

function captureRegex(part: PatternPart & { kind: 'capture' }, many: string): string {
  if (part.regex !== undefined) return `(?:${many === '' ? part.regex : lazily(part.regex)})`;
  if (part.crosses) return `.+${many}`;
  switch (part.type) {
    case 'Int':
      return `-?[0-9]+${many}`;
    case 'Float':
      return `[-+]?(?:[0-9]+${many}(?:\\.[0-9]*${many})?|\\.[0-9]+${many})(?:[eE][-+]?[0-9]+${many})?`;
    case 'Bool':
      return 'true|false';
    case 'Str':
      return `[^/]+${many}`;
  }
}

/** The author's own expression with its quantifiers turned over: what is greedy takes as little as it can, and the other way round. */
function lazily(regex: string): string {
  return regex.replace(
    /\\.|\[(?:\\.|[^\]\\])*\]|\(\?[:=!<][^)]?|([*+?]|\{\d+(?:,\d*)?\})(\??)/gsu,
    (all, quantifier?: string, question?: string) =>
      quantifier === undefined ? all : quantifier + (question === '' ? '?' : ''),
  );
}

function tagsOf(match: RegExpExecArray, captures: readonly Capture[]): Tags | undefined {
  const tags: Record<string, string | number | boolean> = {};
  for (const capture of captures) {
    const text = match.groups?.[`g${capture.group}`];
    if (text === undefined) continue;
    const value = capture.type === 'Str' ? text : capture.type === 'Bool' ? text === 'true' : Number(text);
    if (Object.hasOwn(tags, capture.name) && tags[capture.name] !== value) return undefined;
    tags[capture.name] = value;
  }
  return tags;
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/gu, '\\$&');

import { NEWLINE, pastLineBreak, RETURN } from './characters.ts';
import type { Comment } from './scan.ts';
import type { Token } from './tokens.ts';

export interface PlacedComment {
  readonly text: string;
  /** `//` and `///` go to the end of the line. */
  readonly isLine: boolean;
  /** An empty line stands before it. */
  readonly blankBefore: boolean;
  /** It stands on a line of its own, or at least begins one. */
  readonly ownLine: boolean;
}

export interface Attached {
  /** Between the token before and this one, in order. */
  readonly before: readonly PlacedComment[];
  /** Behind the token, on its line. */
  readonly behind: readonly PlacedComment[];
  /** An empty line stands directly before the token, after its comments. */
  readonly blankBefore: boolean;
  /** A line end stands directly before the token, after its comments. */
  readonly breakBefore: boolean;
}

export interface Comments {
  of(token: Token): Attached;
  /** After the last token. */
  readonly last: readonly PlacedComment[];
}

/**
 * Gives every comment to a token: one that stands behind a token on its line belongs to that token, every other to the token that
 * follows. Tokens that are not in the text (line ends, mended brackets) get none.
 */
export function attachComments(text: string, tokens: readonly Token[], comments: readonly Comment[]): Comments {
  const before = new Map<Token, PlacedComment[]>();
  const behind = new Map<Token, PlacedComment[]>();
  const blank = new Set<Token>();
  const broken = new Set<Token>();
  const last: PlacedComment[] = [];
  let at = 0;
  let previous: Token | undefined;
  let end = 0;

  function take(next: Token | undefined): void {
    const stop = next?.startOffset ?? text.length;
    for (let comment = comments[at]; comment !== undefined && comment.start < stop; comment = comments[at]) {
      at++;
      const breaks = lineBreaks(text, end, comment.start);
      const endsLine =
        comment.kind !== 'block' ||
        next === undefined ||
        lineBreaks(text, comment.end, comments[at]?.start ?? stop) > 0 ||
        isClosing(next);
      const placed: PlacedComment = {
        text: text.slice(comment.start, comment.end).replace(/\r\n?/g, '\n').trimEnd(),
        isLine: comment.kind !== 'block',
        blankBefore: breaks > 1,
        ownLine: breaks > 0 || previous === undefined,
      };
      if (breaks === 0 && previous !== undefined && endsLine) push(behind, previous, placed);
      else if (next === undefined) last.push(placed);
      else push(before, next, placed);
      end = comment.end;
    }
  }

  for (const token of tokens) {
    if (token.end === token.startOffset) continue;
    take(token);
    const breaks = lineBreaks(text, end, token.startOffset);
    if (breaks > 0) broken.add(token);
    if (breaks > 1) blank.add(token);
    previous = token;
    end = token.end;
  }
  take(undefined);

  const none: readonly PlacedComment[] = [];
  return {
    of: (token) => ({
      before: before.get(token) ?? none,
      behind: behind.get(token) ?? none,
      blankBefore: blank.has(token),
      breakBefore: broken.has(token),
    }),
    last,
  };
}

function push(map: Map<Token, PlacedComment[]>, token: Token, comment: PlacedComment): void {
  const list = map.get(token);
  if (list === undefined) map.set(token, [comment]);
  else list.push(comment);
}

/** Separators and closing brackets do not begin anything that a comment could be about. */
function isClosing(token: Token): boolean {
  return /^[,;)\]}>]$/.test(token.image);
}

function lineBreaks(text: string, from: number, to: number): number {
  let count = 0;
  let at = from;
  while (at < to) {
    const code = text.charCodeAt(at);
    if (code === NEWLINE || code === RETURN) {
      count++;
      at = pastLineBreak(text, at);
    } else at++;
  }
  return count;
}

import type { TokenType } from 'chevrotain';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Source, Span } from '../../diagnostics/span.ts';
import { closerText, isBalanced } from './brackets.ts';
import { startsDeclaration, startsSection, startsStatement } from './entry-starts.ts';
import {
  complete,
  continuingWords,
  entryKeyword,
  goesOnAfter,
  hardWords,
  infixWords,
  isClause,
  isNamePlace,
  schemaCalls,
  sectionWords,
  startsOperand,
  statementWords,
} from './layout-words.ts';
import { columnOf } from './scan.ts';
import { syntaxErrors } from './syntax-errors.ts';
import * as t from './tokens.ts';
import { type BlockKind, Token } from './tokens.ts';

/**
 * Decides, from the token before and the token after, which words are keywords and which line ends end an entry, and makes every bracket
 * have its partner. What comes out is always balanced, whatever went in: brackets that are missing are put in and reported, those too
 * many are left out and reported.
 *
 * Deeper nesting than this is reported and left out, so that neither the parser nor anything after it can run out of stack.
 */
export const MAX_NESTING = 60;
/** `if … else if …` in one entry: each is one level deeper than the one before. */
const MAX_CHOICES = 100;

interface Frame {
  readonly opener: Token | undefined;
  /** The token type that closes it. */
  readonly closer: TokenType;
  /** Undefined for `(`, `[` and `<`, in which line ends have no meaning. */
  readonly block: BlockKind | undefined;
  /** The token type that the current entry began with, where it is a keyword. */
  head: TokenType | undefined;
  /** The first token of the current entry. */
  entry: Token | undefined;
  /** For `(`: the word before it, where that is a call. */
  readonly callee: string | undefined;
  /** A missing comma was put in here: the first says enough. */
  isSeparated: boolean;
}

export function layout(source: Source, raw: readonly Token[], mistakes: Diagnostic[]): Token[] {
  return new Layout(source, raw, mistakes).run();
}

class Layout {
  private readonly source: Source;
  private readonly raw: readonly Token[];
  private readonly mistakes: Diagnostic[];
  private readonly out: Token[] = [];
  private readonly frames: Frame[] = [];
  private frame: Frame;
  /** The last token put out. */
  private previous: Token | undefined = undefined;
  /** The brackets of the text do not match: from here on, line starts are looked at to find out where. */
  private readonly isRepairing: boolean;
  private choices = 0;
  /** Parts of a process or workflow stand at the top of the file: a brace too many closed it early, and its own will close nothing. */
  private hasEscaped = false;
  /** Reported once until the nesting is left. */
  private isTooDeep = false;

  constructor(source: Source, raw: readonly Token[], mistakes: Diagnostic[]) {
    this.source = source;
    this.raw = raw;
    this.mistakes = mistakes;
    this.isRepairing = !isBalanced(raw);
    this.frame = {
      opener: undefined,
      closer: t.End,
      block: 'file',
      head: undefined,
      entry: undefined,
      callee: undefined,
      isSeparated: false,
    };
  }

  run(): Token[] {
    const { raw } = this;
    for (let index = 0; index < raw.length; index++) {
      const token = raw[index];
      if (token === undefined) break;
      if (this.frame.closer === t.RAngle && (token.tokenType === t.Key || token.tokenType === t.Assign))
        this.closeUnclosed();
      if (this.isRepairing && token.lineBreak) this.repairAtLineStart(token, index);
      if (token.lineBreak) this.lineEnd(token, index);
      index = this.step(token, index);
    }
    this.closeAll();
    this.trimEnds();
    return this.out;
  }

  /** Handles one token and returns the index of the last one it used. */
  private step(token: Token, index: number): number {
    switch (token.tokenType) {
      case t.Identifier:
      case t.Key:
        return this.word(token, index);
      case t.LParen:
      case t.LBracket:
      case t.LBrace:
        return this.open(token, index);
      case t.RParen:
      case t.RBracket:
      case t.RBrace:
        this.close(token);
        return index;
      case t.Comma:
        return this.comma(token, index);
      case t.End:
        this.semicolon(token);
        return index;
      case t.Operator:
        this.operator(token);
        return index;
      case t.Question:
      case t.Colon:
      case t.Dot:
      case t.DotDot:
      case t.Assign:
        this.push(token);
        return index;
      default:
        if (startsOperand(token)) this.needSeparator(token);
        this.push(token);
        return index;
    }
  }

  private push(token: Token): void {
    if (this.frame.entry === undefined) this.frame.entry = token;
    this.previous = token;
    this.out.push(token);
  }

  private span(token: Token): Span {
    return { source: this.source, start: token.startOffset, end: token.end };
  }

  // ------------------------------------------------------------ words

  private word(token: Token, index: number): number {
    const { frame, previous } = this;
    if (token.tokenType === t.Key) {
      if (frame.entry === undefined && frame.block === 'process') token.become(t.Identifier);
      else this.needSeparator(token);
      this.push(token);
      return index;
    }
    if (previous?.tokenType === t.Dot) {
      this.push(token);
      return index;
    }
    const next = this.raw[index + 1];
    const text = token.image;
    if (frame.entry === undefined && frame.block !== undefined) {
      const type = entryKeyword(frame.block, token, next);
      if (frame.block === 'file')
        this.hasEscaped = type === undefined && (sectionWords.has(text) || statementWords.has(text));
      if (type !== undefined) {
        token.become(type);
        frame.head = type;
        this.choices = 0;
        this.push(token);
        return index;
      }
    }
    const type = t.keywordType(text);
    if (
      type !== undefined ||
      text === 'and' ||
      text === 'or' ||
      text === 'in' ||
      text === 'not' ||
      text === 'true' ||
      text === 'false'
    ) {
      if (
        this.isComplete(previous) ||
        (previous?.tokenType === t.DotDot && (previous.end < token.startOffset || hardWords.has(text)))
      ) {
        if (text === 'and' || text === 'or' || text === 'in') {
          token.become(t.Operator);
          this.push(token);
          return index;
        }
        if (text === 'not' && next !== undefined && next.image === 'in' && next.tokenType === t.Identifier) {
          const both = new Token(t.Operator, 'not in', {
            start: token.startOffset,
            end: next.end,
            lineBreak: token.lineBreak,
          });
          this.push(both);
          return index + 1;
        }
        if (type !== undefined && infixWords.has(type)) {
          token.become(type);
          this.push(token);
          return index;
        }
      }
      const prefix = this.prefixWord(token, next);
      if (prefix !== undefined) {
        if (prefix !== t.Else) this.needSeparator(token);
        token.become(prefix);
        this.push(token);
        return index;
      }
    }
    this.needSeparator(token);
    this.push(token);
    return index;
  }

  /** The type of a word that is a keyword where an operand would start. */
  private prefixWord(token: Token, next: Token | undefined): TokenType | undefined {
    const { previous, frame } = this;
    switch (token.image) {
      case 'true':
      case 'false':
        return isNamePlace(previous) ? undefined : t.BoolLiteral;
      case 'not':
        return isNamePlace(previous) ? undefined : t.Prefix;
      case 'if': {
        if (isNamePlace(previous)) return undefined;
        this.choices++;
        if (this.choices > MAX_CHOICES) {
          if (this.choices === MAX_CHOICES + 1)
            this.mistakes.push(
              syntaxErrors.tooDeep(this.span(token), `More than ${MAX_CHOICES} choices hang on each other`),
            );
          return t.ErrorToken;
        }
        return frame.head === t.If && previous?.tokenType === t.Else && this.out.at(-2)?.tokenType === t.RBrace
          ? t.If
          : t.IfExpression;
      }
      case 'and':
      case 'or':
      case 'in':
        return isNamePlace(previous) ? undefined : t.Operator;
      case 'then':
        return isNamePlace(previous) ? undefined : t.Then;
      case 'else':
        return isNamePlace(previous) ? undefined : t.Else;
      case 'each':
        return next !== undefined &&
          (startsOperand(next) || next.tokenType === t.LParen || next.tokenType === t.LBracket)
          ? t.Each
          : undefined;
      case 'by':
        return previous?.tokenType === t.Group || previous?.tokenType === t.Order ? t.By : undefined;
      case 'many':
        return frame.block === 'outputs' && previous?.tokenType === t.Colon ? t.Many : undefined;
      case 'tool':
        return previous?.tokenType === t.Import ? t.Tool : undefined;
      case 'as':
        return previous?.tokenType === t.Star ? t.As : undefined;
      case 'snapshot':
        return previous?.tokenType === t.Matches ? t.Snapshot : undefined;
      default:
        return undefined;
    }
  }

  /** Two operands beside each other where entries or arguments are listed: the comma between them was forgotten. */
  private needSeparator(token: Token): void {
    const { frame, previous } = this;
    if (previous === undefined || !this.isComplete(previous) || previous === frame.opener) return;
    if (frame.block === undefined) {
      if (token.lineBreak && token.tokenType === t.Identifier && this.isRepairing) return;
      if (frame.opener !== undefined && frame.opener.tokenType === t.LAngle) return;
    } else {
      if (frame.block === 'names' ? token.tokenType !== t.Identifier : token.tokenType !== t.Key) return;
      if (frame.block === 'file' || frame.block === 'process' || frame.block === 'statements') return;
    }
    if (!frame.isSeparated) this.reportMissingComma(token);
    frame.isSeparated = true;
    if (frame.block === undefined) this.synthetic(t.Comma, ',');
    else this.endEntry();
  }

  private reportMissingComma(token: Token): void {
    if (token.image === 'for')
      this.mistakes.push(
        syntaxErrors.foreignStatement(
          this.span(token),
          'for',
          'Map a dataset instead: `data select x + 1`, or call a process on it, which runs once for each item.',
        ),
      );
    else
      this.mistakes.push(
        syntaxErrors.missingComma(
          this.span(token),
          this.source.text.slice(token.startOffset, Math.min(token.end, token.startOffset + 20)),
        ),
      );
  }

  // ------------------------------------------------------------ entries

  /** A line break stands before `token`: does the entry end there? */
  private lineEnd(token: Token, index: number): void {
    const { frame, previous } = this;
    const next = this.raw[index + 1];
    if (
      frame.block === undefined ||
      previous === undefined ||
      previous === frame.opener ||
      token.tokenType === t.RBrace
    )
      return;
    if (previous.tokenType === t.Comma || previous.tokenType === t.End) return;
    if (goesOnAfter.has(previous.tokenType) && !this.startsEntry(token, index)) return;
    if (isClause(previous) && frame.entry !== previous) return;
    if ((frame.block === 'statements' || frame.block === 'entries') && this.continues(token, next)) return;
    this.endEntry();
  }

  private continues(token: Token, next: Token | undefined): boolean {
    if (token.tokenType === t.PipeTo || token.tokenType === t.Dot || token.tokenType === t.PlusPlus) return true;
    if (token.tokenType !== t.Identifier) return false;
    if (!continuingWords.has(token.image)) return false;
    return next === undefined || (next.tokenType !== t.Assign && next.tokenType !== t.Colon);
  }

  /** After an operator the line goes on, unless what follows is plainly the next entry: then the operand was forgotten. */
  private startsEntry(token: Token, index: number): boolean {
    const next = this.raw[index + 1];
    const after = this.raw[index + 2];
    switch (this.frame.block) {
      case 'statements':
        return startsStatement(token, next, after);
      case 'process':
        return startsSection(token, next, after);
      case 'file':
        return startsDeclaration(token, next, after);
      default:
        return token.tokenType === t.Key;
    }
  }

  private endEntry(): void {
    this.synthetic(t.End, '\n');
    this.frame.entry = undefined;
    this.frame.head = undefined;
  }

  private synthetic(type: TokenType, image: string): Token {
    const at = this.previous?.end ?? 0;
    const token = new Token(type, image, { start: at, end: at, lineBreak: false });
    this.previous = token;
    this.out.push(token);
    return token;
  }

  private comma(token: Token, index: number): number {
    const { frame } = this;
    const next = this.raw[index + 1];
    if (this.decimalComma(token, next)) return index + 1;
    const { block } = frame;
    const ends =
      block === undefined
        ? false
        : block === 'statements'
          ? next !== undefined && next.tokenType === t.Identifier && statementWords.has(next.image)
          : block === 'process'
            ? this.previous?.tokenType === t.RBrace
            : block !== 'file';
    const isEmpty =
      this.previous === frame.opener ||
      this.previous?.tokenType === t.Comma ||
      (ends && this.previous?.tokenType === t.End);
    if (isEmpty) {
      this.mistakes.push(syntaxErrors.emptyComma(this.span(token)));
      return index;
    }
    if (ends) token.become(t.End);
    this.push(token);
    if (ends) {
      frame.entry = undefined;
      frame.head = undefined;
    }
    return index;
  }

  /** `0,5` where entries are separated: half a number is no entry, so a decimal comma was meant. */
  private decimalComma(token: Token, next: Token | undefined): boolean {
    const { previous, frame } = this;
    if (frame.block === undefined || previous?.value?.kind !== 'number' || next?.value?.kind !== 'number') return false;
    if (
      previous.end !== token.startOffset ||
      token.end !== next.startOffset ||
      previous.value.isFloat ||
      previous.value.unit !== undefined
    )
      return false;
    const span: Span = { source: this.source, start: previous.startOffset, end: next.end };
    const written = this.source.text.slice(span.start, span.end);
    this.mistakes.push(syntaxErrors.numberForm(span, written, written.replace(',', '.')));
    previous.value = { ...next.value, text: `${previous.value.text}.${next.value.text}`, isFloat: true };
    previous.end = next.end;
    return true;
  }

  private semicolon(token: Token): void {
    if (this.frame.block === undefined) {
      this.mistakes.push(
        syntaxErrors.unexpected(this.span(token), {
          found: '`;`',
          help: 'Arguments and elements are separated by commas.',
        }),
      );
      if (this.previous !== this.frame.opener && this.previous?.tokenType !== t.Comma) this.synthetic(t.Comma, ',');
      return;
    }
    if (this.previous?.tokenType === t.End || this.previous === this.frame.opener) return;
    this.push(token);
    this.frame.entry = undefined;
    this.frame.head = undefined;
  }

  /** Line ends before `}` and at both ends of the file say nothing. */
  private trimEnds(): void {
    while (this.out.at(-1)?.tokenType === t.End) this.out.pop();
  }

  // ------------------------------------------------------------ operators

  private operator(token: Token): void {
    const { previous, frame } = this;
    if (token.image === '-' && !this.isComplete(previous)) token.become(t.Prefix);
    else if (token.image === '*' && previous?.tokenType === t.Import) token.become(t.Star);
    else if (
      token.image === '<' &&
      previous !== undefined &&
      previous.image === 'Dataset' &&
      previous.tokenType === t.Identifier
    ) {
      if (this.frames.length >= MAX_NESTING) {
        this.reportDepth(token);
        token.become(t.ErrorToken);
        this.push(token);
        return;
      }
      token.become(t.LAngle);
      this.push(token);
      this.enter(token, { closer: t.RAngle, block: undefined, callee: undefined });
      return;
    } else if (frame.closer === t.RAngle && (token.image === '>' || token.image === '>=')) {
      if (token.image === '>=') {
        const assign = new Token(t.Assign, '=', { start: token.end - 1, end: token.end, lineBreak: false });
        token.end--;
        token.image = '>';
        this.leave(token);
        this.push(assign);
      } else this.leave(token);
      return;
    }
    this.push(token);
  }

  // ------------------------------------------------------------ brackets

  private open(token: Token, index: number): number {
    if (this.frames.length >= MAX_NESTING) return this.skipTooDeep(token, index);
    if (token.tokenType === t.LBrace) {
      const block = this.blockKind();
      if (block === 'entries' && this.isSchema()) {
        token.become(t.LSchema);
        token.block = 'schema';
      } else token.block = block;
      this.push(token);
      this.enter(token, { closer: t.RBrace, block: token.block, callee: undefined });
      return index;
    }
    const callee =
      token.tokenType === t.LParen && this.previous?.tokenType === t.Identifier ? this.previous.image : undefined;
    this.push(token);
    this.enter(token, { closer: token.tokenType === t.LParen ? t.RParen : t.RBracket, block: undefined, callee });
    return index;
  }

  private enter(opener: Token, rest: Pick<Frame, 'closer' | 'block' | 'callee'>): void {
    this.frames.push(this.frame);
    this.frame = { opener, head: undefined, entry: undefined, isSeparated: false, ...rest };
  }

  /** Puts out the closing token of the current frame and goes back to the one around it. */
  private leave(token: Token): void {
    const { frame } = this;
    if (frame.block !== undefined) while (this.out.at(-1)?.tokenType === t.End) this.out.pop();
    token.become(frame.closer);
    if (frame.opener !== undefined) frame.opener.partner = this.out.length;
    this.out.push(token);
    this.previous = token;
    this.isTooDeep = false;
    const outer = this.frames.pop();
    if (outer !== undefined) this.frame = outer;
  }

  /** What stands between the braces that open here. */
  private blockKind(): BlockKind {
    const { frame, previous } = this;
    if (previous?.tokenType === t.Arrow) return 'fields';
    switch (frame.block) {
      case 'file':
        switch (frame.head) {
          case t.Params:
            return 'fields';
          case t.Process:
            return 'process';
          case t.Workflow:
          case t.Test:
            return 'statements';
          case t.Import:
            return 'names';
          case t.Type:
            return 'schema';
          default:
            return 'entries';
        }
      case 'process':
        return frame.head === t.Input ? 'fields' : frame.head === t.Output ? 'outputs' : 'entries';
      case 'statements':
        return frame.head === t.If && (previous?.tokenType === t.Else || this.isComplete(previous))
          ? 'statements'
          : 'entries';
      case 'fields':
      case 'outputs':
      case 'schema':
        return previous?.tokenType === t.Colon ? 'schema' : 'entries';
      default:
        if (frame.closer === t.RAngle) return 'schema';
        if (
          frame.closer === t.RParen &&
          previous?.tokenType === t.Colon &&
          this.frames.at(-1)?.head === t.Workflow &&
          this.frames.length === 1
        )
          return 'schema';
        return 'entries';
    }
  }

  /** Braces in the arguments of a source hold columns with their types, not values. */
  private isSchema(): boolean {
    const { frame, previous } = this;
    if (frame.callee === undefined) return false;
    if (previous?.tokenType === t.Comma || previous === frame.opener) return schemaCalls.has(frame.callee);
    return previous?.tokenType === t.Colon && frame.callee === 'Table' && this.out.at(-2)?.image === 'columns';
  }

  private reportDepth(token: Token): void {
    if (this.isTooDeep) return;
    this.isTooDeep = true;
    this.mistakes.push(syntaxErrors.tooDeep(this.span(token), `More than ${MAX_NESTING} brackets are open at once`));
  }

  private skipTooDeep(token: Token, index: number): number {
    this.reportDepth(token);
    let depth = 0;
    let at = index;
    for (; at < this.raw.length; at++) {
      const type = this.raw[at]?.tokenType;
      if (type === t.LParen || type === t.LBracket || type === t.LBrace) depth++;
      else if (type === t.RParen || type === t.RBracket || type === t.RBrace) depth--;
      if (depth === 0) break;
    }
    const end = this.raw[Math.min(at, this.raw.length - 1)]?.end ?? token.end;
    this.push(new Token(t.ErrorToken, '', { start: token.startOffset, end, lineBreak: token.lineBreak }));
    return at;
  }

  private close(token: Token): void {
    while (this.frame.closer === t.RAngle) this.closeUnclosed();
    if (this.isRepairing && token.tokenType === t.RBrace) this.repairBrace(token);
    if (this.frame.closer === token.tokenType && this.frame.opener !== undefined) {
      this.leave(token);
      return;
    }
    if (this.canClose(token)) {
      while (this.frame.closer !== token.tokenType) this.closeUnclosed();
      this.leave(token);
      return;
    }
    const { opener } = this.frame;
    const wrongKind = token.tokenType !== t.RBrace && opener !== undefined && this.frame.block === undefined;
    const at = this.span(token);
    if (!wrongKind) {
      if (this.hasEscaped && token.tokenType === t.RBrace) {
        this.hasEscaped = false;
        return;
      }
      this.mistakes.push(syntaxErrors.unexpectedCloser(at, token.image, undefined));
      return;
    }
    this.mistakes.push(
      syntaxErrors.unexpectedCloser(at, token.image, {
        closer: closerText(this.frame.closer),
        opener: this.span(opener),
      }),
    );
    token.image = closerText(this.frame.closer);
    this.leave(token);
  }

  /** An open bracket that fits stands further out; `)` and `]` do not reach out of braces. */
  private canClose(token: Token): boolean {
    for (let depth = this.frames.length; depth > 0; depth--) {
      const frame = depth === this.frames.length ? this.frame : this.frames[depth];
      if (frame === undefined) return false;
      if (frame.closer === token.tokenType) return true;
      if (frame.block !== undefined && token.tokenType !== t.RBrace) return false;
    }
    return false;
  }

  private closeUnclosed(): void {
    const { opener, closer } = this.frame;
    if (opener === undefined) return;
    this.mistakes.push(syntaxErrors.unclosedBracket(this.span(opener), opener.image, closerText(closer)));
    this.closeSilently();
  }

  private closeSilently(): void {
    const at = this.previous?.end ?? 0;
    this.leave(new Token(this.frame.closer, closerText(this.frame.closer), { start: at, end: at, lineBreak: false }));
  }

  /** At the end of the file one message is enough: the innermost bracket that is still open. */
  private closeAll(): void {
    if (this.frame.opener !== undefined && !this.mistakes.some((mistake) => swallowing.has(mistake.code)))
      this.closeUnclosed();
    while (this.frame.opener !== undefined) this.closeSilently();
  }

  // ------------------------------------------------------------ repair

  /** The brackets do not match somewhere: a line start that can only stand further out shows which was left open. */
  private repairAtLineStart(token: Token, index: number): void {
    if (
      this.frame.opener === undefined ||
      token.tokenType === t.RParen ||
      token.tokenType === t.RBracket ||
      token.tokenType === t.RBrace
    )
      return;
    const next = this.raw[index + 1];
    const after = this.raw[index + 2];
    if (startsDeclaration(token, next, after)) {
      this.closeUnclosed();
      while (this.frame.opener !== undefined) this.closeSilently();
      return;
    }
    if (startsSection(token, next, after)) {
      const process = [...this.frames, this.frame].findLastIndex((frame) => frame.block === 'process');
      if (process >= 0 && this.frames.length > process) {
        this.closeUnclosed();
        while (this.frame.block !== 'process') this.closeSilently();
      }
      return;
    }
    if (this.frame.block !== undefined) return;
    const brace = this.frames.findLast((frame) => frame.block !== undefined);
    const dedented =
      brace?.entry !== undefined &&
      columnOf(this.source.text, token.startOffset) <= columnOf(this.source.text, brace.entry.startOffset);
    const isEntry = dedented && token.tokenType === t.Key && brace?.block !== 'statements';
    if (startsStatement(token, next, after) || isEntry) {
      this.closeUnclosed();
      while (this.frame.block === undefined) this.closeSilently();
    }
  }

  /** A `}` that stands under the line of an outer brace, and not under that of the innermost, closes the outer one. */
  private repairBrace(token: Token): void {
    if (!token.lineBreak) return;
    while (this.frame.block === undefined && this.frame.opener !== undefined && this.canClose(token))
      this.closeUnclosed();
    const column = columnOf(this.source.text, token.startOffset);
    const own = this.frame.opener === undefined ? -1 : this.lineColumn(this.frame.opener);
    if (own <= column) return;
    const fitting = this.frames.findLastIndex(
      (frame) => frame.opener !== undefined && frame.block !== undefined && this.lineColumn(frame.opener) === column,
    );
    if (fitting < 0) return;
    this.closeUnclosed();
    while (this.frames.length > fitting) this.closeSilently();
  }

  /** The column of the first character of the line on which `token` stands. */
  private lineColumn(token: Token): number {
    const start = token.startOffset - columnOf(this.source.text, token.startOffset);
    const match = /[ \t]*/y;
    match.lastIndex = start;
    return match.exec(this.source.text)?.[0].length ?? 0;
  }

  private isComplete(token: Token | undefined): boolean {
    return token !== undefined && complete.has(token.tokenType);
  }
}

/** Mistakes that swallow the rest of the text, closing brackets included: unclosed script, unclosed comment, too many open brackets. */
const swallowing = new Set(['BIT1003', 'BIT1004', 'BIT1014']);

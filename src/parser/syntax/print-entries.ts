import type { Source } from '../../diagnostics/span.ts';
import type { Comments, PlacedComment } from './attach-comments.ts';
import { after, links, operatorBreaks, type Range, split } from './break-places.ts';
import {
  blankLine,
  choice,
  columns,
  concat,
  type Doc,
  fill,
  flatText,
  group,
  hardline,
  hug,
  indent,
  line,
  nothing,
  softline,
  suffix,
  text,
} from './doc.ts';
import { spaceBetween } from './spacing.ts';
import { scriptDoc, tokenText } from './token-text.ts';
import type { Token } from './tokens.ts';
import * as t from './tokens.ts';

interface Given {
  readonly source: Source;
  readonly tokens: readonly Token[];
  readonly comments: Comments;
  readonly width: number;
}

/** Where a sequence stands: a line may begin with `|>`, `where`, `else` … in statements, records and inside ( ) and [ ], nowhere else. */
interface Place {
  readonly linesGoOn: boolean;
}

/** Neighbours are aligned only while no column moves further than this: one long name would push all others away. */
const MAX_SHIFT = 20;

/**
 * Lays tokens out. It looks at tokens and brackets alone, not at the tree: whatever the grammar takes can be printed, and nothing that was
 * written can get lost.
 */
export class EntryPrinter {
  private readonly given: Given;
  private readonly tokens: readonly Token[];
  private readonly comments: Comments;
  /** Last tokens of entries, whose comments are printed by the list and not by the token, so that they do not stand in the way of alignment. */
  private readonly lastOfEntry = new Set<Token>();
  /** Of braces, around what is being laid out. */
  private depth = 0;
  /** A comment stood where none can stay, and went to the end of its line: there it may belong to something else. */
  hasMoved = false;

  constructor(given: Given) {
    this.given = given;
    this.tokens = given.tokens;
    this.comments = given.comments;
  }

  file(): Doc[] {
    return this.listed(split(this.tokens, { from: 0, to: this.tokens.length }, t.End), {
      linesGoOn: false,
      isFile: true,
    });
  }

  // ------------------------------------------------------------ entries

  /** Entries under each other, with the comments and empty lines between them. */
  private listed(entries: readonly Range[], place: Place & { readonly isFile: boolean }): Doc[] {
    for (const entry of entries) {
      const last = this.tokens[entry.to - 1];
      if (last !== undefined) this.lastOfEntry.add(last);
    }
    const docs = this.aligned(
      entries,
      entries.map((entry) => this.sequence(entry, place)),
    );
    const parts: Doc[] = [];
    for (const [index, entry] of entries.entries()) {
      const first = this.tokens[entry.from];
      const doc = docs[index];
      if (first === undefined || doc === undefined) continue;
      if (index > 0)
        parts.push(
          this.hasBlankBefore(first) || (place.isFile && this.standsApart(entries[index - 1], entry))
            ? blankLine
            : hardline,
        );
      parts.push(this.lead(first), doc, this.tail(entry));
    }
    return parts;
  }

  /** The comments behind an entry and its separator. */
  private tail(entry: Range): Doc {
    const last = this.tokens[entry.to - 1];
    const separator = this.tokens[entry.to];
    const parts: Doc[] = last === undefined ? [] : [this.trailing(this.comments.of(last).behind)];
    if (separator?.tokenType === t.End) parts.push(this.separating(separator));
    return concat(parts);
  }

  /** Declarations with a body have an empty line around them; imports and types may stand together. */
  private standsApart(previous: Range | undefined, next: Range): boolean {
    const left = previous === undefined ? undefined : this.tokens[previous.from]?.tokenType;
    const right = this.tokens[next.from]?.tokenType;
    return left !== right || (left !== t.Import && left !== t.Type);
  }

  private hasBlankBefore(token: Token): boolean {
    const { before, blankBefore } = this.comments.of(token);
    return before[0] === undefined ? blankBefore : before[0].blankBefore;
  }

  /** The comments before a token that begins a line or an argument. */
  private lead(token: Token): Doc {
    const { before, blankBefore, breakBefore } = this.comments.of(token);
    if (before.length === 0) return nothing;
    const parts: Doc[] = [];
    for (const [index, comment] of before.entries()) {
      const next = before[index + 1];
      const breaksAfter = comment.isLine || (next === undefined ? breakBefore : next.ownLine);
      const isBlank = next === undefined ? blankBefore : next.blankBefore;
      parts.push(text(comment.text), breaksAfter ? (isBlank ? blankLine : hardline) : text(' '));
    }
    return concat(parts);
  }

  // ------------------------------------------------------------ alignment

  /** `=` of neighbouring `let`s and `emit`s, and `to` of neighbouring `publish`es, stand under each other. */
  private aligned(entries: readonly Range[], docs: readonly Doc[]): readonly Doc[] {
    const result = [...docs];
    let run: number[] = [];
    const finish = (): void => {
      for (const [index, doc] of this.alignedRun(run, entries)) result[index] = doc;
      run = [];
    };
    for (const [index, entry] of entries.entries()) {
      const first = this.tokens[entry.from];
      const doc = docs[index];
      if (first === undefined || doc === undefined) continue;
      const before = this.tokens[entries[run.at(-1) ?? -1]?.from ?? -1];
      if (
        before?.tokenType !== first.tokenType ||
        this.hasBlankBefore(first) ||
        this.comments.of(first).before.length > 0
      )
        finish();
      const canAlign = alignedHeads.has(first.tokenType) && this.fits(flatText(doc)) && !this.hasInnerComments(entry);
      if (canAlign) run.push(index);
      else finish();
    }
    finish();
    return result;
  }

  private *alignedRun(run: readonly number[], entries: readonly Range[]): Generator<readonly [number, Doc]> {
    if (run.length < 2) return;
    const halves = run.map((index) => {
      const entry = entries[index] ?? { from: 0, to: 0 };
      const mark = this.alignmentMark(entry);
      const half = (range: Range): string => flatText(this.sequence(range, { linesGoOn: false })) ?? '';
      return { index, left: half({ from: entry.from, to: mark }), right: half({ from: mark, to: entry.to }) };
    });
    const widest = Math.max(...halves.map(({ left }) => columns(left)));
    const narrowest = Math.min(...halves.map(({ left }) => columns(left)));
    if (widest - narrowest > MAX_SHIFT) return;
    const lines = halves.map(
      ({ index, left, right }) => [index, `${left}${' '.repeat(widest - columns(left) + 1)}${right}`] as const,
    );
    if (lines.every(([, one]) => this.fits(one))) for (const [index, one] of lines) yield [index, text(one)];
  }

  private fits(one: string | undefined): boolean {
    return one !== undefined && columns(one) + 2 * this.depth <= this.given.width;
  }

  private alignmentMark(entry: Range): number {
    const type = this.tokens[entry.from]?.tokenType === t.Publish ? t.To : t.Assign;
    for (let at = entry.from; at < entry.to; at = after(this.tokens, at))
      if (this.tokens[at]?.tokenType === type) return at;
    return entry.to;
  }

  private hasInnerComments(entry: Range): boolean {
    for (let at = entry.from; at < entry.to; at++) {
      const token = this.tokens[at];
      if (token === undefined) continue;
      const { before, behind } = this.comments.of(token);
      if ((before.length > 0 && at > entry.from) || (behind.length > 0 && at < entry.to - 1)) return true;
    }
    return false;
  }

  // ------------------------------------------------------------ sequences

  /** Tokens in a row: broken before `|>` and clauses, then after the operators that bind loosest, then inside brackets. */
  private sequence(range: Range, place: Place): Doc {
    if (bodied.has(this.tokens[range.from]?.tokenType ?? t.End)) return this.declaration(range, place);
    const starts = place.linesGoOn ? links(this.tokens, range) : [];
    const [first] = starts;
    if (first === undefined) return group(this.operation(range));
    const head = group(this.operation({ from: range.from, to: first }));
    const segments = starts.map((from, index) => {
      const token = this.tokens[from];
      return {
        lead: token === undefined ? nothing : this.lead(token),
        doc: group(this.operation({ from, to: starts[index + 1] ?? range.to })),
      };
    });
    const broken = group([head, ...segments.map(({ lead, doc }) => indent([line, lead, doc]))]);
    const last = segments.at(-1);
    const others = [
      head,
      ...segments.slice(0, -1).flatMap(({ lead, doc }) => [text(' '), lead, doc]),
      text(' '),
      last?.lead ?? nothing,
    ];
    // Braces at the end open up before the chain does.
    if (last === undefined || !this.endsInBraces(range) || others.some((doc) => doc.breaks)) return broken;
    return hug({ head: concat(others), last: last.doc, tail: nothing, broken });
  }

  private endsInBraces(range: Range): boolean {
    const last = this.tokens[range.to - 1]?.tokenType;
    return last === t.RBrace || (last === t.RParen && this.tokens[range.to - 2]?.tokenType === t.RBrace);
  }

  /** A head and its bodies in braces: what breaks a body leaves the head as it is. */
  private declaration(range: Range, place: Place): Doc {
    const parts: Doc[] = [];
    let start = range.from;
    const head = (to: number): void => {
      if (to <= start) return;
      const first = this.tokens[start];
      if (first !== undefined && start > range.from) parts.push(...this.spaceAt(start, range), ...this.inline(first));
      parts.push(group(this.operation({ from: start, to })));
    };
    for (let at = range.from; at < range.to; at = after(this.tokens, at)) {
      const token = this.tokens[at];
      if (token === undefined || token.partner < 0 || token.block === undefined) continue;
      if (token.block === 'entries' && place.linesGoOn) continue;
      head(at);
      parts.push(...this.spaceAt(at, range), ...this.inline(token), this.bracket(at));
      start = token.partner + 1;
    }
    head(range.to);
    return concat(parts);
  }

  private spaceAt(at: number, range: Range): Doc[] {
    return at > range.from && this.needsSpace(at) ? [text(' ')] : [];
  }

  private operation(range: Range): Doc[] {
    const breaks = operatorBreaks(this.tokens, range);
    const parts: Doc[] = [];
    let continued: Doc[] | undefined;
    for (let at = range.from; at < range.to; at = after(this.tokens, at)) {
      const token = this.tokens[at];
      if (token === undefined) break;
      const target = continued ?? parts;
      const isAfterBreak = breaks.has(at - 1);
      if (isAfterBreak) target.push(this.lead(token));
      else if (at > range.from) target.push(...this.spaceAt(at, range), ...this.inline(token));
      target.push(token.partner > at ? this.bracket(at) : this.leaf(token));
      if (!breaks.has(at)) continue;
      if (continued !== undefined) parts.push(indent(continued));
      continued = [line];
    }
    if (continued !== undefined) parts.push(indent(continued));
    return parts;
  }

  private needsSpace(at: number): boolean {
    const left = this.tokens[at - 1];
    const right = this.tokens[at];
    return left !== undefined && right !== undefined && spaceBetween(left, right, this.tokens[at - 2]);
  }

  /** The comments before a token in the middle of a line: block comments stay, others go to the line's end. */
  private inline(token: Token): Doc[] {
    return this.comments
      .of(token)
      .before.map((comment) => (comment.isLine ? this.moved(comment) : text(`${comment.text} `)));
  }

  /** To the end of the line. What documented nothing where it stood must not document what comes next. */
  private moved(comment: PlacedComment): Doc {
    this.hasMoved = true;
    return suffix(`  ${comment.text.replace(/^\/{3}(?!\/)/, '//')}`);
  }

  private trailing(comments: readonly PlacedComment[]): Doc {
    return concat(comments.map((comment) => (comment.isLine ? suffix(`  ${comment.text}`) : text(` ${comment.text}`))));
  }

  /** The comments around a comma or `;`: all go behind it, and what documents the next entry still does. */
  private separating(separator: Token): Doc {
    const { before, behind } = this.comments.of(separator);
    if (before.length > 0) this.hasMoved = true;
    return this.trailing([...before, ...behind]);
  }

  private behind(token: Token): Doc {
    return this.lastOfEntry.has(token) ? nothing : this.trailing(this.comments.of(token).behind);
  }

  /** As `behind`, for a token in the middle of an entry. */
  private behindInside(token: Token): Doc {
    if (this.lastOfEntry.has(token)) return nothing;
    return concat(
      this.comments
        .of(token)
        .behind.map((comment) => (comment.isLine ? this.moved(comment) : text(` ${comment.text}`))),
    );
  }

  private leaf(token: Token): Doc {
    return concat([
      token.tokenType === t.Block ? scriptDoc(this.given.source, token) : text(tokenText(this.given.source, token)),
      this.behindInside(token),
    ]);
  }

  // ------------------------------------------------------------ brackets

  private bracket(at: number): Doc {
    const opener = this.tokens[at];
    const closer = opener === undefined ? undefined : this.tokens[opener.partner];
    if (opener === undefined || closer === undefined) return nothing;
    const pair = { opener, closer, inside: { from: at + 1, to: opener.partner } };
    return concat([
      opener.block === undefined ? this.list(pair) : this.braces(pair, this.isBody(at)),
      this.behindInside(closer),
    ]);
  }

  /** What always stands on lines of its own: the bodies of declarations and of `if`. */
  private isBody(at: number): boolean {
    const block = this.tokens[at]?.block;
    return block === 'statements' || block === 'process' || this.tokens[at - 1]?.tokenType === t.Params;
  }

  /** `( )`, `[ ]` and `< >`. A trailing comma is not kept. */
  private list(pair: { readonly opener: Token; readonly closer: Token; readonly inside: Range }): Doc {
    const { opener, closer, inside } = pair;
    const open = concat([text(opener.image), this.behind(opener)]);
    const close = text(closer.image);
    const items = split(this.tokens, inside, t.Comma);
    const dangling = this.dangling(closer, items.length > 0);
    if (items.length === 0 && dangling.length === 0)
      return concat([text(opener.image), this.behindInside(opener), close]);
    const docs = items.map((item, index) => this.item(item, index === items.length - 1));
    const whole = docs.map(({ lead, doc, comma }) => concat([lead, doc, comma]));
    const isPacked =
      opener.tokenType === t.LBracket &&
      items.every((item) => this.isLiteral(item)) &&
      !whole.some((doc) => doc.breaks);
    const broken = group([
      open,
      indent([softline, ...(isPacked ? [fill(whole)] : joined(whole)), ...dangling]),
      softline,
      close,
    ]);
    const last = docs.at(-1);
    if (last === undefined || dangling.length > 0 || !this.canHug(items)) return broken;
    const head = concat([
      open,
      ...docs.slice(0, -1).flatMap(({ lead, doc, comma }) => [lead, doc, comma, text(' ')]),
      last.lead,
    ]);
    return head.breaks || last.comma.breaks
      ? broken
      : hug({ head, last: last.doc, tail: concat([last.comma, close]), broken });
  }

  private item(item: Range, isLast: boolean): { readonly lead: Doc; readonly doc: Doc; readonly comma: Doc } {
    const first = this.tokens[item.from];
    const last = this.tokens[item.to - 1];
    const comma = this.tokens[item.to];
    const lead = first === undefined ? nothing : this.lead(first);
    if (comma?.tokenType !== t.Comma || last === undefined)
      return { lead, doc: this.sequence(item, { linesGoOn: true }), comma: nothing };
    // Behind the last argument docs document nothing any more.
    if (isLast && this.comments.of(last).behind.length > 0) this.hasMoved = true;
    if (isLast && this.comments.of(comma).behind.length > 0) this.hasMoved = true;
    this.lastOfEntry.add(last);
    const doc = this.sequence(item, { linesGoOn: true });
    return {
      lead,
      doc,
      comma: concat([text(isLast ? '' : ','), this.trailing(this.comments.of(last).behind), this.separating(comma)]),
    };
  }

  /** Lists of plain values are packed: one a line would make them long without making them clear. */
  private isLiteral(item: Range): boolean {
    const last = this.tokens[item.to - 1];
    return (
      item.to - item.from <= 2 &&
      last !== undefined &&
      literals.has(last.tokenType) &&
      (item.to - item.from === 1 || this.tokens[item.from]?.tokenType === t.Prefix)
    );
  }

  /** `f([ … ])`, `sheet("x", { … })`: the last argument alone opens up, if it is the only one or in braces. */
  private canHug(items: readonly Range[]): boolean {
    const last = items.at(-1);
    if (last === undefined) return false;
    const start = this.tokens[last.from]?.tokenType === t.Key ? last.from + 2 : last.from;
    const opener = this.tokens[start];
    return opener?.partner === last.to - 1 && (items.length === 1 || opener.block !== undefined);
  }

  /** Comments on lines of their own before a closing bracket. */
  private dangling(closer: Token, hasItems: boolean): Doc[] {
    return this.comments.of(closer).before.flatMap((comment, index) => {
      const separator = index === 0 && !hasItems ? hardMark : comment.blankBefore ? blankLine : hardline;
      return [separator, text(comment.text)];
    });
  }

  /** `{ }`: on one line where they were and fit, otherwise an entry a line. */
  private braces(
    pair: { readonly opener: Token; readonly closer: Token; readonly inside: Range },
    isBody: boolean,
  ): Doc {
    const { opener, closer, inside } = pair;
    const open = concat([text('{'), this.behind(opener)]);
    const entries = split(this.tokens, inside, t.End);
    const dangling = this.dangling(closer, entries.length > 0);
    if (entries.length === 0 && dangling.length === 0)
      return concat([open, open.breaks ? hardline : nothing, text('}')]);
    const linesGoOn = opener.block === 'statements' || opener.block === 'entries';
    this.depth++;
    const isOpen = isBody || dangling.length > 0 || this.tokens[inside.from]?.lineBreak === true;
    const doc = isOpen
      ? concat([
          open,
          indent([hardline, ...this.listed(entries, { linesGoOn, isFile: false }), ...dangling]),
          hardline,
          text('}'),
        ])
      : group([open, indent([line, ...this.inRow(entries, { linesGoOn })]), line, text('}')]);
    this.depth--;
    return doc;
  }

  /** Entries with commas between them, which go where the row is broken. */
  private inRow(entries: readonly Range[], place: Place): Doc[] {
    return entries.flatMap((entry, index) => {
      const first = this.tokens[entry.from];
      const last = this.tokens[entry.to - 1];
      if (first === undefined || last === undefined) return [];
      this.lastOfEntry.add(last);
      const doc = concat([this.lead(first), this.sequence(entry, place)]);
      return [
        ...(index > 0 ? [line] : []),
        doc,
        index < entries.length - 1 ? choice(text(','), nothing) : nothing,
        this.tail(entry),
      ];
    });
  }
}

function joined(docs: readonly Doc[]): Doc[] {
  return docs.flatMap((doc, index) => (index === 0 ? [doc] : [line, doc]));
}

/** Breaks the groups around it and prints nothing: a line end is there already. */
const hardMark: Doc = { kind: 'concat', parts: [], breaks: true };

const literals = new Set([t.StringLiteral, t.NumberLiteral, t.BoolLiteral]);

const alignedHeads = new Set([t.Let, t.Emit, t.Publish]);

/** What begins an entry that is made of a head and bodies in braces. */
const bodied = new Set([
  t.Import,
  t.Params,
  t.Process,
  t.Workflow,
  t.Test,
  t.Input,
  t.Output,
  t.Resources,
  t.Environment,
  t.If,
]);

import type { TokenType } from 'chevrotain';
import { explainMistake } from './explain-mistake.ts';
import type { Grammar, Item } from './grammar.ts';
import { type EntryRule, type Stop, stopOf } from './stop.ts';
import * as t from './tokens.ts';
import { type BlockKind, Token } from './tokens.ts';

type Attempt<T> = { readonly value: T } | { readonly stop: Stop };

/**
 * Reads a file in which the grammar found a mistake: entry by entry, so that one mistake spoils one entry. An entry that cannot be read is
 * reported once and then left out, or its value becomes an error node where its name can be kept; with that the declaration around it is
 * read again. Brackets match here (`layout.ts` saw to it), so where an entry ends is never in doubt.
 */
export function recoverItems(grammar: Grammar, tokens: readonly Token[]): Item[] {
  const items: Item[] = [];
  const recovery = new Recovery(grammar, tokens);
  for (const range of entriesBetween(tokens, 0, tokens.length)) {
    const item = recovery.item(range);
    if (item !== undefined) items.push(item);
  }
  return items;
}

interface Range {
  readonly from: number;
  readonly to: number;
}

class Recovery {
  private readonly grammar: Grammar;
  private readonly tokens: readonly Token[];
  /** Where mistakes were already reported before the grammar ran, in order: an entry that holds one is not reported again. */
  private readonly known: readonly number[];

  constructor(grammar: Grammar, tokens: readonly Token[]) {
    this.grammar = grammar;
    this.tokens = tokens;
    this.known = grammar.build.mistakes
      .filter((mistake) => mistake.severity === 'error')
      .map((mistake) => mistake.at.start)
      .sort((a, b) => a - b);
  }

  item(range: Range): Item | undefined {
    const whole = this.attempt('item', this.slice(range));
    const read = 'value' in whole ? whole : this.attempt('item', this.repaired('item', range, whole.stop));
    return 'value' in read ? this.itemOf(read.value) : undefined;
  }

  private itemOf(value: unknown): Item | undefined {
    return value === undefined ? undefined : (value as Item);
  }

  private slice(range: Range): Token[] {
    return this.tokens.slice(range.from, range.to);
  }

  private attempt(rule: EntryRule, tokens: readonly Token[]): Attempt<unknown> {
    const { grammar } = this;
    const [first] = tokens;
    // The grammar would find this out too, but takes its time over it: a file of another kind has such a mistake on every line.
    if (first !== undefined && starts[rule]?.has(first.tokenType) === false)
      return { stop: { token: first, expected: undefined, ruleStack: [rule] } };
    grammar.input = [...tokens];
    const value: unknown = grammar[rule]();
    const [error] = grammar.errors;
    return error === undefined ? { value } : { stop: stopOf(error) };
  }

  /** The tokens of an entry that failed, with what cannot be read taken out; none where nothing of it can be kept. */
  private repaired(rule: EntryRule, range: Range, stop: Stop): readonly Token[] {
    const inner = this.withInnerRepaired(rule, range);
    if (inner === undefined) {
      const tokens = this.slice(range);
      this.report(rule, { tokens, stop, from: tokens[0], to: tokens.at(-1) });
      return this.kept(rule, { tokens, failed: stop.token });
    }
    const again = this.attempt(rule, inner.tokens);
    if ('value' in again) return inner.tokens;
    this.report(rule, { tokens: inner.tokens, stop: again.stop, from: this.tokens[range.from], to: inner.headEnd });
    return this.kept(rule, { tokens: inner.tokens, failed: again.stop.token });
  }

  /** The entry with each of its blocks read entry by entry; undefined where it has no blocks. */
  private withInnerRepaired(
    rule: EntryRule,
    range: Range,
  ): { tokens: readonly Token[]; headEnd: Token | undefined } | undefined {
    const result: Token[] = [];
    let headEnd: Token | undefined;
    for (let at = range.from; at < range.to; at++) {
      const token = this.tokens[at];
      if (token === undefined) break;
      result.push(token);
      if (token.partner < 0) continue;
      const inner =
        token.tokenType === t.LBrace || token.tokenType === t.LSchema ? this.entryRule(rule, token.block) : undefined;
      if (inner === undefined) {
        for (at++; at < token.partner; at++) pushDefined(result, this.tokens[at]);
        pushDefined(result, this.tokens[token.partner]);
        continue;
      }
      headEnd ??= token;
      for (const entry of entriesBetween(this.tokens, at + 1, token.partner)) {
        const read = this.attempt(inner, this.slice(entry));
        const kept = 'value' in read ? this.slice(entry) : this.repaired(inner, entry, read.stop);
        if (kept.length === 0) continue;
        const last = result.at(-1);
        if (last !== token) result.push(endAfter(last));
        for (const one of kept) result.push(one);
      }
      pushDefined(result, this.tokens[token.partner]);
      at = token.partner;
    }
    return headEnd === undefined ? undefined : { tokens: result, headEnd };
  }

  /** Braces inside a value are part of it: two messages about one value would be a cascade. */
  private entryRule(rule: EntryRule, block: BlockKind | undefined): EntryRule | undefined {
    switch (block) {
      case 'process':
        return 'section';
      case 'statements':
        return 'statement';
      case 'fields':
        return 'field';
      case 'outputs':
        return 'outputField';
      case 'schema':
        return rule === 'item' ? 'schemaField' : undefined;
      case 'names':
        return 'importedName';
      case 'entries':
        return rule === 'section' ? 'entry' : undefined;
      default:
        return undefined;
    }
  }

  private report(
    rule: EntryRule,
    found: {
      readonly tokens: readonly Token[];
      readonly stop: Stop;
      readonly from: Token | undefined;
      readonly to: Token | undefined;
    },
  ): void {
    if (found.from === undefined || found.to === undefined || this.isKnown(found.from.startOffset, found.to.end))
      return;
    const { build } = this.grammar;
    build.mistakes.push(...explainMistake(build, { rule, tokens: found.tokens, stop: found.stop }));
  }

  private isKnown(start: number, end: number): boolean {
    let low = 0;
    let high = this.known.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.known[middle] ?? 0) < start) low = middle + 1;
      else high = middle;
    }
    const place = this.known[low];
    return place !== undefined && place <= end;
  }

  /** The part of an entry that says its name, with an error in place of the rest. */
  private kept(
    rule: EntryRule,
    entry: { readonly tokens: readonly Token[]; readonly failed: Token | undefined },
  ): readonly Token[] {
    const { tokens, failed } = entry;
    const error = new Token(t.ErrorToken, '', {
      start: tokens[0]?.startOffset ?? 0,
      end: tokens.at(-1)?.end ?? 0,
      lineBreak: false,
    });
    for (const candidate of candidates(rule, {
      tokens,
      error,
      failedAt: failed?.startOffset ?? Number.POSITIVE_INFINITY,
    })) {
      if ('value' in this.attempt(rule, candidate)) return candidate;
    }
    return [];
  }
}

function* candidates(
  rule: EntryRule,
  entry: { readonly tokens: readonly Token[]; readonly error: Token; readonly failedAt: number },
): Generator<readonly Token[]> {
  const { tokens, error, failedAt } = entry;
  const assign = tokens.findIndex((token) => token.tokenType === t.Assign);
  const assigned = assign < 0 ? undefined : tokens.slice(0, assign + 1);
  const assignFirst = tokens[assign];
  switch (rule) {
    case 'statement':
      if (assigned !== undefined) yield [...assigned, error];
      return;
    case 'item': {
      if (assigned !== undefined && tokens[0]?.tokenType === t.Type) yield [...assigned, error];
      const open = tokens.findIndex((token) => token.block === 'process' || token.block === 'statements');
      const name = tokens[1];
      if (open > 1 && name?.tokenType === t.Identifier) yield [...tokens.slice(0, 2), ...tokens.slice(open)];
      return;
    }
    case 'field':
    case 'outputField':
    case 'schemaField':
      if (assigned !== undefined && assignFirst !== undefined && failedAt > assignFirst.startOffset)
        yield [...assigned, error];
      if (rule === 'outputField' && assignFirst !== undefined) yield [...tokens.slice(0, 2), error, assignFirst, error];
      if (rule === 'outputField')
        yield [
          ...tokens.slice(0, 2),
          error,
          new Token(t.Assign, '=', { start: error.end, end: error.end, lineBreak: false }),
          error,
        ];
      else yield [...tokens.slice(0, 2), error];
      return;
    case 'entry':
      yield [...tokens.slice(0, 2), error];
      return;
    default:
  }
}

/** What the entries of a kind begin with, where that is a word of the language. */
const starts: Partial<Record<EntryRule, ReadonlySet<TokenType>>> = {
  item: new Set([t.Process, t.Workflow, t.Params, t.Import, t.Type, t.Test, t.Edition]),
  statement: new Set([t.Let, t.Publish, t.Emit, t.Assert, t.If, t.Expect]),
  section: new Set([
    t.Input,
    t.Output,
    t.Uses,
    t.Files,
    t.Resources,
    t.Environment,
    t.Retry,
    t.OnError,
    t.Limit,
    t.Cache,
    t.Label,
    t.Script,
    t.Stub,
    t.Exec,
  ]),
};

function pushDefined(list: Token[], token: Token | undefined): void {
  if (token !== undefined) list.push(token);
}

function endAfter(token: Token | undefined): Token {
  const at = token?.end ?? 0;
  return new Token(t.End, '\n', { start: at, end: at, lineBreak: false });
}

/** The entries between two places of the token list, without the ends that separate them. */
function* entriesBetween(tokens: readonly Token[], from: number, to: number): Generator<Range> {
  let start = from;
  for (let at = from; at < to; at++) {
    const token = tokens[at];
    if (token === undefined) break;
    if (token.partner > at) at = token.partner;
    else if (token.tokenType === t.End) {
      if (at > start) yield { from: start, to: at };
      start = at + 1;
    }
  }
  if (to > start) yield { from: start, to };
}

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Source, Span } from '../../diagnostics/span.ts';
import type * as ast from './ast.ts';
import { Builder } from './build.ts';
import { explainMistake } from './explain-mistake.ts';
import { Grammar, type Item } from './grammar.ts';
import { layout } from './layout.ts';
import { recoverItems } from './recover.ts';
import { type Comment, type DocBlock, scan } from './scan.ts';
import { stopOf } from './stop.ts';
import { needsParser, readParts } from './strings.ts';
import { syntaxErrors } from './syntax-errors.ts';
import type { Token } from './tokens.ts';
import * as t from './tokens.ts';

export interface Parsed {
  /** The best tree there is: what could not be read is left out or an `error` node. */
  readonly file: ast.File;
  /** In the order of the text, brackets balanced; for the printer. */
  readonly tokens: readonly Token[];
  readonly comments: readonly Comment[];
  /** In the order of the text; empty or warnings alone where the whole text was read. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a pipeline. Never throws and never loops, whatever the text; one mistake gives one message. */
export function parse(source: Source): Parsed {
  if (isBinary(source.text)) return unreadable(source);
  const { tokens, comments, leadingDocs, mistakes } = read(source, { from: 0, to: source.text.length });
  const docs = fileDocs(leadingDocs, tokens[0], tokens[1]);
  const grammar = sharedGrammar();
  grammar.build = new Builder(source, mistakes, longTexts(source, tokens, 0));
  grammar.input = [...tokens];
  let items = grammar.file();
  if (grammar.errors.length > 0) items = recoverItems(grammar, tokens);
  return { file: fileOf(source, items, docs), tokens, comments, diagnostics: inOrder(mistakes) };
}

let grammar: Grammar | undefined;

/** Made on first use: recording the rules takes a few milliseconds, which commands that read no pipeline do not pay. */
function sharedGrammar(): Grammar {
  grammar ??= new Grammar({ isChecked: false });
  return grammar;
}

function read(source: Source, range: { readonly from: number; readonly to: number }) {
  const scanned = scan(source, range);
  return { ...scanned, tokens: layout(source, scanned.tokens, scanned.mistakes) };
}

/** Texts in the holes of texts in the holes … deeper than this are left alone. */
const MAX_TEXT_NESTING = 4;

/** The texts that hold more than names in their holes, read now: the grammar cannot run inside itself. */
function longTexts(source: Source, tokens: readonly Token[], nesting: number): Map<Token, ast.Expr> {
  const texts = new Map<Token, ast.Expr>();
  for (const token of tokens) {
    if (token.tokenType === t.StringLiteral && needsParser(source, token)) {
      texts.set(
        token,
        readParts(source, token, (from, to) => readHole(source, { from, to }, nesting)),
      );
    }
  }
  return texts;
}

function readHole(
  source: Source,
  range: { readonly from: number; readonly to: number },
  nesting: number,
): ast.Expr | { readonly problem: string; readonly at: Span } {
  const at: Span = { source, start: range.from, end: range.to };
  if (nesting >= MAX_TEXT_NESTING) return { problem: 'texts are nested too deeply here', at };
  const { tokens, mistakes } = read(source, range);
  const grammar = sharedGrammar();
  const texts = longTexts(source, tokens, nesting + 1);
  grammar.build = new Builder(source, mistakes, texts);
  grammar.input = [...tokens];
  const value = grammar.hole();
  const [error] = grammar.errors;
  if (error !== undefined)
    mistakes.push(...explainMistake(grammar.build, { rule: 'hole', tokens, stop: stopOf(error) }));
  const mistake = mistakes.find((found) => found.severity === 'error');
  if (mistake !== undefined) return { problem: lowerFirst(mistake.message), at: mistake.at };
  return value;
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

/** Zero bytes, or characters that came from bytes that are no UTF-8. */
function isBinary(text: string): boolean {
  if (text.indexOf('\0') >= 0) return true;
  const start = text.slice(0, 4096);
  let broken = 0;
  for (let at = 0; at < start.length; at++) if (start.charCodeAt(at) === 0xfffd) broken++;
  return broken > 8 && broken * 20 > start.length;
}

function unreadable(source: Source): Parsed {
  const span: Span = { source, start: 0, end: source.text.length };
  return {
    file: { kind: 'file', span, imports: [], declarations: [] },
    tokens: [],
    comments: [],
    diagnostics: [syntaxErrors.notText({ source, start: 0, end: 0 })],
  };
}

function fileOf(source: Source, items: readonly Item[], docs: string | undefined): ast.File {
  const imports: ast.Import[] = [];
  const declarations: ast.Declaration[] = [];
  let edition: ast.File['edition'];
  for (const item of items) {
    switch (item.kind) {
      case 'edition':
        edition ??= { value: item.value, span: item.span };
        break;
      case 'import-names':
      case 'import-all':
      case 'import-tool':
        imports.push(item);
        break;
      default:
        declarations.push(item);
    }
  }
  return {
    kind: 'file',
    span: { source, start: 0, end: source.text.length },
    ...(docs === undefined ? {} : { docs }),
    ...(edition === undefined ? {} : { edition }),
    imports,
    declarations,
  };
}

/**
 * The first `///` block documents the file, unless it is the only one and stands directly before a declaration that has docs of its own. The
 * token behind such a block gives its docs up.
 */
function fileDocs(
  leadingDocs: readonly DocBlock[],
  first: Token | undefined,
  second: Token | undefined,
): string | undefined {
  const [block, another] = leadingDocs;
  if (block === undefined) return undefined;
  if (another !== undefined) return block.text;
  const isOfDeclaration =
    first?.tokenType === t.Process ||
    first?.tokenType === t.Type ||
    (first?.tokenType === t.Workflow && second?.tokenType === t.Identifier);
  if (isOfDeclaration && !block.isDetached) return undefined;
  if (first !== undefined) first.docs = undefined;
  return block.text;
}

/** In the order of the text, each once: entries that were read twice said the same twice. */
function inOrder(mistakes: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Set<string>();
  return mistakes
    .filter((mistake) => {
      const key = `${mistake.code} ${mistake.at.start} ${mistake.at.end}`;
      return !seen.has(key) && seen.add(key);
    })
    .sort((a, b) => a.at.start - b.at.start || a.at.end - b.at.end);
}

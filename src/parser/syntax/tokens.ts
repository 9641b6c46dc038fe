import { createToken, type IToken, Lexer, type TokenType } from 'chevrotain';

/**
 * The tokens of the language. The scanner (`scan.ts`) cuts the text, the layout pass (`layout.ts`) decides which words are
 * keywords and where entries end; so the grammar needs one token of lookahead and no token categories, which keeps it fast.
 */

export type TokenTypeOf = TokenType;

const vocabulary: TokenType[] = [];

function token(name: string, words: string): TokenType {
  const type = createToken({ name, pattern: Lexer.NA, label: words });
  vocabulary.push(type);
  return type;
}

export const Identifier = token('Identifier', 'a name');
/** A word directly followed by `:`, or `?:` in a pivot. */
export const Key = token('Key', 'a name followed by `:`');
export const NumberLiteral = token('Number', 'a number');
export const StringLiteral = token('String', 'a text in double quotes');
export const BoolLiteral = token('Bool', '`true` or `false`');
/** A script between two lines of three quotes. */
export const Block = token('Block', 'a script between two lines of `"""`');
/** Stands where something could not be read; a diagnostic says why. */
export const ErrorToken = token('Error', 'something else');

/** The end of an entry: a line end, `;`, or a comma directly inside `{ }`. */
export const End = token('End', 'the end of the line');
export const Comma = token('Comma', '`,`');
export const Colon = token('Colon', '`:`');
export const Assign = token('Assign', '`=`');
export const Dot = token('Dot', '`.`');
export const DotDot = token('DotDot', '`..`');
export const Ellipsis = token('Ellipsis', '`…`');
export const Question = token('Question', '`?`');
export const Bar = token('Bar', '`|`');
export const Arrow = token('Arrow', '`->`');
export const Star = token('Star', '`*`');
export const LParen = token('LParen', '`(`');
export const RParen = token('RParen', '`)`');
export const LBracket = token('LBracket', '`[`');
export const RBracket = token('RBracket', '`]`');
export const LBrace = token('LBrace', '`{`');
/** `{` that opens columns with types in the arguments of `sheet`, `catalog`, `rows` … and `Table(columns: …)`. */
export const LSchema = token('LSchema', '`{`');
export const RBrace = token('RBrace', '`}`');
export const LAngle = token('LAngle', '`<`');
export const RAngle = token('RAngle', '`>`');

/** Every infix operator, `and or in` and `not in` included; the builder knows which binds tighter. */
export const Operator = token('Operator', 'an operator');
/** `-` and `not` before an operand. */
export const Prefix = token('Prefix', '`-` or `not`');
export const PipeTo = token('PipeTo', '`|>`');
export const PlusPlus = token('PlusPlus', '`++`');

const words = new Map<string, TokenType>();

function keyword(word: string): TokenType {
  const type = token(
    word[0]?.toUpperCase() + word.slice(1).replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
    `\`${word}\``,
  );
  words.set(word, type);
  return type;
}

export const Edition = keyword('edition');
export const Import = keyword('import');
export const Params = keyword('params');
export const Process = keyword('process');
export const Workflow = keyword('workflow');
export const Type = keyword('type');
export const Test = keyword('test');

export const Input = keyword('input');
export const Output = keyword('output');
export const Uses = keyword('uses');
export const Files = keyword('files');
export const Resources = keyword('resources');
export const Environment = keyword('environment');
export const Retry = keyword('retry');
export const OnError = keyword('on_error');
export const Limit = keyword('limit');
export const Cache = keyword('cache');
export const Label = keyword('label');
export const Script = keyword('script');
export const Stub = keyword('stub');
export const Exec = keyword('exec');

export const Let = keyword('let');
export const Publish = keyword('publish');
export const Emit = keyword('emit');
export const Assert = keyword('assert');
export const Expect = keyword('expect');
export const If = keyword('if');
/** `if` inside an expression. */
export const IfExpression = token('IfExpression', '`if`');
export const Then = keyword('then');
export const Else = keyword('else');

export const Where = keyword('where');
export const Group = keyword('group');
export const Order = keyword('order');
export const By = keyword('by');
export const Keep = keyword('keep');
export const Over = keyword('over');
export const Tag = keyword('tag');
export const Untag = keyword('untag');
export const Pivot = keyword('pivot');
export const Window = keyword('window');
export const Select = keyword('select');
export const Matching = keyword('matching');
export const After = keyword('after');
export const Cross = keyword('cross');
export const To = keyword('to');
export const As = keyword('as');
export const From = keyword('from');
export const On = keyword('on');
export const Backoff = keyword('backoff');
export const Asc = keyword('asc');
export const Desc = keyword('desc');
export const Named = keyword('named');
export const Many = keyword('many');
export const Each = keyword('each');
export const Tool = keyword('tool');
export const Matches = keyword('matches');
export const Snapshot = keyword('snapshot');

export const tokenTypes: readonly TokenType[] = vocabulary;

/** The token type of a keyword. */
export function keywordType(word: string): TokenType | undefined {
  return words.get(word);
}

/** What the entries between two braces are. */
export type BlockKind = 'file' | 'fields' | 'outputs' | 'process' | 'statements' | 'entries' | 'schema' | 'names';

/** What a literal token holds besides its place. */
export type TokenValue =
  | {
      readonly kind: 'number';
      readonly text: string;
      readonly isFloat: boolean;
      readonly unit?: { readonly text: string; readonly start: number; readonly end: number };
      readonly isBroken: boolean;
    }
  | { readonly kind: 'string'; readonly isRaw: boolean; readonly rawStart: number; readonly rawEnd: number }
  | { readonly kind: 'block'; readonly text: string };

/** One token. Mutable on purpose: the layout pass decides its type in place, the parser only reads. */
export class Token implements IToken {
  image: string;
  startOffset: number;
  /** Exclusive, unlike Chevrotain's own `endOffset`, which nothing here uses. */
  end: number;
  tokenType: TokenType;
  tokenTypeIdx: number;
  /** A line end stands between the token before and this one. */
  lineBreak: boolean;
  /** The `///` block before this token. */
  docs: string | undefined = undefined;
  value: TokenValue | undefined = undefined;
  /** Of an opening bracket: the place of its partner in the token list. */
  partner = -1;
  /** Of an opening brace. */
  block: BlockKind | undefined = undefined;

  constructor(
    type: TokenType,
    image: string,
    place: { readonly start: number; readonly end: number; readonly lineBreak: boolean },
  ) {
    this.image = image;
    this.startOffset = place.start;
    this.end = place.end;
    this.tokenType = type;
    this.tokenTypeIdx = type.tokenTypeIdx ?? 0;
    this.lineBreak = place.lineBreak;
  }

  become(type: TokenType): void {
    this.tokenType = type;
    this.tokenTypeIdx = type.tokenTypeIdx ?? 0;
  }
}

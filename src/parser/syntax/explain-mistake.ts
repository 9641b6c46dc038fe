import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Span } from '../../diagnostics/span.ts';
import { suggestions } from '../../diagnostics/suggest.ts';
import type { Builder } from './build.ts';
import { foreignDeclarations, foreignSections, foreignStatements } from './foreign-words.ts';
import type { EntryRule, Stop } from './stop.ts';
import { syntaxErrors } from './syntax-errors.ts';
import type { Token } from './tokens.ts';
import * as t from './tokens.ts';

export interface Mistake {
  readonly rule: EntryRule | 'hole';
  /** The entry. */
  readonly tokens: readonly Token[];
  readonly stop: Stop;
}

/** The message for the place where the grammar stopped; none where the place itself says that it was reported before. */
export function explainMistake(build: Builder, mistake: Mistake): Diagnostic[] {
  const found = new Place(build, mistake);
  if (found.token?.tokenType === t.ErrorToken) return [];
  return [entryMistake(found) ?? headMistake(found) ?? operandMistake(found) ?? general(found)];
}

/** The place where the grammar stopped, and what is around it. */
class Place {
  readonly build: Builder;
  readonly rule: Mistake['rule'];
  readonly tokens: readonly Token[];
  readonly index: number;
  /** The token that does not fit; undefined where the entry ends too early. */
  readonly token: Token | undefined;
  readonly previous: Token | undefined;
  /** The label of the token that was needed, where only one was possible. */
  readonly expected: string | undefined;
  /** The innermost rule that was being read. */
  readonly inside: string;
  readonly ruleStack: readonly string[];

  constructor(build: Builder, mistake: Mistake) {
    this.build = build;
    this.rule = mistake.rule;
    this.tokens = mistake.tokens;
    const { token, expected, ruleStack } = mistake.stop;
    this.token = token;
    this.index = token === undefined ? this.tokens.length : this.tokens.indexOf(token);
    this.previous = this.tokens[this.index - 1];
    this.expected = expected;
    this.ruleStack = ruleStack;
    this.inside = this.ruleStack.at(-1) ?? '';
  }

  at(offset: number): Token | undefined {
    return this.tokens[this.index + offset];
  }

  span(token: Token): Span {
    return this.build.of(token);
  }

  /** The place behind the last token, where something is missing. */
  endSpan(): Span {
    const end = this.tokens.at(-1)?.end ?? 0;
    return this.build.span(end, end);
  }

  text(token: Token): string {
    return this.build.source.text.slice(token.startOffset, token.end);
  }
}

// ---------------------------------------------------------------- the first word of an entry

function entryMistake(place: Place): Diagnostic | undefined {
  const first = place.tokens[0];
  if (place.index !== 0 || first === undefined) return undefined;
  if (isOperatorLike(first)) return syntaxErrors.lineStart(place.span(first), place.text(first));
  switch (place.rule) {
    case 'item':
      return itemMistake(place, first);
    case 'section':
      return sectionMistake(place, first);
    case 'statement':
      return statementMistake(place, first);
    case 'field':
    case 'outputField':
    case 'schemaField':
    case 'entry':
      return fieldMistake(place, first);
    default:
      return undefined;
  }
}

function itemMistake(place: Place, first: Token): Diagnostic | undefined {
  const at = place.span(first);
  const [, second, third] = place.tokens;
  if (first.tokenType !== t.Identifier) return undefined;
  const word = first.image;
  if (word === 'params' && second?.tokenType === t.Dot)
    return syntaxErrors.paramsAssignment(place.build.between(first, third ?? second), third?.image ?? 'name');
  const foreign = foreignDeclarations.get(word);
  if (foreign !== undefined) return syntaxErrors.foreignStatement(at, word, foreign);
  if (statements.includes(word) || second?.tokenType === t.Assign)
    return syntaxErrors.misplacedKeyword(
      at,
      word,
      'Statements stand inside `workflow { … }`; at the top of a file there are only declarations.',
    );
  if (sections.includes(word))
    return syntaxErrors.misplacedKeyword(
      at,
      word,
      `\`${word}\` stands inside \`process name { … }\`. Is there a \`}\` too many before?`,
    );
  return syntaxErrors.unknownDeclaration(at, word, suggestions(word, declarations));
}

function sectionMistake(place: Place, first: Token): Diagnostic | undefined {
  const at = place.span(first);
  if (first.tokenType !== t.Identifier) return undefined;
  const word = first.image;
  const foreign = foreignSections.get(word);
  if (foreign !== undefined) return syntaxErrors.foreignStatement(at, word, foreign);
  const second = place.tokens[1];
  if (sections.includes(word) && second !== undefined) {
    return syntaxErrors.unexpected(place.span(second), {
      found: `${describe(place, second)} after \`${word}\``,
      help: `Write ${sectionForms.get(word) ?? word}.`,
    });
  }
  if (statements.includes(word))
    return syntaxErrors.misplacedKeyword(at, word, 'Statements stand inside `workflow { … }`.');
  if (declarations.includes(word))
    return syntaxErrors.misplacedKeyword(at, word, 'It stands at the top of the file. Is a `}` missing before?');
  return syntaxErrors.unknownSection(at, word, suggestions(word, sections));
}

function statementMistake(place: Place, first: Token): Diagnostic | undefined {
  const at = place.span(first);
  const second = place.tokens[1];
  if (first.tokenType !== t.Identifier && first.tokenType !== t.Key) return undefined;
  const word = first.image;
  const foreign = foreignStatements.get(word);
  if (foreign !== undefined && second?.tokenType !== t.Assign && second?.tokenType !== t.Dot)
    return syntaxErrors.foreignStatement(at, word, foreign);
  if (second?.tokenType === t.Assign) return syntaxErrors.missingLet(at, word);
  if (second?.tokenType === t.LParen || second?.tokenType === t.Dot || second?.tokenType === t.PipeTo) {
    return syntaxErrors.namelessStatement(at, word);
  }
  if (declarations.includes(word))
    return syntaxErrors.misplacedKeyword(at, word, 'It stands at the top of the file. Is a `}` missing before?');
  if (sections.includes(word))
    return syntaxErrors.misplacedKeyword(at, word, `\`${word}\` stands inside \`process name { … }\`.`);
  return syntaxErrors.unknownStatement(at, word, suggestions(word, statements));
}

function fieldMistake(place: Place, first: Token): Diagnostic | undefined {
  const second = place.tokens[1];
  if (first.tokenType === t.StringLiteral && second?.tokenType === t.Colon) {
    return syntaxErrors.unexpected(place.span(first), {
      found: 'a text',
      expected: 'a name',
      help: 'Names stand without quotes: `name: value`.',
    });
  }
  if (first.tokenType !== t.Identifier) return undefined;
  const hyphenated = hyphenName(place, 0);
  if (hyphenated !== undefined) return hyphenated;
  if (place.rule === 'entry') {
    return syntaxErrors.unexpected(place.span(second ?? first), {
      found: second === undefined ? 'the end of the line' : describe(place, second),
      expected: `\`:\` after \`${first.image}\``,
      help: `Write \`${first.image}: value\`.`,
    });
  }
  return syntaxErrors.missingColon(
    place.span(first),
    second?.tokenType === t.Identifier && fieldKinds.has(first.image) ? second.image : first.image,
  );
}

/** Nextflow's kinds of input, which are no types here. */
const fieldKinds = new Set(['path', 'val', 'file', 'tuple', 'env', 'stdin', 'each']);

// ---------------------------------------------------------------- after the first word

function headMistake(place: Place): Diagnostic | undefined {
  const { token, previous } = place;
  if (token === undefined) return undefined;
  const hyphenated = previous?.tokenType === t.Identifier ? hyphenName(place, place.index - 1) : undefined;
  if (
    hyphenated !== undefined &&
    (place.expected === '`{`' ||
      place.expected === '`=`' ||
      place.expected === '`:`' ||
      place.inside === 'workflow' ||
      place.inside === 'fieldBlock')
  )
    return hyphenated;
  if (place.expected === 'a name' && token.tokenType === t.NumberLiteral)
    return syntaxErrors.nameCharacters(place.span(token), place.text(token));
  if (place.inside === 'script') {
    if (token.tokenType === t.StringLiteral) return syntaxErrors.scriptText(place.span(token));
    if (token.tokenType === t.Block) {
      return syntaxErrors.unexpected(place.build.span(token.startOffset, token.startOffset + 3), {
        found: '`"""`',
        expected: 'the language of the script',
        help: 'Write `script bash """` or `script python """`.',
      });
    }
  }
  if (token.tokenType === t.Block) {
    return syntaxErrors.unexpected(place.build.span(token.startOffset, token.startOffset + 3), {
      found: '`"""`',
      help: 'Text over several lines stands only after `script` and `stub`; elsewhere write `\\n` in a text.',
    });
  }
  return undefined;
}

function hyphenName(place: Place, from: number): Diagnostic | undefined {
  const first = place.tokens[from];
  let last = first;
  for (let at = from + 1; at + 1 < place.tokens.length; at += 2) {
    const dash = place.tokens[at];
    const word = place.tokens[at + 1];
    if (dash?.image !== '-' || word === undefined || dash.startOffset !== last?.end || word.startOffset !== dash.end)
      break;
    if (word.tokenType !== t.Identifier && word.tokenType !== t.Key && word.tokenType !== t.NumberLiteral) break;
    last = word;
  }
  if (first === undefined || last === undefined || last === first) return undefined;
  const span = place.build.between(first, last);
  return syntaxErrors.nameCharacters(span, place.build.source.text.slice(span.start, span.end));
}

function operandMistake(place: Place): Diagnostic | undefined {
  const { token, previous } = place;
  if (token === undefined) return undefined;
  const at = place.span(token);
  switch (token.tokenType) {
    case t.Assign: {
      const before = place.at(-2);
      const isArgument =
        previous?.tokenType === t.Identifier && (before?.tokenType === t.LParen || before?.tokenType === t.Comma);
      if (isArgument && place.at(1)?.tokenType !== t.Assign) return namedByEquals(place, token, previous);
      return previous !== undefined && isOperandEnd(previous) && place.index > 1
        ? syntaxErrors.singleEquals(at)
        : undefined;
    }
    case t.Question:
      return syntaxErrors.ternary(at);
    case t.Bar:
      return place.ruleStack.includes('primaryType') || isTypePlace(place)
        ? syntaxErrors.unexpected(at, {
            found: '`|`',
            help: 'Only texts, numbers and `true`/`false` can be choices: `"max" | "mean"`. Give each type a parameter of its own.',
          })
        : syntaxErrors.singlePipe(at);
    case t.Arrow:
      return syntaxErrors.unexpected(at, { found: '`->`', help: noFunctions });
    case t.StringLiteral:
      return place.at(1)?.tokenType === t.Colon
        ? syntaxErrors.unexpected(at, {
            found: 'a text',
            expected: 'a name',
            help: 'Names stand without quotes: `name: value`.',
          })
        : undefined;
    case t.IfExpression:
      return previous === undefined
        ? undefined
        : syntaxErrors.unexpected(at, { found: '`if`', help: 'Write `if condition then a else b`.' });
    default:
      return undefined;
  }
}

const noFunctions =
  'There are no functions to write: a process called on a dataset runs once for each item, and `where`, `select` and `tag` take an expression over the item.';

function isOperandEnd(token: Token): boolean {
  return operandEnds.has(token.tokenType);
}

const operandEnds = new Set([t.Identifier, t.NumberLiteral, t.StringLiteral, t.BoolLiteral, t.RParen, t.RBracket]);

function namedByEquals(place: Place, token: Token, name: Token): Diagnostic {
  const found = syntaxErrors.unexpected(place.span(token), {
    found: '`=`',
    expected: `\`:\` after the argument's name`,
    help: `Write \`${name.image}: …\`.`,
  });
  return {
    ...found,
    fixes: [{ title: 'Replace `=` by `:`', edits: [{ at: place.build.span(name.end, token.end), text: ':' }] }],
  };
}

function isTypePlace(place: Place): boolean {
  const isField = place.rule === 'field' || place.rule === 'outputField' || place.rule === 'schemaField';
  return (
    (isField && !place.tokens.slice(0, place.index).some((token) => token.tokenType === t.Assign)) ||
    place.tokens[0]?.tokenType === t.Type
  );
}

// ---------------------------------------------------------------- everything else

function general(place: Place): Diagnostic {
  const { token, previous } = place;
  const expected = place.expected ?? expectedBy(place);
  if (token === undefined) {
    const after = previous === undefined ? '' : ` after ${describe(place, previous)}`;
    if (place.rule === 'hole')
      return syntaxErrors.unexpected(place.endSpan(), { found: '`}`', expected: `${expected}${after}` });
    return syntaxErrors.unfinished(place.endSpan(), { expected: `${expected}${after}`, ...helpFor(place, undefined) });
  }
  const at =
    token.tokenType === t.End
      ? place.build.span(token.startOffset, Math.max(token.end, token.startOffset + 1))
      : place.span(token);
  return syntaxErrors.unexpected(at, { found: describe(place, token), expected, ...helpFor(place, token) });
}

/** How the thing is written that the entry began with, or what the token is for that was found. */
function helpFor(place: Place, token: Token | undefined): { help?: string } {
  if (place.expected === '`else`')
    return { help: 'In an expression `if` gives a value in both cases: `if condition then a else b`.' };
  const first = place.tokens[0];
  const form =
    first === undefined
      ? undefined
      : place.index <= formReach
        ? (forms.get(first.image) ?? sectionForms.get(first.image))
        : undefined;
  if (token === undefined) return form === undefined ? {} : { help: `Write ${form}.` };
  if (token.tokenType === t.LBrace) return { help: noFunctions };
  if (isTypePlace(place) && token.image === '<')
    return { help: 'Only `Dataset<…>` takes `< >`. A list is written `Int[]`.' };
  if (token.tokenType === t.LBracket && place.inside === 'primaryType') return { help: 'A list is written `Int[]`.' };
  if (form !== undefined && token.tokenType !== t.Comma) return { help: `Write ${form}.` };
  if (token.tokenType === t.Colon)
    return { help: 'A `:` stands after the name of a field or an argument, and before the format in a text.' };
  if (token.tokenType === t.Comma) return { help: 'Remove the comma, or write what is missing before it.' };
  if (token.tokenType === t.Identifier && token.image === 'as')
    return { help: 'A type is not converted with `as`: write `int(x)`, `float(x)` or `str(x)`.' };
  if (token.tokenType === t.Identifier) return { help: 'Is an operator or a comma missing before it?' };
  return {};
}

function expectedBy(place: Place): string {
  switch (place.inside) {
    case 'primary':
    case 'operation':
    case 'postfix':
    case 'expression':
    case 'literal':
      return place.previous?.tokenType === t.Bar ? 'another choice' : 'a value';
    case 'primaryType':
    case 'type':
      return 'a type';
    case 'names':
      return 'a name, or names in ( )';
    case 'script':
      return place.previous?.tokenType === t.Script || place.previous?.tokenType === t.Stub
        ? 'the language of the script'
        : 'the script between two lines of `"""`, or `from` and its path';
    case 'choice':
      return '`{` or `if`';
    case 'imports':
      return '`{ names }`, `* as name` or `tool "file"`';
    case 'statement':
      return 'a statement';
    case 'section':
      return 'a part of the process';
    case 'item':
      return 'a declaration';
    default:
      return place.rule === 'hole' ? '`}`' : 'the end of the line';
  }
}

function describe(place: Place, token: Token): string {
  switch (token.tokenType) {
    case t.End:
      return token.image === ';' ? '`;`' : token.image === ',' ? 'a comma' : 'the end of the line';
    case t.StringLiteral:
      return 'a text';
    case t.Block:
      return 'a script';
    default: {
      const text = place.text(token) || token.image;
      return `\`${text.length > 30 ? `${text.slice(0, 29)}…` : text}\``;
    }
  }
}

function isOperatorLike(token: Token): boolean {
  return operatorLike.has(token.tokenType);
}

const operatorLike = new Set([t.Operator, t.Prefix, t.PipeTo, t.PlusPlus, t.Bar, t.Dot, t.DotDot, t.Cross]);

/** The form of an entry helps near its start; further in, what was found says more. */
const formReach = 3;

const forms = new Map([
  ['edition', '`edition 1`'],
  [
    'import',
    '`import { name } from "std/segment"`, `import * as name from "./file.bit"` or `import tool "x.xml" as name`',
  ],
  ['params', '`params { name: Type = default }`'],
  ['process', '`process name { … }`'],
  ['workflow', '`workflow { … }`, or `workflow name(raw: Dataset<Image>) -> { out: Dataset<Table> } { … }`'],
  ['type', '`type Name = Table(columns: { x: Float })`'],
  ['test', '`test "what it promises" { … }`'],
  ['let', '`let name = value`'],
  ['publish', '`publish name to "folder/{tag}.tif"`'],
  ['emit', '`emit name = value`'],
  ['assert', '`assert condition, "message"`'],
  ['expect', '`expect condition`'],
]);

const declarations = ['edition', 'import', 'params', 'process', 'workflow', 'type', 'test'];
const statements = ['let', 'publish', 'emit', 'assert', 'if', 'expect'];
const sections = [
  'input',
  'output',
  'uses',
  'files',
  'resources',
  'environment',
  'retry',
  'on_error',
  'limit',
  'cache',
  'label',
  'script',
  'stub',
  'exec',
];

const sectionForms = new Map([
  ['input', '`input { image: Image }`'],
  ['output', '`output { mask: Image = "mask.tif" }`'],
  ['uses', '`uses (tag.cell)`'],
  ['files', '`files ["scripts/"]`'],
  ['resources', '`resources { cpus: 2 }`'],
  ['environment', '`environment { pip: ["numpy"] }`'],
  ['retry', '`retry 2 on exit(137)`'],
  ['on_error', '`on_error finish`'],
  ['limit', '`limit 4`'],
  ['cache', '`cache off`'],
  ['label', '`label slow`'],
  ['script', '`script bash """`'],
  ['stub', '`stub bash """`'],
  ['exec', '`exec ["tool", input]`'],
]);

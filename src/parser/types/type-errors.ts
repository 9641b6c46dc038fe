import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { error, warning } from '../../diagnostics/make.ts';
import type { Span } from '../../diagnostics/span.ts';
import type { Expr } from '../graph/program.ts';
import { capital, listed, meant, replacing, sliceOf as slice } from '../names/wording.ts';
import type { Type } from './type.ts';
import { dimensionNames, typeText, unitsOf } from './type-text.ts';

const article = (text: string): string => (/^[aeiouAEIOU]/.test(text) ? `an ${text}` : `a ${text}`);
const one = (type: Type): string => article(typeText(type));
const declaredAt = (declared: Span | undefined): Pick<Diagnostic, 'related'> =>
  declared === undefined ? {} : { related: [{ at: declared, message: 'the type is declared here' }] };

export const typeErrors = {
  /** BIT2101. A value of one type where another is asked for. */
  mismatch: (
    at: Span,
    given: {
      readonly expected: Type;
      readonly found: Type;
      readonly where: string;
      readonly expr: Expr;
      readonly declared?: Span | undefined;
    },
  ): Diagnostic => {
    const advice = adviceFor(at, given);
    return error('BIT2101', at, {
      message: `${given.where} is ${one(given.expected)}, and this is ${one(given.found)}`,
      label: `${typeText(given.found)}, not ${typeText(given.expected)}`,
      ...declaredAt(given.declared),
      ...advice,
    });
  },
  /** BIT2102. A value outside the range, the union or the length that its type allows. */
  outside: (
    at: Span,
    given: {
      readonly value: string;
      readonly expected: Type;
      readonly where: string;
      readonly declared?: Span | undefined;
    },
  ): Diagnostic => {
    const type = given.expected.kind === 'optional' ? given.expected.of : given.expected;
    const words = type.kind === 'literals' ? type.values.map(String) : [];
    return error('BIT2102', at, {
      message: `${given.where} must be ${rangeWords(type)}, and this is ${given.value}`,
      label: `not ${typeText(type)}`,
      ...declaredAt(given.declared),
      ...meant(at, {
        word: given.value.replace(/^"|"$/g, ''),
        candidates: words,
        otherwise: `Give ${rangeWords(type).replace(/^in /, 'a value in ')}.`,
        write: (word) => JSON.stringify(word),
      }),
    });
  },
  /** BIT2103. An operator between values that it does not work on. */
  operands: (at: Span, given: { readonly operator: string; readonly left: Type; readonly right: Type }): Diagnostic =>
    error('BIT2103', at, {
      message: `\`${given.operator}\` does not work on ${one(given.left)} and ${one(given.right)}`,
      help: operandHelp(given),
    }),
  /** BIT2104. Some other type was expected by the language itself: a test, an index, `not`. */
  expected: (
    at: Span,
    given: { readonly expected: string; readonly found: Type; readonly where: string },
  ): Diagnostic =>
    error('BIT2104', at, {
      message: `${capital(given.where)} needs ${article(given.expected).replace(/^an? a /, 'a ')}, and this is ${one(given.found)}`,
      label: typeText(given.found),
      help:
        given.expected === 'Bool'
          ? 'Write a comparison, such as `x > 0` or `name == "a"`.'
          : `Write something that gives ${article(given.expected).replace(/^an? a /, 'a ')}.`,
    }),
  /** BIT2105. A value that may be absent is used as if it were there. */
  maybeAbsent: (at: Span, given: { readonly type: Type; readonly path: string | undefined }): Diagnostic =>
    error('BIT2105', at, {
      message: `${given.path === undefined ? 'This value' : `\`${given.path}\``} may be absent: it is ${one(given.type)}`,
      help: `Give what to use instead, \`${slice(at)} ?? …\`, or test it first: \`if present(${slice(at)}) then … else …\`.`,
    }),
  /** BIT2106. `??` or `present` on something that is always there. */
  neverAbsent: (at: Span, given: { readonly type: Type }): Diagnostic =>
    warning('BIT2106', at, {
      message: `This is always there (${typeText(given.type)}), so what stands after \`??\` is never used`,
      help: 'Leave `??` and what follows out.',
    }),
  alwaysPresent: (at: Span, given: { readonly type: Type }): Diagnostic =>
    warning('BIT2106', at, {
      message: `\`present\` is always true here: this is ${one(given.type)}, which is never absent`,
      help: 'Leave the test out, or make the type optional with `?`.',
    }),
  /** BIT2107. Branches or elements without a type in common. */
  branches: (at: Span, given: { readonly first: Type; readonly second: Type; readonly what: string }): Diagnostic =>
    error('BIT2107', at, {
      message: `${capital(given.what)} must be of one type, and these are ${one(given.first)} and ${one(given.second)}`,
      label: typeText(given.second),
      help: 'Make both the same type, for example with `str(…)` or `float(…)`.',
    }),
  /** BIT2109. A member that the value's type does not have. */
  noMember: (
    at: Span,
    given: { readonly name: string; readonly type: Type; readonly candidates: readonly string[] },
  ): Diagnostic => {
    const have = given.candidates.length === 0 ? 'It has none.' : `It has ${listed(given.candidates)}.`;
    return error('BIT2109', at, {
      message: `${capital(one(given.type))} has no \`${given.name}\``,
      ...meant(at, { word: given.name, candidates: given.candidates, otherwise: have }),
    });
  },
  /** BIT2110. Wrong arguments of a built-in function. */
  functionArguments: (
    at: Span,
    given: { readonly function: string; readonly usage: string; readonly found: string },
  ): Diagnostic =>
    error('BIT2110', at, {
      message: `\`${given.function}\` cannot be called with (${given.found})`,
      help: `Write \`${given.usage}\`.`,
    }),
  namedArgument: (at: Span, given: { readonly name: string; readonly function: string }): Diagnostic =>
    error('BIT2110', at, {
      message: `\`${given.function}\` has no named arguments, so \`${given.name}:\` means nothing here`,
      help: `Leave \`${given.name}:\` out; the arguments go by their order.`,
    }),
  /** BIT2111. `each` outside the arguments of a process. */
  eachHere: (at: Span, _given: object): Diagnostic =>
    error('BIT2111', at, {
      message: '`each` stands before an argument of a process or sub-workflow only',
      help: 'Write it in the call that should run once for each: `blur(image, sigma: each [1.0, 2.0])`.',
    }),
  /** BIT2112. A form for datasets in an expression over values. */
  datasetFormHere: (at: Span, given: { readonly form: string }): Diagnostic =>
    error('BIT2112', at, {
      message: `\`${given.form}\` works on datasets, and here stands an expression over values`,
      help: 'Make the dataset in a `let` of the workflow, and use its name here.',
    }),
  /** BIT2113. Several values in parentheses, a range or columns where one value is meant. */
  tuple: (at: Span, _given: object): Diagnostic =>
    error('BIT2113', at, {
      message: 'One value is expected here, and the parentheses hold none or several',
      help: 'Write a list, `[a, b]`, or a record, `{ x: a, y: b }`.',
    }),
  rangeAlone: (at: Span, _given: object): Diagnostic =>
    error('BIT2113', at, {
      message: 'A range stands only after `in`',
      help: 'Write `x in 1..5` to test one, `Int in 1..5` as a type, `range(1, 6)` for the list.',
    }),
  schemaAlone: (at: Span, _given: object): Diagnostic =>
    error('BIT2113', at, {
      message: 'Columns with their types stand only in `sheet`, `rows` and the like',
      help: 'A record of values is written `{ x: a, y: b }`.',
    }),
  /** BIT2114. A file, a list or a record inside a text. */
  fileInText: (at: Span, given: { readonly type: Type }): Diagnostic =>
    error('BIT2114', at, {
      message: `${capital(one(given.type))} has no text of its own`,
      help: `Write what of it is meant: \`{${slice(at)}.name}\`, \`{${slice(at)}.stem}\` or \`{${slice(at)}.ext}\`.`,
    }),
  noText: (at: Span, given: { readonly type: Type }): Diagnostic =>
    error('BIT2114', at, {
      message: `${capital(one(given.type))} cannot be written into a text`,
      help: given.type.kind === 'record' ? 'Name one of its fields.' : 'Name one of its elements, or its `len(…)`.',
    }),
  /** BIT2115. A format that does not fit its value. */
  badFormat: (at: Span, given: { readonly format: string; readonly problem: string }): Diagnostic =>
    error('BIT2115', at, {
      message: `The format \`${given.format}\` does not fit: ${given.problem}`,
      help: 'Formats are `04` (zeros to width 4), `.2f` (two decimals), `>8` (to the right in 8).',
    }),
  /** BIT2116. A regular expression that is none. */
  badRegex: (at: Span, given: { readonly problem: string }): Diagnostic =>
    error('BIT2116', at, {
      message: `This is not a regular expression: ${given.problem}`,
      help: 'Write it as a raw text, `r"[A-H]\\d+"`, and escape `( ) [ ] { } . * + ? ^ $ |` with `\\` where they stand for themselves.',
    }),
  /** BIT2117. A comparison that can never hold. */
  neverEqual: (
    at: Span,
    given: { readonly value: string; readonly values: readonly (string | number)[] },
  ): Diagnostic =>
    error('BIT2117', at, {
      message: `It is never ${given.value}: it is one of ${listed(given.values.map((value) => JSON.stringify(value)))}`,
      ...meant(at, {
        word: given.value.replace(/^"|"$/g, ''),
        candidates: given.values.map(String),
        otherwise: 'Compare with one of those.',
        write: (word) => JSON.stringify(word),
      }),
    }),
  /** BIT2118. `|>` into something that is no call. */
  pipeTarget: (at: Span, _given: object): Diagnostic =>
    error('BIT2118', at, {
      message: 'After `|>` stands a call, which gets the left side as its first argument',
      help: 'Write `images |> deskew(angle: 30 deg)`.',
    }),
  /** BIT2119. A whole number beyond what can be kept exactly. */
  intTooLarge: (at: Span, given: { readonly text: string }): Diagnostic =>
    error('BIT2119', at, {
      message: `${given.text} is too large for an Int`,
      help: 'Ints go to 9007199254740991; write a Float, `1e20`, or a Str.',
    }),

  /** BIT2120. A path or pattern where a file or dataset is meant. */
  textForFile: (
    at: Span,
    given: {
      readonly where: string;
      readonly type: string;
      readonly function: 'file' | 'files';
      readonly declared?: Span | undefined;
    },
  ): Diagnostic => {
    const fix = `${given.function}(${slice(at)})`;
    return error('BIT2120', at, {
      message: `${capital(given.where)} is ${article(given.type)}, and this is a text`,
      ...declaredAt(given.declared),
      help: `A ${given.function === 'files' ? 'pattern is made a dataset' : 'path is made a file'} by \`${fix}\`.`,
      ...replacing(at, fix),
    });
  },

  // -------------------------------------------------------------- types as written
  /** BIT2130. A type that does not exist. */
  unknownType: (at: Span, given: { readonly name: string; readonly candidates: readonly string[] }): Diagnostic => {
    const other = Object.hasOwn(otherNames, given.name.toLowerCase())
      ? otherNames[given.name.toLowerCase()]
      : undefined;
    return error('BIT2130', at, {
      message: `There is no type called \`${given.name}\``,
      ...(other === undefined
        ? meant(at, {
            word: given.name,
            candidates: given.candidates,
            otherwise: `The types are ${listed(given.candidates)}.`,
          })
        : { help: `Did you mean \`${other}\`?`, ...replacing(at, other) }),
    });
  },
  /** BIT2131. A refinement that the type does not know. */
  refinement: (
    at: Span,
    given: { readonly type: string; readonly problem: string; readonly help: string },
  ): Diagnostic => error('BIT2131', at, { message: `\`${given.type}\` ${given.problem}`, help: given.help }),
  /** BIT2132. A range on a type without one, or with ends that do not fit. */
  badRange: (at: Span, given: { readonly problem: string; readonly help: string; readonly fix?: string }): Diagnostic =>
    error('BIT2132', at, {
      message: given.problem,
      help: given.help,
      ...(given.fix === undefined
        ? {}
        : { fixes: [{ title: `Write \`${given.fix}\``, edits: [{ at, text: given.fix }] }] }),
    }),
  /** BIT2133. A union of something other than literals of one kind. */
  badUnion: (at: Span, given: { readonly problem: string }): Diagnostic =>
    error('BIT2133', at, {
      message: given.problem,
      help: 'A union lists texts or numbers that may be given: `"max" | "mean"`, `8 | 16`.',
    }),
  /** BIT2134. A type that cannot stand in this place. */
  typeNotHere: (
    at: Span,
    given: { readonly type: string; readonly where: string; readonly help: string },
  ): Diagnostic => error('BIT2134', at, { message: `\`${given.type}\` cannot be ${given.where}`, help: given.help }),
  /** BIT2135. A type that is made of itself. */
  recursiveType: (at: Span, given: { readonly loop: readonly string[] }): Diagnostic =>
    error('BIT2135', at, {
      message: `The type is made of itself: ${given.loop.join(' → ')}`,
      help: 'Types are finite; write out what one of them holds.',
    }),
};

/** Names that people bring from other languages. */
const otherNames: Readonly<Record<string, string>> = {
  string: 'Str',
  str: 'Str',
  text: 'Text',
  integer: 'Int',
  int: 'Int',
  number: 'Float',
  double: 'Float',
  float: 'Float',
  boolean: 'Bool',
  bool: 'Bool',
  path: 'File',
  file: 'File',
  directory: 'Dir',
  folder: 'Dir',
  dir: 'Dir',
  csv: 'Table',
  tsv: 'Table',
  dataframe: 'Table',
  table: 'Table',
  tiff: 'Image',
  tif: 'Image',
  image: 'Image',
  time: 'Duration',
  bytes: 'Size',
  memory: 'Size',
  size: 'Size',
  json: 'Json',
  channel: 'Dataset',
  dataset: 'Dataset',
  any: 'File',
};

function adviceFor(
  at: Span,
  given: { readonly expected: Type; readonly found: Type; readonly expr: Expr; readonly where: string },
): Pick<Diagnostic, 'help' | 'fixes'> {
  const expected = given.expected.kind === 'optional' ? given.expected.of : given.expected;
  const { found, expr } = given;
  const text = slice(at);
  if (found.kind === 'optional') {
    return {
      help: `It may be absent. Give what to use instead, \`${text} ?? …\`, or test it with \`present(${text})\`.`,
    };
  }
  if (expected.kind === 'quantity') {
    const names = listed(unitsOf(expected.dimension), 'or');
    if (found.kind === 'quantity') {
      if (found.dimension !== expected.dimension) {
        return {
          help: `${capital(one({ kind: 'quantity', dimension: found.dimension }))} cannot be ${one({ kind: 'quantity', dimension: expected.dimension })}. The units of ${dimensionNames[expected.dimension]} are ${names}.`,
        };
      }
      return { help: `Give ${rangeWords(expected).replace(/^in /, 'a value in ')}.` };
    }
    if (expr.kind === 'const' && typeof expr.value === 'number') {
      const unit = { duration: 'min', size: 'GB', length: 'um', angle: 'deg' }[expected.dimension];
      return {
        help: `Write the unit, for example \`${text} ${unit}\`. The units of ${dimensionNames[expected.dimension]} are ${names}.`,
      };
    }
    return { help: `Give ${one(expected)}, with a unit: ${names}.` };
  }
  if (found.kind === 'quantity' && (expected.kind === 'int' || expected.kind === 'float')) {
    return {
      help: `Leave the unit out, or divide by one unit to get the number: \`${text} / (1 ${unitsOf(found.dimension)[0]})\`.`,
    };
  }
  if (expected.kind === 'file') {
    if (found.kind === 'str') {
      const fix = `file(${text})`;
      return {
        help: `A path is made a file by \`${fix}\`.`,
        fixes: [{ title: `Write \`${fix}\``, edits: [{ at, text: fix }] }],
      };
    }
    if (found.kind === 'list')
      return { help: 'One file goes to each task; a list goes to an input of a list type, such as `Image[]`.' };
    if (found.kind === 'record')
      return {
        help: `Name the field that is meant: ${listed(
          found.fields.map((field) => `\`.${field.name}\``),
          'or',
        )}.`,
      };
    if (found.kind === 'file' && found.format === 'File')
      return {
        help: `Any file may be a File, not the other way round: declare the source as \`${typeText(expected)}\`.`,
      };
  }
  if (expected.kind === 'list' && found.kind !== 'list') return { help: `Write a list: \`[${text}]\`.` };
  if ((expected.kind === 'int' || expected.kind === 'float') && found.kind === 'str') {
    if (expr.kind === 'const') return { help: `Write a number, without quotes.` };
    return { help: `Read the number from the text with \`${expected.kind}(${text})\`.` };
  }
  if (expected.kind === 'int' && found.kind === 'float')
    return { help: `Make it whole with \`round(${text})\`, \`floor(${text})\` or \`ceil(${text})\`.` };
  if (expected.kind === 'str' && (found.kind === 'int' || found.kind === 'float' || found.kind === 'bool')) {
    return { help: `Make it a text: \`str(${text})\`.` };
  }
  if (expected.kind === 'bool') return { help: 'Write `true`, `false` or a comparison.' };
  if (expected.kind === 'literals')
    return { help: `Give one of ${listed(expected.values.map((value) => JSON.stringify(value)))}.` };
  return { help: `Give ${one(expected)}.` };
}

function operandHelp(given: { readonly operator: string; readonly left: Type; readonly right: Type }): string {
  const { operator, left, right } = given;
  if (left.kind === 'quantity' && right.kind === 'quantity') {
    return left.dimension === right.dimension
      ? `Two ${dimensionNames[left.dimension]}s can be added, subtracted, compared and divided.`
      : `The units of ${dimensionNames[left.dimension]} are ${listed(unitsOf(left.dimension))}; those of ${dimensionNames[right.dimension]} are ${listed(unitsOf(right.dimension))}.`;
  }
  if (left.kind === 'quantity' || right.kind === 'quantity') {
    const quantityType = left.kind === 'quantity' ? left : right;
    const units = quantityType.kind === 'quantity' ? listed(unitsOf(quantityType.dimension), 'or') : '';
    return `Give both sides a unit (${units}), or multiply and divide by a plain number.`;
  }
  if (operator === '+' && (left.kind === 'str' || right.kind === 'str'))
    return 'Make a text of both: `"{a}{b}"` or `str(…)`.';
  if (operator === 'and' || operator === 'or') return 'Both sides are tests, such as `x > 0`.';
  if (operator === '~') return 'On the left stands a text, on the right a regular expression: `name ~ r"^A\\d+"`.';
  if (operator === 'in') return 'On the right stands a list or a range: `x in [1, 2]`, `x in 1..5`.';
  if (left.kind === 'file' || right.kind === 'file')
    return 'Compare what you know of the file: `.size`, `.name`, `.stem`, `.shape`.';
  return 'Both sides must be of one kind: numbers, texts or amounts of one unit.';
}

function rangeWords(type: Type): string {
  const text = typeText(type);
  if (type.kind === 'literals') return `one of ${listed(type.values.map((value) => JSON.stringify(value)))}`;
  if (type.kind === 'list' && type.min !== undefined) return `a list of at least ${type.min}`;
  const range = text.indexOf(' in ');
  return range === -1 ? article(text) : `in ${text.slice(range + 4)}`;
}

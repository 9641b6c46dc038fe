import type { Diagnostic, Fix } from '../../diagnostics/diagnostic.ts';
import { error, warning } from '../../diagnostics/make.ts';
import type { Span } from '../../diagnostics/span.ts';
import { alternatives } from '../../diagnostics/suggest.ts';

export { explanations } from './syntax-explanations.ts';

function replace(title: string, at: Span, text: string): readonly Fix[] {
  return [{ title, edits: [{ at, text }] }];
}

function insertAt(title: string, at: Span, text: string): readonly Fix[] {
  return replace(title, { ...at, end: at.start }, text);
}

const meanings = (near: readonly string[], otherwise: string): string =>
  near.length === 0 ? otherwise : `Did you mean ${alternatives(near)}?`;

/** Everything that can be wrong with the text itself; the words of BIT1001 to BIT1099. */
export const syntaxErrors = {
  /** BIT1001. The file holds bytes that no text has. */
  notText: (at: Span): Diagnostic =>
    error('BIT1001', at, {
      message: 'This file is not text',
      help: 'A pipeline is a UTF-8 text file. Check the path: images and other data are read by sources such as files("…").',
    }),

  /** BIT1002. */
  unclosedString: (at: Span): Diagnostic =>
    error('BIT1002', at, {
      message: 'This text is never closed',
      label: 'starts here, and the line ends before another `"`',
      help: 'Close it with `"` on the same line. For a line break inside a text write `\\n`.',
    }),

  /** BIT1003. */
  unclosedBlock: (at: Span, quotes: number): Diagnostic =>
    error('BIT1003', at, {
      message: 'This script is never closed',
      label: 'starts here',
      help: `End the script with a line that holds only ${'"'.repeat(quotes)}`,
    }),

  /** BIT1004. */
  unclosedComment: (at: Span): Diagnostic =>
    error('BIT1004', at, {
      message: 'This comment is never closed',
      label: 'starts here',
      help: 'End it with `*/`, or begin each line of it with `//`.',
    }),

  /** BIT1005. */
  unclosedBracket: (at: Span, opener: string, closer: string): Diagnostic =>
    error('BIT1005', at, {
      message: `This \`${opener}\` is never closed`,
      label: 'opened here',
      help: `Write the \`${closer}\` that belongs to it.`,
    }),

  /** BIT1006. */
  unexpectedCloser: (
    at: Span,
    found: string,
    expected: { readonly closer: string; readonly opener: Span } | undefined,
  ): Diagnostic =>
    expected === undefined
      ? error('BIT1006', at, {
          message: `This \`${found}\` closes nothing`,
          help: `Remove it, or open a bracket before it.`,
          fixes: replace(`Remove \`${found}\``, at, ''),
        })
      : error('BIT1006', at, {
          message: `Expected \`${expected.closer}\` here, found \`${found}\``,
          related: [{ at: expected.opener, message: 'to close this' }],
          help: `Write \`${expected.closer}\`.`,
          fixes: replace(`Replace it by \`${expected.closer}\``, at, expected.closer),
        }),

  /** BIT1007. */
  strayCharacters: (at: Span, found: string): Diagnostic =>
    error('BIT1007', at, {
      message: `\`${printable(found)}\` has no meaning here`,
      help: found.startsWith('$')
        ? 'Names are written as they are, without `$`.'
        : found === '`'
          ? 'Texts stand in double quotes, a script between two lines of `"""`.'
          : found.startsWith('\\')
            ? 'A line goes on by itself inside ( ) and [ ], and where it ends in an operator or a comma.'
            : found === '^'
              ? 'The power of a number is written `**`.'
              : 'Remove it, or put it in double quotes if it is part of a text.',
    }),

  /** BIT1008. */
  unknownUnit: (at: Span, name: string, near: readonly string[]): Diagnostic =>
    error('BIT1008', at, {
      message: `There is no unit called \`${name}\``,
      help: `${near.length === 0 ? '' : `Did you mean ${alternatives(near)}? `}Units are ms s min h d (time), B KB MB GB TB KiB MiB GiB TiB (size), nm um mm (length), deg rad (angle).`,
      ...(near.length === 1 && near[0] !== undefined
        ? { fixes: replace(`Replace \`${name}\` by \`${near[0]}\``, at, near[0]) }
        : {}),
    }),

  /** BIT1009. */
  singleQuotes: (at: Span, content: string): Diagnostic =>
    error('BIT1009', at, {
      message: 'Texts are written in double quotes',
      help: `Write "${content.replaceAll('"', '\\"')}".`,
      fixes: replace('Use double quotes', at, `"${content.replaceAll('"', '\\"')}"`),
    }),

  /** BIT1009. */
  typographicQuotes: (at: Span, content: string): Diagnostic =>
    error('BIT1009', at, {
      message: 'These are typographic quotes',
      help: 'Texts are written in plain double quotes, `"`.',
      fixes: replace('Use plain quotes', at, `"${content}"`),
    }),

  /** BIT1010. */
  foreignSpelling: (at: Span, found: string, meant: string): Diagnostic =>
    error('BIT1010', at, {
      message: `\`${found}\` is written \`${meant}\` here`,
      help: `Write \`${meant}\`.`,
      fixes: replace(`Replace \`${found}\` by \`${meant}\``, at, meant === 'not' ? 'not ' : meant),
    }),

  /** BIT1011. */
  hashComment: (at: Span): Diagnostic =>
    error('BIT1011', at, {
      message: 'Comments begin with `//`',
      help: 'Write `//` instead of `#`. Inside a script `#` is free.',
      fixes: replace('Replace `#` by `//`', at, '//'),
    }),

  /** BIT1012. */
  nameCharacters: (at: Span, name: string): Diagnostic => {
    const plain = plainName(name);
    return error('BIT1012', at, {
      message: `\`${name}\` cannot be a name`,
      help: `Names are made of the letters a to z, digits and \`_\`, and do not begin with a digit${plain === undefined ? '.' : `: \`${plain}\`.`}`,
      ...(plain === undefined ? {} : { fixes: replace(`Rename to \`${plain}\``, at, plain) }),
    });
  },

  /** BIT1013. */
  missingComma: (at: Span, before: string): Diagnostic =>
    error('BIT1013', at, {
      message: `A comma is missing before \`${before}\``,
      help: 'Write a comma between the two.',
      fixes: insertAt('Insert a comma', at, ','),
    }),

  /** BIT1014. */
  tooDeep: (at: Span, what: string): Diagnostic =>
    error('BIT1014', at, {
      message: `${what}`,
      help: 'Give parts of it names with `let`, and use those.',
    }),

  /** BIT1015. The general case: something else was needed here. */
  unexpected: (
    at: Span,
    wording: { readonly found: string; readonly expected?: string; readonly help?: string },
  ): Diagnostic =>
    error('BIT1015', at, {
      message:
        wording.expected === undefined
          ? `${wording.found} makes no sense here`
          : `Expected ${wording.expected} here, found ${wording.found}`,
      help: wording.help ?? '`bit explain BIT1015` shows how each part of a pipeline is written.',
    }),

  /** BIT1016. */
  unfinished: (at: Span, wording: { readonly expected: string; readonly help?: string }): Diagnostic =>
    error('BIT1016', at, {
      message: `Expected ${wording.expected} before the line ends`,
      help: wording.help ?? 'A line goes on only inside ( ) and [ ], or where it ends in an operator or a comma.',
    }),

  /** BIT1017. */
  missingLet: (at: Span, name: string): Diagnostic =>
    error('BIT1017', at, {
      message: `\`${name}\` is given a value without \`let\``,
      help: `Write \`let ${name} = …\`.`,
      fixes: insertAt('Insert `let`', at, 'let '),
    }),

  /** BIT1018. */
  paramsAssignment: (at: Span, name: string): Diagnostic =>
    error('BIT1018', at, {
      message: 'Parameters are declared together, with their types',
      help: `Write \`params { ${name}: Type = … }\`, for example \`params { ${name}: Dataset<Image> = files("data/{cell}.tif") }\`.`,
    }),

  /** BIT1019. */
  foreignStatement: (at: Span, word: string, help: string): Diagnostic =>
    error('BIT1019', at, { message: `There is no \`${word}\` in this language`, help }),

  /** BIT1020. */
  chainedComparison: (
    at: Span,
    parts: {
      readonly left: string;
      readonly first: string;
      readonly middle: string;
      readonly second: string;
      readonly right: string;
    },
  ): Diagnostic => {
    const { left, first, middle, second, right } = parts;
    const written = `${left} ${first} ${middle} and ${middle} ${second} ${right}`;
    return error('BIT1020', at, {
      message: 'Comparisons cannot be chained',
      help: `Write \`${written}\`, or use a range: \`x in 0..10\`.`,
      fixes: replace('Split into two comparisons', at, written),
    });
  },

  /** BIT1021. */
  singleEquals: (at: Span): Diagnostic =>
    error('BIT1021', at, {
      message: '`=` gives a value; `==` compares',
      help: 'Write `==`.',
      fixes: replace('Replace `=` by `==`', at, '=='),
    }),

  /** BIT1022. */
  ternary: (at: Span): Diagnostic =>
    error('BIT1022', at, {
      message: '`?` chooses nothing here',
      help: 'Write `if condition then a else b`, or `x ?? default` for a value that may be absent.',
    }),

  /** BIT1023. */
  singlePipe: (at: Span): Diagnostic =>
    error('BIT1023', at, {
      message: '`|` stands between the texts of a type; data is passed on with `|>`',
      help: 'Write `|>`.',
      fixes: replace('Replace `|` by `|>`', at, '|>'),
    }),

  /** BIT1024. */
  unknownSection: (at: Span, word: string, near: readonly string[]): Diagnostic =>
    error('BIT1024', at, {
      message: `\`${word}\` is not part of a process`,
      help: meanings(
        near,
        'A process has input, output, uses, files, resources, environment, retry, on_error, limit, cache, label, script, exec and stub.',
      ),
      ...(near.length === 1 && near[0] !== undefined
        ? { fixes: replace(`Replace \`${word}\` by \`${near[0]}\``, at, near[0]) }
        : {}),
    }),

  /** BIT1025. */
  unknownDeclaration: (at: Span, word: string, near: readonly string[]): Diagnostic =>
    error('BIT1025', at, {
      message: `\`${word}\` cannot stand at the top of a file`,
      help: meanings(
        near,
        'A file holds edition, import, params, process, workflow, type and test; statements such as let and publish stand inside `workflow { … }`.',
      ),
      ...(near.length === 1 && near[0] !== undefined
        ? { fixes: replace(`Replace \`${word}\` by \`${near[0]}\``, at, near[0]) }
        : {}),
    }),

  /** BIT1026. */
  unknownStatement: (at: Span, word: string, near: readonly string[]): Diagnostic =>
    error('BIT1026', at, {
      message: `A statement cannot begin with \`${word}\``,
      help: meanings(near, 'Statements begin with let, publish, emit, assert or if; in a test also with expect.'),
      ...(near.length === 1 && near[0] !== undefined
        ? { fixes: replace(`Replace \`${word}\` by \`${near[0]}\``, at, near[0]) }
        : {}),
    }),

  /** BIT1026. */
  namelessStatement: (at: Span, word: string): Diagnostic =>
    error('BIT1026', at, {
      message: `Nothing becomes of what \`${word}\` gives`,
      help: `Give it a name, \`let name = ${word}…\`, or publish it: \`publish ${word}… to "folder/{tag}.tif"\`.`,
    }),

  /** BIT1027. */
  numberForm: (at: Span, found: string, meant: string): Diagnostic =>
    error('BIT1027', at, {
      message: `Numbers are not written \`${found}\``,
      help: `Write \`${meant}\`.`,
      fixes: replace(`Replace by \`${meant}\``, at, meant),
    }),

  /** BIT1028. */
  plainText: (at: Span, problem: string): Diagnostic =>
    error('BIT1028', at, {
      message: 'Only a plain text can stand here',
      label: problem,
      help: 'Write it out, with `\\{` for a brace.',
    }),

  /** BIT1029. */
  dollarBrace: (at: Span, hole: string): Diagnostic =>
    warning('BIT1029', at, {
      message: 'This puts a `$` before the value',
      help: `A value is inserted by braces alone: \`{${hole}}\`. Write \`\\u{24}{${hole}}\` if the \`$\` is meant.`,
      fixes: replace('Remove the `$`', { ...at, end: at.start + 1 }, ''),
    }),

  /** BIT1030. */
  blockQuotes: (at: Span): Diagnostic =>
    error('BIT1030', at, {
      message: 'A script starts on the line after its opening quotes',
      help: 'End the line after `"""`, write the script on lines of its own, and close it with a line that holds only `"""`.',
    }),

  /** BIT1030. */
  scriptText: (at: Span): Diagnostic =>
    error('BIT1030', at, {
      message: 'A script is not a text in quotes',
      help: 'Write it between two lines of `"""`, or name its file: `script bash from "scripts/x.sh"`.',
    }),

  /** BIT1031. */
  divisionComment: (at: Span): Diagnostic =>
    warning('BIT1031', at, {
      message: '`//` begins a comment: what follows is not computed',
      help: 'For whole division write `floor(a / b)`.',
    }),

  /** BIT1032. */
  stringPrefix: (at: Span, prefix: string): Diagnostic =>
    error('BIT1032', at, {
      message: `A text takes no \`${prefix}\` in front`,
      help: 'Every text inserts values with `{name}`; `r"…"` is one in which nothing is special.',
      fixes: replace(`Remove \`${prefix}\``, at, ''),
    }),

  /** BIT1033. */
  missingColon: (at: Span, name: string): Diagnostic =>
    error('BIT1033', at, {
      message: `A \`:\` and a type belong after \`${name}\``,
      help: `Write \`${name}: Type\`, for example \`${name}: Image\`.`,
    }),

  /** BIT1034. */
  missingOutputPath: (at: Span, name: string): Diagnostic =>
    error('BIT1034', at, {
      message: `Where the process writes \`${name}\` is missing`,
      help: `Write its path in the task's directory: \`${name}: Image = "${name}.tif"\`, or \`= stdout\`.`,
    }),

  /** BIT1035. */
  rangeExpected: (at: Span): Diagnostic =>
    error('BIT1035', at, {
      message: 'Expected a range after `in`',
      help: 'Write `Int in 1..200`, or a choice of texts as `"a" | "b"`.',
    }),

  /** BIT1036. */
  lineStart: (at: Span, found: string): Diagnostic =>
    error('BIT1036', at, {
      message: `A line cannot begin with \`${found}\``,
      help: `Put \`${found}\` at the end of the line before, or the whole expression in ( ).`,
    }),

  /** BIT1037. */
  misplacedKeyword: (at: Span, word: string, help: string): Diagnostic =>
    error('BIT1037', at, { message: `\`${word}\` cannot stand here`, help }),

  /** BIT1038. */
  emptyComma: (at: Span): Diagnostic =>
    error('BIT1038', at, {
      message: 'Nothing stands before this comma',
      help: 'Remove the comma, or write what is missing before it.',
      fixes: replace('Remove the comma', at, ''),
    }),
};

function printable(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f]/g,
    (character) => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
}

/** The name without accents and hyphens, where that leaves a name. */
function plainName(name: string): string | undefined {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replaceAll('ß', 'ss')
    .replace(/[^A-Za-z0-9_]+/g, '_')
    .replace(/^_+|_+$/g, '');
  return /^[A-Za-z]/.test(plain) ? plain : undefined;
}

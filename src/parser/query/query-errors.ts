import type { Diagnostic, Explanation } from '../../diagnostics/diagnostic.ts';
import { error } from '../../diagnostics/make.ts';
import type { Span } from '../../diagnostics/span.ts';
import { didYouMean } from '../../diagnostics/suggest.ts';
import type { FieldType } from './properties.ts';

/** What can be wrong with a condition over items and published files: BIT5360 to BIT5369. */
export const queryErrors = {
  /** BIT5360. */
  notACondition: (at: Span): Diagnostic =>
    error('BIT5360', at, {
      message: 'This is not a condition over tags and properties',
      help: 'For example `cell == "A3" and time < 10 and kind == "tracks"`.',
    }),
  /** BIT5360. */
  singleEquals: (at: Span, given: { readonly left: string; readonly right: string }): Diagnostic =>
    error('BIT5360', at, {
      message: given.right.startsWith('~')
        ? 'A regular expression is written behind `~`'
        : 'A comparison is written `==`',
      help: given.right.startsWith('~')
        ? `\`${given.left.trimEnd()} ~ ${given.right.slice(1).trimStart()}\``
        : `\`${given.left.trimEnd()} == ${given.right.trimStart()}\``,
    }),
  /** BIT5360. */
  noField: (at: Span): Diagnostic =>
    error('BIT5360', at, {
      message: 'One side of a comparison is a tag or property',
      help: 'For example `cell == "A3"`.',
    }),
  /** BIT5360. */
  notBool: (at: Span, given: { readonly field: string; readonly type: FieldType }): Diagnostic =>
    error('BIT5360', at, {
      message: `\`${given.field}\` is not true or false by itself`,
      help:
        given.type === 'sizes'
          ? `Compare one of them, \`${given.field}.x < 0.2 um\`, or ask \`present(${given.field})\`.`
          : `Compare it: \`${given.field} == …\``,
    }),

  /** BIT5361. */
  unknown: (
    at: Span,
    given: { readonly name: string; readonly tags: readonly string[]; readonly properties: readonly string[] },
  ): Diagnostic =>
    error('BIT5361', at, {
      message: `There is no tag or property \`${given.name}\``,
      help: didYouMean(
        given.name,
        [...given.tags, ...given.properties],
        [
          given.tags.length === 0 ? 'Nothing has tags yet.' : `Tags: ${given.tags.join(', ')}.`,
          ...(given.properties.length === 0 ? [] : [`Properties: ${given.properties.join(', ')}.`]),
        ].join(' '),
      ),
    }),
  /** BIT5361. */
  notAField: (at: Span): Diagnostic =>
    error('BIT5361', at, {
      message: 'A tag or property stands here',
      help: 'For example `cell`, `tag.cell`, `kind`, `size`, `image.axes`, `pixel_size.x`.',
    }),

  /** BIT5362. */
  both: (at: Span, given: { readonly name: string }): Diagnostic =>
    error('BIT5362', at, {
      message: `\`${given.name}\` is a tag and a property`,
      help: `Write \`tag.${given.name}\` or \`it.${given.name}\`.`,
    }),

  /** BIT5363. A comparison that nothing can ever meet is a mistake, not an empty answer. */
  otherType: (
    at: Span,
    given: { readonly field: string; readonly wanted: 'string' | 'number' | 'boolean'; readonly text: string },
  ): Diagnostic =>
    error('BIT5363', at, {
      message: `\`${given.field}\` is ${{ string: 'a text', number: 'a number', boolean: 'true or false' }[given.wanted]}`,
      help: {
        string: `Write it in quotes: \`"${given.text}"\`.`,
        number: 'Write a number without quotes.',
        boolean: 'Write `true` or `false`.',
      }[given.wanted],
    }),
  /** BIT5363. */
  isAList: (at: Span, given: { readonly field: string; readonly example: string }): Diagnostic =>
    error('BIT5363', at, {
      message: `\`${given.field}\` is a list`,
      help: `For example \`${given.example} in ${given.field}\` or \`len(${given.field}) == 3\`.`,
    }),
  /** BIT5363. */
  isSizes: (at: Span): Diagnostic =>
    error('BIT5363', at, {
      message: '`pixel_size` is a size along each axis',
      help: 'Compare one of them, `pixel_size.x < 0.2 um`, or ask `present(pixel_size)`.',
    }),
  /** BIT5363. */
  notATextOrList: (at: Span, given: { readonly field: string }): Diagnostic =>
    error('BIT5363', at, {
      message: `\`${given.field}\` is neither a text nor a list`,
      help: '`len(…)` counts the characters of a text and the elements of a list.',
    }),
  /** BIT5363. */
  notAText: (at: Span, given: { readonly field: string }): Diagnostic =>
    error('BIT5363', at, {
      message: `\`~\` looks into a text, and \`${given.field}\` is none`,
      help: 'Compare it with `==`, `<`, `>` or `in`.',
    }),
  /** BIT5363. */
  notAWholeNumber: (at: Span): Diagnostic =>
    error('BIT5363', at, {
      message: 'The place in a list is a whole number',
      help: '`image.shape[0]` is the first length, `image.shape[-1]` the last.',
    }),

  /** BIT5364. */
  notADate: (at: Span, given: { readonly field: string; readonly text: string }): Diagnostic =>
    error('BIT5364', at, {
      message: `\`${given.field}\` is a date, and \`${given.text}\` is none`,
      help: 'A date is a text: `"2026-11-24"`, `"2026-11"`, or `"2026-11-24T08:30:00Z"`. Without a zone it is in UTC.',
    }),

  /** BIT5365. */
  notAUnit: (at: Span, given: { readonly unit: string }): Diagnostic =>
    error('BIT5365', at, {
      message: `\`${given.unit}\` is not a unit`,
      help: 'Sizes are in B, KB, MB, GB or TB, lengths in nm, um or mm, durations in ms, s, min, h or d.',
    }),
  /** BIT5365. */
  noUnit: (at: Span, given: { readonly field: string; readonly number: string }): Diagnostic =>
    error('BIT5365', at, {
      message: `\`${given.field}\` has no unit`,
      help: `Write a plain number, \`${given.number}\`, or give the tag a unit where its experiment declares it.`,
    }),
  /** BIT5365. */
  otherUnit: (
    at: Span,
    given: { readonly field: string; readonly unit: string; readonly written: string },
  ): Diagnostic =>
    error('BIT5365', at, {
      message: `\`${given.field}\` is in ${given.unit}, and cannot be compared with ${given.written}`,
      help: `Write it in ${given.unit}; a number without a unit is in ${given.unit}.`,
    }),
  /** BIT5365. */
  severalUnits: (at: Span, given: { readonly field: string; readonly units: readonly string[] }): Diagnostic =>
    error('BIT5365', at, {
      message: `\`${given.field}\` is in ${given.units.join(' in one experiment and in ')} in another`,
      help: 'Ask one experiment, with `--experiment`, or write a plain number.',
    }),

  /** BIT5366. */
  notARegex: (at: Span): Diagnostic =>
    error('BIT5366', at, {
      message: 'This is not a regular expression',
      help: 'Check its brackets and backslashes; `r"…"` keeps backslashes as they are.',
    }),
  /** BIT5366. */
  noRegex: (at: Span, given: { readonly field: string }): Diagnostic =>
    error('BIT5366', at, {
      message: '`~` takes a regular expression in quotes',
      help: `For example \`${given.field} ~ r"^A[1-6]$"\`.`,
    }),

  /** BIT5367. */
  notAValue: (at: Span): Diagnostic =>
    error('BIT5367', at, {
      message: 'A value stands here',
      help: 'A text in quotes, a number, true or false.',
    }),
  /** BIT5367. */
  unquoted: (at: Span, given: { readonly name: string }): Diagnostic =>
    error('BIT5367', at, {
      message: `\`${given.name}\` is compared with here, and is not a value`,
      help: `A text is written in quotes: \`"${given.name}"\`.`,
    }),
  /** BIT5367. */
  hole: (at: Span): Diagnostic =>
    error('BIT5367', at, { message: 'Nothing can be inserted into this text', help: 'Write a brace as `\\{`.' }),
  /** BIT5367. */
  notAList: (at: Span, given: { readonly field: string }): Diagnostic =>
    error('BIT5367', at, {
      message: '`in` takes a list or a range',
      help: `For example \`${given.field} in ["A3", "A4"]\` or \`${given.field} in 1..5\`.`,
    }),
  /** BIT5367. */
  noRange: (at: Span, given: { readonly field: string }): Diagnostic =>
    error('BIT5367', at, {
      message: 'A range is over numbers or dates',
      help: `A text is compared with \`==\`, \`~\` or a list: \`${given.field} in ["A3", "A4"]\`.`,
    }),

  /** BIT5368. */
  noFunction: (at: Span): Diagnostic =>
    error('BIT5368', at, {
      message: 'Only `present`, `len`, `from` and `derived_from` can be called here',
      help: 'For example `present(dose)`, `len(channels) == 3`, `from("deskew")`, `derived_from(cell == "A3")`.',
    }),
  /** BIT5368. */
  oneArgument: (at: Span, given: { readonly name: string; readonly example: string }): Diagnostic =>
    error('BIT5368', at, {
      message: `\`${given.name}\` takes one thing in its brackets`,
      help: `For example \`${given.example}\`.`,
    }),
  /** BIT5368. */
  fromWhat: (at: Span): Diagnostic =>
    error('BIT5368', at, {
      message: '`from` takes the name of a process or of a call, in quotes',
      help: 'For example `from("deskew")`. The name of a result is asked with `kind == "tracks"`.',
    }),

  /** BIT5369. */
  unknownValue: (
    at: Span,
    given: { readonly field: string; readonly text: string; readonly values: readonly string[] },
  ): Diagnostic =>
    error('BIT5369', at, {
      message: `\`${given.field}\` is never \`${given.text}\``,
      help: didYouMean(
        given.text,
        given.values,
        `It is ${given.values.map((value) => `\`"${value}"\``).join(' or ')}.`,
      ),
    }),
};

/** The long forms. */
export const explanations: readonly Explanation[] = [
  {
    code: 'BIT5360',
    title: 'Not a condition',
    text: 'What is asked of items and published files is a condition: tags and properties compared with values, put together with `and`, `or` and `not`. `==` compares; a single `=` does not.\n\n    bit find \'cell == "A3" and time < 10\'',
  },
  {
    code: 'BIT5361',
    title: 'A tag or property that there is not',
    text: 'Names in a condition are the tags that items and published files have or that their experiments declare, and the properties that everything has. A name that is neither is an error and not an empty answer: it is most often misspelt. `bit tags` lists the tags.',
  },
  {
    code: 'BIT5362',
    title: 'A name that is a tag and a property',
    text: 'A tag may be called as a property is, `type` or `size`. Then `tag.type` is the tag, and `it.type` the property.',
  },
  {
    code: 'BIT5363',
    title: 'Compared with something of another type',
    text: 'A text is compared with a text in quotes, a number with a number, a list with what may be in it. Anything else could never be true.\n\n    bit find \'cell == "3" and time == 3 and "DAPI" in channels\'',
  },
  {
    code: 'BIT5364',
    title: 'A text that is no date',
    text: 'Dates are written as ISO 8601 has them, in quotes. One stands for all of its length: `at == "2026-11-24"` is the whole day, `at > "2026-11-24"` is after that day, `at <= "2026-11"` is until the end of November. Without a zone they are in UTC.\n\n    bit find \'acquired_at in "2026-11-01".."2026-11-30"\'',
  },
  {
    code: 'BIT5365',
    title: 'A unit that does not fit',
    text: 'A quantity is converted to the unit in which the tag or property is: `size > 2 GB`, `pixel_size.x < 200 nm`. Where a tag has no unit, or one that measures something else, there is nothing to convert to.',
  },
  {
    code: 'BIT5366',
    title: 'A regular expression that is none',
    text: 'Behind `~` stands a regular expression in quotes, as JavaScript has them. It may match anywhere in the text; `^` and `$` are its ends. `r"…"` keeps backslashes as they are.\n\n    bit find \'cell ~ r"^A\\d+$"\'',
  },
  {
    code: 'BIT5367',
    title: 'Something that is not a value',
    text: 'A tag or property is compared with a value that is known: a text in quotes, a number, `true` or `false`, a list or a range of them; in a pipeline also with a param.',
  },
  {
    code: 'BIT5368',
    title: 'A function that cannot be asked here',
    text: '`present(dose)`: the tag is there. `len(channels)`: how many. `from("deskew")`: made by a process or a call of that name. `derived_from("raw/A3.tif")`: made, at any depth, from what is or was there, or has that digest; `derived_from(cell == "A3")`: from whatever meets the condition.',
  },
  {
    code: 'BIT5369',
    title: 'A value that a property never has',
    text: '`origin` is `"raw"` for what was imported, and `"processed"` for what was made.',
  },
];

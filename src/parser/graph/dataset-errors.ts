import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { error } from '../../diagnostics/make.ts';
import type { Span } from '../../diagnostics/span.ts';
import { listed, meant, ticks } from '../names/wording.ts';
import type { TagType, Type } from '../types/type.ts';
import { tagsText, typeText } from '../types/type-text.ts';

const one = (type: Type): string => `${/^[AEIOU]/.test(typeText(type)) ? 'an' : 'a'} ${typeText(type)}`;

/** What can be wrong with sources, tags and the operators over datasets: BIT3001 to BIT3099. */
export const datasetErrors = {
  /** BIT3001. The items have no such tag. */
  unknownTag: (at: Span, given: { readonly name: string; readonly tags: readonly string[] }): Diagnostic =>
    error('BIT3001', at, {
      message: `These items have no tag \`${given.name}\``,
      ...meant(at, {
        word: given.name,
        candidates: given.tags,
        otherwise:
          given.tags.length === 0 ? 'They have no tags at all.' : `Their tags are ${listed(ticks(given.tags))}.`,
      }),
    }),
  /** BIT3002. A sub-workflow names a tag that its signature does not declare. */
  tagNotDeclared: (
    at: Span,
    given: { readonly name: string; readonly calls: readonly { readonly name: string; readonly at: Span }[] },
  ): Diagnostic => {
    const call = given.calls.at(-1);
    return error('BIT3002', at, {
      message: `The signature${call === undefined ? '' : ` of \`${call.name}\``} declares no tag \`${given.name}\``,
      ...(call === undefined ? {} : { related: [{ at: call.at, message: 'called here' }] }),
      help: `Declare it where the dataset comes in: \`Dataset<Image, { ${given.name}: Str }>\`. A workflow names only the tags it asks for.`,
    });
  },
  /** BIT3003. A dataset of many items where one value is meant. */
  datasetAsValue: (at: Span, given: { readonly tags: readonly TagType[]; readonly of: Type }): Diagnostic =>
    error('BIT3003', at, {
      message: 'One value is meant here, and this is a dataset of many items',
      label: `has the tags ${tagsText(given.tags)}`,
      help: 'Bring it in with `join`, or make one value of it with `count(…)`, `single(…)` or `collect(…)`.',
    }),
  /** BIT3004. A value where a dataset is meant. */
  notDataset: (at: Span, given: { readonly of: Type }): Diagnostic =>
    error('BIT3004', at, {
      message: `A dataset is meant here, and this is ${one(given.of)}`,
      help:
        given.of.kind === 'str'
          ? 'A pattern is made a dataset by `files("…")`.'
          : 'Make a dataset of a list with `values([…])`.',
    }),
  /** BIT3005. A process called in an expression over items. */
  callOverItems: (at: Span, _given: object): Diagnostic =>
    error('BIT3005', at, {
      message: 'Processes are not called in an expression over items',
      help: 'Call it on the whole dataset in a `let`, and use what it gives: the call runs once per item.',
    }),
  /** BIT3006. Something that must be written out, because it decides what items and tags there are. */
  notLiteral: (at: Span, given: { readonly what: string; readonly help: string }): Diagnostic =>
    error('BIT3006', at, { message: `${given.what} must be known before the run`, help: given.help }),
  /** BIT3007. Arguments of a function over datasets. */
  missingArgument: (
    at: Span,
    given: { readonly function: string; readonly what: string; readonly usage: string },
  ): Diagnostic =>
    error('BIT3007', at, { message: `\`${given.function}\` needs ${given.what}`, help: `Write \`${given.usage}\`.` }),
  badArgument: (
    at: Span,
    given: {
      readonly function: string;
      readonly name: string | undefined;
      readonly problem: 'surplus' | 'twice' | 'unknown';
      readonly known: readonly string[];
    },
  ): Diagnostic =>
    error('BIT3007', at, {
      message:
        given.problem === 'surplus'
          ? `\`${given.function}\` does not take another argument without a name`
          : given.problem === 'twice'
            ? `\`${given.name}\` is given twice`
            : `\`${given.function}\` has no argument \`${given.name}\``,
      ...meant(at, {
        word: given.name ?? '',
        candidates: given.known,
        otherwise: `It takes ${listed(ticks(given.known))}.`,
      }),
    }),
  optionValue: (at: Span, given: { readonly option: string; readonly wanted: string }): Diagnostic =>
    error('BIT3007', at, {
      message: `\`${given.option}\` takes ${given.wanted}`,
      help: 'Write it out: it must be known before the run.',
    }),
  badOption: (
    at: Span,
    given: { readonly option: string; readonly word: string; readonly known: readonly string[] },
  ): Diagnostic =>
    error('BIT3007', at, {
      message: `\`${given.option}\` is one of ${listed(ticks(given.known))}`,
      ...meant(at, {
        word: given.word,
        candidates: given.known,
        otherwise: `Write ${listed(ticks(given.known), 'or')}.`,
      }),
    }),
  badCount: (at: Span, given: { readonly min: number; readonly max: number }): Diagnostic =>
    error('BIT3007', at, {
      message: `At least ${given.min} and at most ${given.max} items: that is never`,
      help: '`min` is 1 unless it is given.',
    }),
  notNumber: (at: Span, given: { readonly what: string; readonly min: number }): Diagnostic =>
    error('BIT3007', at, {
      message: `${given.what} is a whole number from ${given.min} on`,
      help: 'It must be known before the run: a number, or a param.',
    }),
  /** BIT3008. A sheet whose rows have no tags. */
  sheetWithoutTags: (at: Span, _given: object): Diagnostic =>
    error('BIT3008', at, {
      message: 'The rows of this sheet have no tag that tells them apart',
      help: 'Name a column that holds what they are called: `{ image: Image, cell: Str }`.',
    }),
  /** BIT3009. Elements that cannot become items. */
  elementWithoutTag: (at: Span, given: { readonly of: Type }): Diagnostic =>
    error('BIT3009', at, {
      message: `Each element becomes a tag, and ${one(given.of)} cannot be one`,
      help:
        given.of.kind === 'file'
          ? 'Files are listed with `files("data/{name}.tif")`.'
          : 'Elements are texts, numbers, Bools or amounts with a unit.',
    }),
  emptyList: (at: Span, _given: object): Diagnostic =>
    error('BIT3009', at, { message: 'There is nothing in this list', help: 'Give at least one element.' }),
  twinElements: (at: Span, given: { readonly text: string }): Diagnostic =>
    error('BIT3009', at, {
      message: `${given.text} stands twice in this list`,
      help: 'Two items cannot have the same tag; leave one out.',
    }),
  /** BIT3010. One tag with two types. */
  tagKinds: (
    at: Span,
    given: {
      readonly tag: string;
      readonly first: string;
      readonly second: string;
      readonly other: Span;
      readonly where: string;
    },
  ): Diagnostic =>
    error('BIT3010', at, {
      message: `The tag \`${given.tag}\` is ${given.second} here and ${given.first} in ${given.where}`,
      related: [{ at: given.other, message: `${given.first} here` }],
      help: `Give both sources the same type, \`{${given.tag}:${given.first === 'Str' ? given.second : given.first}}\`, or convert: \`tag { ${given.tag}: ${given.first.toLowerCase()}(${given.tag}) }\`.`,
    }),
  /** BIT3011. `keep` of a tag that groups anyway. */
  keptAnyway: (at: Span, given: { readonly tag: string }): Diagnostic =>
    error('BIT3011', at, {
      message: `The groups have the tag \`${given.tag}\` anyway`,
      help: 'Leave it out of `keep`: that is for tags besides those of `by`.',
    }),
  /** BIT3012. `over` a dataset with other tags than the groups. */
  overOther: (at: Span, given: { readonly tags: readonly TagType[]; readonly by: readonly string[] }): Diagnostic =>
    error('BIT3012', at, {
      message: `There is a group for every item of \`over\`, so its tags must be ${listed(ticks(given.by))}`,
      label: `has ${tagsText(given.tags)}`,
      help: 'Group by all tags of that dataset, or `untag` those that are not meant.',
    }),
  /** BIT3013. Nothing to order by. */
  cannotOrder: (at: Span, given: { readonly type: Type }): Diagnostic =>
    error('BIT3013', at, {
      message: `Items cannot be ordered by ${one(given.type)}`,
      help:
        given.type.kind === 'optional' ? 'It may be absent: write `x ?? 0`.' : 'Order by a tag, a number or a text.',
    }),
  /** BIT3014. A tag from something that no tag can hold. */
  noTagValue: (at: Span, given: { readonly name: string; readonly type: Type }): Diagnostic =>
    error('BIT3014', at, {
      message: `The tag \`${given.name}\` cannot be ${one(given.type)}`,
      help:
        given.type.kind === 'optional'
          ? 'A tag is never absent: give what stands there instead, `x ?? "none"`.'
          : given.type.kind === 'quantity'
            ? 'Write it as a text, `"{x}"`, or as a number, `x / (1 um)`.'
            : 'Tags are Str, Int, Float or Bool.',
    }),
  optionalTag: (at: Span, given: { readonly name: string }): Diagnostic =>
    error('BIT3014', at, {
      message: `\`${given.name}\` may be absent, and a tag is never absent`,
      help: 'Leave the `?` out of its type, or keep it as a field.',
    }),
  /** BIT3015. `pivot` with values that the tag cannot have. */
  pivotValue: (at: Span, given: { readonly tag: string; readonly kind: string }): Diagnostic =>
    error('BIT3015', at, {
      message: `The tag \`${given.tag}\` is ${given.kind}, and this is not a plain ${given.kind}`,
      help: `Write the value of the tag: \`pivot ${given.tag} as { dna: ${given.kind === 'Str' ? '"d0"' : '0'} }\`.`,
    }),
  pivotTwice: (at: Span, given: { readonly value: string }): Diagnostic =>
    error('BIT3015', at, {
      message: `${given.value} stands in two fields`,
      help: 'Each value of the tag goes to one field.',
    }),
  pivotEmpty: (at: Span, given: { readonly tag: string }): Diagnostic =>
    error('BIT3015', at, {
      message: 'This `pivot` names no field',
      help: `Write which value of the tag goes where: \`pivot ${given.tag} as { dna: "d0", actin: "d1" }\`.`,
    }),
  /** BIT3016. `cross` of datasets that share a tag or a field. */
  crossClash: (at: Span, given: { readonly tags: readonly string[] }): Diagnostic =>
    error('BIT3016', at, {
      message: `Both sides have the tag ${listed(ticks(given.tags))}, so the pairs would have it twice`,
      help: `Rename it on one side, \`tag { other_${given.tags[0]}: ${given.tags[0]} } untag (${given.tags[0]})\`, leave it out with \`untag\`, or use \`join\` if items with equal tags belong together.`,
    }),
  crossFields: (at: Span, given: { readonly field: string }): Diagnostic =>
    error('BIT3016', at, {
      message: `Both sides would be the field \`${given.field}\` of the pairs`,
      help: 'Give each side a name with `let`: the pairs have a field per name.',
    }),
  /** BIT3017. `++` of different things. */
  unionTags: (at: Span, given: { readonly left: readonly TagType[]; readonly right: readonly TagType[] }): Diagnostic =>
    error('BIT3017', at, {
      message: `\`++\` joins datasets with the same tags, and these have ${tagsText(given.left)} and ${tagsText(given.right)}`,
      help: 'Add what is missing with `tag { … }`, or leave out what is too much with `untag (…)`.',
    }),
  unionTypes: (at: Span, given: { readonly left: Type; readonly right: Type }): Diagnostic =>
    error('BIT3017', at, {
      message: `\`++\` joins datasets of one type, and these hold ${one(given.left)} and ${one(given.right)}`,
      help: 'Pick an output or field of the same type on both sides.',
    }),
  /** BIT3018. `table` without columns, or with one name twice. */
  tableClash: (at: Span, given: { readonly name: string }): Diagnostic =>
    error('BIT3018', at, {
      message: `\`${given.name}\` is a tag and a field, so the table would have the column twice`,
      help: `Rename one first: \`select { other: out.${given.name} }\` or \`untag (${given.name})\`.`,
    }),
  emptyTable: (at: Span, _given: object): Diagnostic =>
    error('BIT3018', at, {
      message: 'These items have no tags and no scalars, so the table would be empty',
      help: 'A table shows tags, numbers, texts and Bools. Files are not in it.',
    }),
  /** BIT3019. `rows` of something other than tables, or without what tells the rows apart. */
  rowsOfOther: (at: Span, given: { readonly of: Type }): Diagnostic =>
    error('BIT3019', at, {
      message: `\`rows\` reads tables, and these items are ${one(given.of)}`,
      help:
        given.of.kind === 'record' ? 'Name the field or output that is the table.' : 'Give it a dataset of `Table`.',
    }),
  columnType: (at: Span, given: { readonly type: Type }): Diagnostic =>
    error('BIT3019', at, {
      message: `A column cannot be ${one(given.type)}`,
      help: 'Columns are Int, Float, Bool or Str, with `?` where cells may be empty.',
    }),
  rowsWithoutBy: (at: Span, given: { readonly columns: readonly string[] }): Diagnostic =>
    error('BIT3019', at, {
      message: 'The rows of one table would all have the same tags',
      help: `Say which columns tell them apart: \`by: (${given.columns[0] ?? 'track'})\`.`,
    }),
  rowsTagTaken: (at: Span, given: { readonly name: string }): Diagnostic =>
    error('BIT3019', at, {
      message: `The tables have a tag \`${given.name}\` already`,
      help: 'Read the column under another name: `{ other: Int from "…" }`, or `untag` the tag first.',
    }),
  /** BIT3020. `join` of datasets that do not meet. */
  joinUnnamed: (at: Span, _given: object): Diagnostic =>
    error('BIT3020', at, {
      message: 'Each dataset of a `join` needs the name of its field',
      help: 'Write `join(image: images, mask: masks, on: (cell))`.',
    }),
  joinNothing: (at: Span, _given: object): Diagnostic =>
    error('BIT3020', at, {
      message: 'These datasets share no tag, so nothing says which items belong together',
      help: 'For every pair, write `a cross b`.',
    }),
  joinClash: (at: Span, given: { readonly tag: string; readonly on: readonly string[] }): Diagnostic =>
    error('BIT3020', at, {
      message: `\`${given.tag}\` is a tag of several of these datasets and not in \`on\``,
      help: `Add it, \`on: (${[...given.on, given.tag].join(', ')})\`, or leave it out of one with \`untag (${given.tag})\`.`,
    }),
  /** BIT3021. A member that a dataset does not have. */
  noMember: (
    at: Span,
    given: { readonly name: string; readonly candidates: readonly string[]; readonly what: string },
  ): Diagnostic =>
    error('BIT3021', at, {
      message: `${given.what} has no \`${given.name}\``,
      ...meant(at, {
        word: given.name,
        candidates: given.candidates,
        otherwise:
          given.candidates.length === 0
            ? 'It has no outputs, fields or tags.'
            : `It has ${listed(ticks(given.candidates))}.`,
      }),
    }),
  /** BIT3023. A source of stored or remote data is written in a way that names nothing. */
  storedShape: (at: Span, given: { readonly problem: string; readonly help: string }): Diagnostic =>
    error('BIT3023', at, { message: given.problem, help: given.help }),
  /** BIT3022. A call whose outputs make different datasets is used as one. */
  whichOutput: (at: Span, given: { readonly name: string; readonly outputs: readonly string[] }): Diagnostic =>
    error('BIT3022', at, {
      message: `\`${given.name}\` makes several datasets, and here one is meant`,
      help: `Name it: ${listed(
        given.outputs.map((output) => `\`.${output}\``),
        'or',
      )}.`,
    }),
};

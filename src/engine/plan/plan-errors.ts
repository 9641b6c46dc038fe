import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { error } from '../../diagnostics/make.ts';
import type { Span } from '../../diagnostics/span.ts';
import { bytesInWords } from '../../util/bytes-in-words.ts';

export { explanations } from './plan-explanations.ts';

/** Some items by their tags; the rest as a number. */
export interface SomeItems {
  readonly count: number;
  /** At most five, in order. */
  readonly first: readonly string[];
}

/**
 * What can be wrong between the program and its data: BIT5101 to BIT5149 where the items themselves are at fault, which is found before
 * the first task where the items are known by then; BIT6101 to BIT6149 where a value of a run is.
 */
export const planErrors = {
  /** BIT5101. A file of a source cannot be read. */
  unreadable: (at: Span, of: { source: string; file: string; why: string; help: string }): Diagnostic =>
    error('BIT5101', at, { message: `\`${of.source}\` cannot read \`${of.file}\`: ${of.why}`, help: of.help }),

  /** BIT5102. A file is not what its type says. */
  wrongContent: (
    at: Span,
    of: { source: string; file: string; type: string; problems: readonly string[] },
  ): Diagnostic =>
    error('BIT5102', at, {
      message: `\`${of.file}\` is not the ${of.type} that \`${of.source}\` holds: ${of.problems.join('; ')}`,
      help: 'Look at the file (`bit find` and `bit plan` name it), replace it, or leave it out with a narrower pattern.',
    }),

  /** BIT5103. A source holds nothing. */
  emptySource: (at: Span, of: { source: string; what: string }): Diagnostic =>
    error('BIT5103', at, {
      message: `\`${of.source}\` holds nothing: ${of.what}`,
      help: 'Check the path (it is relative to the pipeline, or to the working directory on the command line). Where nothing may be there, write `min: 0`.',
    }),

  /** BIT5104. A source holds too few or too many items. */
  itemCount: (at: Span, of: { source: string; count: number; min: number; max: number | undefined }): Diagnostic =>
    error('BIT5104', at, {
      message: `\`${of.source}\` holds ${items(of.count)}, and ${of.count < of.min ? `at least ${of.min}` : `at most ${of.max}`} are asked for`,
      help: of.count < of.min ? 'Add the missing items, or lower `min`.' : 'Narrow the source, or raise `max`.',
    }),

  /** BIT5105. Two items of a dataset have the same tags. */
  equalTags: (
    at: Span,
    of: { dataset: string; tags: string; first?: string; second?: string; help: string },
  ): Diagnostic =>
    error('BIT5105', at, {
      message:
        of.first === undefined || of.second === undefined
          ? `Two items of \`${of.dataset}\` have the same tags (${of.tags})`
          : `Two items of \`${of.dataset}\` have the same tags (${of.tags}): \`${of.first}\` and \`${of.second}\``,
      help: of.help,
    }),

  /** BIT5106. A value that came with the data is not one its type allows. */
  wrongValue: (at: Span, of: { where: string; problem: string }): Diagnostic =>
    error('BIT5106', at, {
      message: `${of.where}: ${of.problem}`,
      help: 'Correct the value where it comes from, or widen the type that asks for it.',
    }),

  /** BIT5107. Files of a source are not what was imported. */
  changedSince: (at: Span, of: { source: string; count: number; first: readonly string[] }): Diagnostic =>
    error('BIT5107', at, {
      message: `\`${of.source}\` has ${of.count === 1 ? 'a file that is' : `${of.count} files that are`} not what was imported or published: ${some(of)}`,
      help: 'Put the original back; or, where the new content is meant, import it with `bit import … --update`.',
    }),

  /** BIT5108. A plan needs data of another place that were never fetched. */
  notFetched: (at: Span, of: { source: string; count: number; first: readonly string[]; bytes: number }): Diagnostic =>
    error('BIT5108', at, {
      message: `\`${of.source}\` reads ${of.count === 1 ? 'a file that is' : `${of.count} files that are`} not here yet${of.bytes === 0 ? '' : ` (${bytesInWords(of.bytes)})`}: ${some(of)}`,
      help: 'What they hold decides what runs. `bit plan --fetch` brings them into the store; `bit run` does so by itself.',
    }),

  /** BIT5109. Data of another place could not be had. */
  notReached: (at: Span, of: { source: string; why: string; help: string }): Diagnostic =>
    error('BIT5109', at, { message: `\`${of.source}\` could not be fetched: ${of.why}`, help: of.help }),

  /** BIT5110. Fetched bytes are not the ones that the pipeline names. */
  wrongSha256: (at: Span, of: { source: string; file: string; found: string; wanted: string }): Diagnostic =>
    error('BIT5110', at, {
      message: `\`${of.source}\` is not what the pipeline names: ${of.file} has the SHA-256 ${of.found}, and ${of.wanted} is written`,
      help: 'Somebody changed the file there, or the digest is of another one. Nothing of it is used.',
    }),

  /** BIT5111. The store lost content that was copied into it. */
  lostContent: (at: Span, of: { source: string; file: string; digest: string }): Diagnostic =>
    error('BIT5111', at, {
      message: `\`${of.source}\` names \`${of.file}\`, whose content the store no longer has, or no longer as it was`,
      help: `Import it again from where it came: \`bit show ${of.digest}\` says where that was. \`bit verify\` looks at everything.`,
    }),

  /** BIT5121. An item has no partner in another argument. */
  noPartner: (
    at: Span,
    of: { call: string; argument: string; on: readonly string[]; spine: string; missing: SomeItems },
  ): Diagnostic =>
    error('BIT5121', at, {
      message: `${capital(theItems(of.missing))} of \`${of.spine}\` ${of.missing.count === 1 ? 'has' : 'have'} no partner in \`${of.argument}\` for \`${of.call}\`: ${listed(of.missing)}`,
      help:
        of.on.length === 0
          ? `\`${of.argument}\` must hold exactly one item; it holds none.`
          : `They are matched on ${names(of.on)}. Add what is missing to \`${of.argument}\`, or leave those items out: \`join(…, missing: drop)\` keeps the pairs that are there.`,
    }),

  /** BIT5122. Both sides of a match must be complete where they have the same tags. */
  unserved: (at: Span, of: { call: string; argument: string; spine: string; items: SomeItems }): Diagnostic =>
    error('BIT5122', at, {
      message: `${capital(theItems(of.items))} of \`${of.argument}\` ${of.items.count === 1 ? 'has' : 'have'} no partner in \`${of.spine}\` for \`${of.call}\`: ${listed(of.items)}`,
      help: 'Both have the same tags, so both must be complete. Filter the two in the same way, or pair them with `join(…, missing: drop)`.',
    }),

  /** BIT5123. Two items would be published at one path. */
  publishCollision: (
    at: Span,
    of: { path: string; first: string; second: string; other: Span | undefined },
  ): Diagnostic =>
    error('BIT5123', at, {
      message: `Two items would be published as \`${of.path}\`: ${of.first} and ${of.second}`,
      help: 'Put the tags that tell them apart into the path. Paths that differ in upper and lower case alone count as one.',
      ...(of.other === undefined || of.other === at
        ? {}
        : { related: [{ at: of.other, message: 'the other is published here' }] }),
    }),

  /** BIT5124. A published path is not one below the output folder. */
  publishPath: (at: Span, of: { path: string; item: string; why: string }): Diagnostic =>
    error('BIT5124', at, {
      message: `${capital(of.item)} cannot be published as \`${of.path}\`: ${of.why}`,
      help: 'A published path is relative to the output folder (`--outdir`), names a file, and has no part longer than 255 bytes.',
    }),

  /** BIT5125. `pivot` misses a named value. */
  pivotMissing: (
    at: Span,
    of: { dataset: string; item: string; tag: string; value: string; field: string },
  ): Diagnostic =>
    error('BIT5125', at, {
      message: `\`${of.dataset}\` has no item with ${of.tag}=${of.value} for ${of.item}`,
      help: `Where it may be absent, make the field optional: \`${of.field}?: ${JSON.stringify(of.value)}\`.`,
    }),

  /** BIT5126. `pivot` meets a value that no field names. */
  pivotUnnamed: (at: Span, of: { dataset: string; item: string; tag: string; value: string }): Diagnostic =>
    error('BIT5126', at, {
      message: `\`${of.dataset}\` has an item with ${of.tag}=${of.value} that no field of \`pivot\` names (${of.item})`,
      help: 'Name it, leave it out with `where`, or end the fields with `…` to leave out all that are not named.',
    }),

  /** BIT5127. An item of a `join` has no partner. */
  joinMissing: (
    at: Span,
    of: { field: string; others: string; on: readonly string[]; missing: SomeItems },
  ): Diagnostic =>
    error('BIT5127', at, {
      message: `${capital(theItems(of.missing))} of \`${of.others}\` ${of.missing.count === 1 ? 'has' : 'have'} no partner in \`${of.field}\`: ${listed(of.missing)}`,
      help: `They are joined on ${names(of.on)}. Write \`missing: drop\` to leave such items out, or \`missing: null\` to keep them with an absent field.`,
    }),

  /** BIT5128. A member has no group among those that `over` names. */
  outsideBase: (at: Span, of: { dataset: string; base: string; items: SomeItems }): Diagnostic =>
    error('BIT5128', at, {
      message: `${capital(theItems(of.items))} of \`${of.dataset}\` ${of.items.count === 1 ? 'belongs' : 'belong'} to no group, for \`${of.base}\` has no such item: ${listed(of.items)}`,
      help: 'Add what is missing to the dataset after `over`, or leave those items out with `where`.',
    }),

  /** BIT5129. A tag that a group keeps differs within it. */
  keepDiffers: (
    at: Span,
    of: { dataset: string; group: string; tag: string; first: string; second: string },
  ): Diagnostic =>
    error('BIT5129', at, {
      message: `\`${of.tag}\` is not the same for all items of the group ${of.group} of \`${of.dataset}\`: ${of.first} and ${of.second}`,
      help: `Only a tag that is equal within each group can be kept. Group by it as well, or leave it out of \`keep\`.`,
    }),

  /** BIT5130. `single` of none or several. */
  notSingle: (at: Span, of: { dataset: string; count: number; of: string }): Diagnostic =>
    error('BIT5130', at, {
      message: `\`single\` asks for exactly one item, and \`${of.dataset}\` has ${of.count === 0 ? 'none' : of.count}${of.of}`,
      help: 'Filter it down to one with `where`, or take one with `first(…)`.',
    }),

  /** BIT5131. A value does not fit the input it goes to. */
  unfitInput: (at: Span, of: { input: string; call: string; item: string | undefined; problem: string }): Diagnostic =>
    error('BIT5131', at, {
      message: `The input \`${of.input}\` of \`${of.call}\`${of.item === undefined ? '' : ` (${of.item})`} ${of.problem}`,
      help: 'Filter such items out with `where`, or widen the type of the input.',
    }),

  /** BIT5132. An empty group has no tag to keep. */
  keepOfNothing: (at: Span, of: { dataset: string; group: string; tags: readonly string[] }): Diagnostic =>
    error('BIT5132', at, {
      message: `The group ${of.group} of \`${of.dataset}\` is empty, so it has no ${names(of.tags)} to keep`,
      help: 'Leave `keep` out, or leave the empty groups out by grouping without `over`.',
    }),

  /** BIT6101. An expression has no value on some item. */
  evaluation: (at: Span, of: { message: string; help: string; item: string | undefined }): Diagnostic =>
    error('BIT6101', at, {
      message: `${capital(of.message)}${of.item === undefined ? '' : ` (for the item ${of.item})`}`,
      help: of.help,
    }),

  /** BIT6102. A table could not be read or made. */
  table: (at: Span, of: { dataset: string; item: string; problem: string }): Diagnostic =>
    error('BIT6102', at, {
      message: `\`${of.dataset}\` (${of.item}): ${of.problem}`,
      help: 'Look at the table: each named column must be there, with cells of its type.',
    }),
};

/** The first five, sorted by the caller, stand for all. */
export const someItems = (texts: readonly string[]): SomeItems => ({ count: texts.length, first: texts.slice(0, 5) });

const items = (count: number): string => (count === 1 ? '1 item' : `${count} items`);
const theItems = (some: SomeItems): string => (some.count === 1 ? 'an item' : `${some.count} items`);
const listed = (some: SomeItems): string =>
  some.first.join(' · ') + (some.count > some.first.length ? ` · and ${some.count - some.first.length} more` : '');
const names = (of: readonly string[]): string => of.map((name) => `\`${name}\``).join(' and ');
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const some = (of: { readonly count: number; readonly first: readonly string[] }): string =>
  `${of.first.map((file) => `\`${file}\``).join(', ')}${of.count > of.first.length ? ' …' : ''}`;

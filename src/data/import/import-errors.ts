import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { error, warning } from '../../diagnostics/make.ts';
import type { Span } from '../../diagnostics/span.ts';
import { counted, onOneLine, quoted, someOf } from '../annotate/problem-list.ts';
import type { LeftFile, UnreadableFile } from './find-files.ts';

const MOST = 20;
const files = (count: number): string => counted(count, 'file', 'files');
const items = (count: number): string => counted(count, 'item', 'items');

/** What can be wrong with an import: BIT5300 to BIT5319. With an error nothing is imported; with warnings everything else is. */
export const importErrors = {
  /** BIT5300. */
  noSource: (at: Span, of: { readonly source: string; readonly why: string }): Diagnostic =>
    error('BIT5300', at, {
      message: `${quoted(of.source)} cannot be imported: ${of.why}`,
      help: 'Name a folder, files, or a URI: `bit import plate1/ --experiment screen`.',
    }),

  /** BIT5301. */
  nothingFound: (
    at: Span,
    of: {
      readonly source: string;
      readonly leftOut: readonly { readonly extension: string; readonly count: number }[];
      readonly closedFolders: number;
    },
  ): Diagnostic =>
    error('BIT5301', at, {
      message: `There is no image in ${quoted(of.source)}${
        of.leftOut.length === 0
          ? ''
          : `, only ${someOf(
              of.leftOut.map(({ extension, count }) => `${files(count)} ${extension || 'without an extension'}`),
              { most: 5 },
            )}`
      }`,
      help:
        of.closedFolders > 0
          ? `It has ${counted(of.closedFolders, 'folder', 'folders')}: \`--recursive\` looks into them.`
          : 'Files that are no images are imported when they are named one by one.',
    }),

  /** BIT5302. */
  unreadable: (at: Span, all: readonly UnreadableFile[]): Diagnostic =>
    error('BIT5302', at, {
      message: `${counted(all.length, 'file or folder cannot', 'files or folders cannot')} be read: ${someOf(
        all.map(({ path, why }) => `${path} (${why})`),
        { most: MOST },
      )}`,
      help: 'Make them readable (`chmod +r`, `chmod +rx` for folders), or move them out of the folder.',
    }),

  /** BIT5303. */
  damaged: (at: Span, all: readonly { readonly path: string; readonly problem: string }[]): Diagnostic =>
    error('BIT5303', at, {
      message: `${counted(all.length, 'image is', 'images are')} damaged, or not what the name says: ${someOf(
        all.map(({ path, problem }) => `${path} (${problem})`),
        { most: MOST },
      )}`,
      help: 'Copy them again from where they came from, or move them out of the folder.',
    }),

  /** BIT5304. */
  badName: (
    at: Span,
    of: { readonly what: 'experiment' | 'dataset'; readonly name: string; readonly why: string },
  ): Diagnostic =>
    error('BIT5304', at, {
      message: `${quoted(of.name)} is no name for ${of.what === 'experiment' ? 'an experiment' : 'a dataset'}: ${of.why}`,
      help: `Write \`--${of.what} ${of.what === 'experiment' ? 'screen-2026' : 'plate1'}\`; a title with other characters can be given to it later.`,
    }),

  /** BIT5305. */
  processedDataset: (at: Span, of: { readonly experiment: string; readonly dataset: string }): Diagnostic =>
    error('BIT5305', at, {
      message: `The dataset ${quoted(of.dataset)} of ${quoted(of.experiment)} holds results, and raw data go into one of their own`,
      help: 'Name another dataset: `--dataset raw`.',
    }),

  /** BIT5306. */
  cannotLink: (at: Span, all: readonly { readonly path: string; readonly why: string }[]): Diagnostic =>
    error('BIT5306', at, {
      message: `${files(all.length)} cannot be shared with the store: ${someOf(
        all.map(({ path, why }) => `${path} (${why})`),
        { most: 5 },
      )}`,
      help: 'A store shares files of its own disk alone. Use `--copy` to have the bytes in the store, or `--reference` to leave them where they are.',
    }),

  /** BIT5307. */
  changed: (at: Span, of: { readonly names: readonly string[]; readonly dataset: string }): Diagnostic =>
    warning('BIT5307', at, {
      message: `${items(of.names.length)} of ${quoted(of.dataset)} ${of.names.length === 1 ? 'has' : 'have'} another content than when imported, and ${of.names.length === 1 ? 'stays' : 'stay'} as imported: ${someOf(of.names, { most: MOST })}`,
      help: '`--update` takes the new content; the old one stays in the history. What was computed from the old one stays as it is.',
    }),

  /** BIT5308. */
  tagsDiffer: (
    at: Span,
    of: { readonly all: readonly { readonly name: string; readonly tags: string }[]; readonly dataset: string },
  ): Diagnostic =>
    warning('BIT5308', at, {
      message: `${items(of.all.length)} of ${quoted(of.dataset)} ${of.all.length === 1 ? 'has' : 'have'} other tags than these rules give, and ${of.all.length === 1 ? 'keeps' : 'keep'} them: ${someOf(
        of.all.map(({ name, tags }) => `${name} (${tags})`),
        { most: MOST },
      )}`,
      help: '`--retag` gives them the tags of the rules; tags that the rules do not name stay.',
    }),

  /** BIT5309. */
  left: (at: Span, all: readonly LeftFile[]): Diagnostic =>
    warning('BIT5309', at, {
      message: `${files(all.length)} ${all.length === 1 ? 'is' : 'are'} left for next time: ${someOf(
        all.map(({ path, why }) => `${path} (${leftWords[why]})`),
        { most: MOST },
      )}`,
      help: 'Run the same command again later; it adds only what is new.',
    }),

  /** BIT5310. */
  twice: (at: Span, all: readonly (readonly string[])[]): Diagnostic =>
    warning('BIT5310', at, {
      message: `The same content goes by several names: ${someOf(
        all.map((names) => someOf(names, { most: 3 }).replaceAll(';', ' =')),
        { most: 10 },
      )}`,
      help: 'Both are imported. If one of them is a copy made by mistake, retract or remove it.',
    }),

  /** BIT5311. */
  linksPassedOver: (at: Span, all: readonly LeftFile[]): Diagnostic =>
    warning('BIT5311', at, {
      message: `${counted(all.length, 'entry is', 'entries are')} passed over: ${someOf(
        all.map(({ path, why }) => `${path} (${leftWords[why]})`),
        { most: MOST },
      )}`,
      help: 'Links that lead out of the source are not followed; name what they lead to.',
    }),

  /** BIT5312. */
  withoutTags: (at: Span, of: { readonly items: number; readonly experiment: string }): Diagnostic =>
    warning('BIT5312', at, {
      message: `${items(of.items)} ${of.items === 1 ? 'has' : 'have'} no tags`,
      help: `Give a rule now (\`--pattern '{cell}_t{time:Int}.tif'\`), or annotate them later: \`bit annotate ${onOneLine(of.experiment)} …\`.`,
    }),

  /** BIT5313. */
  keptAsReference: (at: Span, of: { readonly names: readonly string[] }): Diagnostic =>
    warning('BIT5313', at, {
      message: `${items(of.names.length)} ${of.names.length === 1 ? 'was' : 'were'} imported without a copy in the store before, and ${of.names.length === 1 ? 'stays' : 'stay'} so: ${someOf(of.names, { most: MOST })}`,
      help: '`--update` takes their content into the store.',
    }),

  /** BIT5314. */
  gone: (at: Span, of: { readonly names: readonly string[]; readonly dataset: string }): Diagnostic =>
    warning('BIT5314', at, {
      message: `${items(of.names.length)} of ${quoted(of.dataset)} ${of.names.length === 1 ? 'is' : 'are'} not in the source any more: ${someOf(of.names, { most: MOST })}`,
      help: 'They stay in the dataset. Put the files back, or retract them: `bit retract`.',
    }),

  /** BIT5315. */
  noReader: (at: Span, of: { readonly problem: string }): Diagnostic =>
    error('BIT5315', at, {
      message: onOneLine(of.problem),
      help: 'Or import without `--reader`: headers that Bitflow does not read itself stay unknown.',
    }),

  /** BIT5317. */
  badRules: (at: Span, of: { readonly message: string; readonly help: string }): Diagnostic => error('BIT5317', at, of),

  /** BIT5318. */
  noExperiment: (at: Span): Diagnostic =>
    error('BIT5318', at, {
      message: 'Which experiment the data belong to is not said',
      help: 'Name one; it is made where there is none: `--experiment screen`. `bit datasets` lists those that there are.',
    }),
} as const;

export const leftWords: Readonly<Record<LeftFile['why'], string>> = {
  'being-written': 'it is being written, or was a moment ago',
  gone: 'it went away meanwhile',
  link: 'a link that leads out of the source, or to a folder',
  'broken-link': 'a link that leads nowhere',
  special: 'neither a file nor a folder',
};

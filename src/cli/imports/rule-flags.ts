import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { TagRule } from '../../data/annotate/annotate.ts';
import { annotateDiagnostics } from '../../data/annotate/annotate-errors.ts';
import { readPattern } from '../../data/annotate/read-pattern.ts';
import { readSheet } from '../../data/annotate/read-sheet.ts';
import { importErrors } from '../../data/import/import-errors.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Span } from '../../diagnostics/span.ts';
import type { Flags, FlagValues } from '../verb.ts';

/** How tags are read from names and sheets: the same words wherever tags are given. */
export const ruleFlags = {
  pattern: {
    kind: 'list',
    value: 'PATTERN',
    help: 'tags from names: {cell}_{condition}_t{time:Int}.tif; with a / from the path below the source',
  },
  regex: { kind: 'list', value: 'REGEX', help: 'tags from named groups: (?<cell>[A-H][0-9]+)_t(?<time__Int>[0-9]+)' },
  separator: { kind: 'list', value: 'TEXT', help: 'what parts the pieces of a name, for --position' },
  position: {
    kind: 'list',
    value: 'N',
    help: 'one tag from the piece at a position, from 1, or from -1 at the end; with --tag',
  },
  words: { kind: 'list', value: 'A,B,…', help: 'one tag from the word of this list that the name holds; with --tag' },
  tag: { kind: 'list', value: 'NAME', help: 'the tag that --position or --words gives' },
  sheet: {
    kind: 'text',
    value: 'FILE',
    help: 'a table (CSV, TSV, XLSX) with a row for each file and a column for each tag',
  },
  'file-column': {
    kind: 'text',
    value: 'HEADER',
    help: 'the column of the sheet that names the files; found by itself unless said',
  },
  worksheet: { kind: 'text', value: 'NAME', help: 'the worksheet of a workbook; the first unless said' },
  set: { kind: 'list', value: 'TAG=VALUE', help: 'the same tag for all: condition=control' },
  allow: {
    kind: 'list',
    value: 'WHAT',
    help: 'unmatched names, rows-without-file, files-without-row, or duplicates (items that no tag tells apart)',
    examples: ['unmatched', 'rows-without-file', 'files-without-row', 'duplicates'],
  },
} as const satisfies Flags;

type RuleFlag = keyof typeof ruleFlags;

/** The part of an invocation that says the rules. */
export interface RuleWords {
  readonly folder: string;
  readonly flags: FlagValues<typeof ruleFlags>;
  places(flag: RuleFlag): readonly Span[];
}

export interface ReadRules {
  readonly rules: readonly TagRule[];
  /** Where the rule of this number was typed. */
  readonly places: readonly Span[];
  /** As they were typed. */
  readonly typed: readonly string[];
  readonly allowsDuplicates: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

/** The rules that the words give, with everything that is wrong with them. The sheet is read. */
export async function readRules(words: RuleWords): Promise<ReadRules> {
  const { flags } = words;
  const found: { rule: TagRule; at: Span; typed: string }[] = [];
  const diagnostics: Diagnostic[] = [...unknownAllowances(words)];
  const unmatched = flags.allow.includes('unmatched') ? 'leave' : 'refuse';
  for (const [index, text] of flags.pattern.entries()) {
    const at = placeOf(words, 'pattern', index);
    const read = readPattern(text, at);
    diagnostics.push(...read.diagnostics);
    if (read.pattern !== undefined)
      found.push({ rule: { kind: 'pattern', pattern: read.pattern, unmatched }, at, typed: `pattern ${text}` });
  }
  for (const [index, text] of flags.regex.entries())
    found.push({
      rule: { kind: 'regex', text, unmatched },
      at: placeOf(words, 'regex', index),
      typed: `regex ${text}`,
    });
  found.push(...taggedRules(words, { unmatched, diagnostics }));
  if (flags.sheet !== undefined) found.push(...(await sheetRule(words, flags.sheet, diagnostics)));
  if (flags.set.length > 0)
    found.push({
      rule: { kind: 'set', set: flags.set, unset: [] },
      at: placeOf(words, 'set', 0),
      typed: `set ${flags.set.join(', ')}`,
    });
  return {
    rules: found.map(({ rule }) => rule),
    places: found.map(({ at }) => at),
    typed: found.map(({ typed }) => typed),
    allowsDuplicates: flags.allow.includes('duplicates'),
    diagnostics,
  };
}

function placeOf(words: RuleWords, flag: RuleFlag, index: number): Span {
  const places = words.places(flag);
  const at = places[index] ?? places[0];
  if (at === undefined) throw new Error(`--${flag} was given and stands nowhere`);
  return at;
}

function unknownAllowances(words: RuleWords): readonly Diagnostic[] {
  const known: readonly string[] = ruleFlags.allow.examples;
  return words.flags.allow.flatMap((text, index) =>
    known.includes(text)
      ? []
      : [
          importErrors.badRules(placeOf(words, 'allow', index), {
            message: `\`${text}\` is nothing that can be allowed`,
            help: `There are ${known.map((each) => `\`${each}\``).join(', ')}.`,
          }),
        ],
  );
}

/** `--position` and `--words` give one tag each: the first of them gives the first `--tag`, and so on. */
function taggedRules(
  words: RuleWords,
  of: { readonly unmatched: 'refuse' | 'leave'; readonly diagnostics: Diagnostic[] },
): { rule: TagRule; at: Span; typed: string }[] {
  const { flags } = words;
  const givers = [
    ...flags.position.map((text, index) => ({
      flag: 'position' as const,
      text,
      at: placeOf(words, 'position', index),
    })),
    ...flags.words.map((text, index) => ({ flag: 'words' as const, text, at: placeOf(words, 'words', index) })),
  ].sort((a, b) => a.at.start - b.at.start);
  const tags = flags.tag.map((name, index) => ({ name, at: placeOf(words, 'tag', index) }));
  const [firstGiver] = givers;
  const [firstTag] = tags;
  const wrong = (at: Span, message: string, help: string): [] => {
    of.diagnostics.push(importErrors.badRules(at, { message, help }));
    return [];
  };
  if (givers.length !== tags.length) {
    const at =
      (givers.length > tags.length ? givers[tags.length]?.at : tags[givers.length]?.at) ??
      firstGiver?.at ??
      firstTag?.at;
    if (at === undefined) return [];
    return wrong(
      at,
      givers.length > tags.length ? 'Which tag this gives is not said' : 'Nothing gives this tag',
      'Write one `--tag` for each `--position` or `--words`: `--separator _ --position 2 --tag condition`.',
    );
  }
  if (flags.separator.length > 0 && flags.position.length === 0)
    return wrong(
      placeOf(words, 'separator', 0),
      'A separator without a position gives no tag',
      'Write `--separator _ --position 2 --tag condition`.',
    );
  return givers.flatMap(({ flag, text, at }, index): { rule: TagRule; at: Span; typed: string }[] => {
    const tag = tags[index]?.name ?? '';
    if (flag === 'words')
      return [
        {
          rule: {
            kind: 'words',
            words: text.split(',').map((word) => word.trim()),
            tag,
            letters: 'as-written',
            of: 'name',
            unmatched: of.unmatched,
          },
          at,
          typed: `words ${text} tag ${tag}`,
        },
      ];
    if (!/^-?\d+$/.test(text))
      return wrong(at, `\`${text}\` is no position`, 'Positions are whole numbers: 1 is the first piece, -1 the last.');
    const separators = flags.separator.length > 0 ? flags.separator : ['_'];
    return [
      {
        rule: { kind: 'separator', separators, position: Number(text), tag, of: 'name', unmatched: of.unmatched },
        at,
        typed: `separator ${separators.join(' ')} position ${text} tag ${tag}`,
      },
    ];
  });
}

async function sheetRule(
  words: RuleWords,
  file: string,
  diagnostics: Diagnostic[],
): Promise<{ rule: TagRule; at: Span; typed: string }[]> {
  const { flags } = words;
  const at = placeOf(words, 'sheet', 0);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(resolve(words.folder, file));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const why = code === 'ENOENT' ? 'it does not exist' : code === 'EISDIR' ? 'it is a folder' : 'you may not read it';
    diagnostics.push(
      importErrors.badRules(at, {
        message: `The sheet \`${file}\` cannot be read: ${why}`,
        help: 'Name a CSV, TSV or XLSX file.',
      }),
    );
    return [];
  }
  const read = await readSheet(bytes, { name: basename(file), worksheet: flags.worksheet });
  if (!read.ok) {
    diagnostics.push(...annotateDiagnostics([read.error], { at: () => at }));
    return [];
  }
  return [
    {
      rule: {
        kind: 'sheet',
        sheet: read.value,
        fileColumn: flags['file-column'],
        rename: {},
        leaveOut: [],
        decimals: undefined,
        rowsWithoutFile: flags.allow.includes('rows-without-file') ? 'leave' : 'refuse',
        filesWithoutRow: flags.allow.includes('files-without-row') ? 'leave' : 'refuse',
      },
      at,
      typed: `sheet ${file}`,
    },
  ];
}

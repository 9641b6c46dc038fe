import type { TagRule } from '../../data/annotate/annotate.ts';
import { readPattern } from '../../data/annotate/read-pattern.ts';
import type { Otherwise } from '../../data/annotate/rule-found.ts';
import { importErrors } from '../../data/import/import-errors.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Span } from '../../diagnostics/span.ts';
import { shellWord } from '../shell-word.ts';
import type { Flags, FlagValues } from '../verb.ts';
import { type PieceWord, pieceRules } from './piece-rules.ts';
import { sheetRule } from './sheet-rules.ts';

/** How tags are read from names and sheets: the same words wherever tags are given. */
export const ruleFlags = {
  set: { kind: 'list', value: 'TAG=VALUE', help: "the same tag for all: `condition=control`, `dose='3 um'`" },
  pattern: {
    kind: 'list',
    value: 'PATTERN',
    help: 'tags from names: {cell}_{condition}_t{time:Int}.tif; with a / from the path below the source',
  },
  regex: { kind: 'list', value: 'REGEX', help: 'tags from named groups: (?<cell>[A-H][0-9]+)_t(?<time__Int>[0-9]+)' },
  separator: { kind: 'list', value: 'TEXT', help: 'what parts the pieces of a name, for --position; `_` unless said' },
  position: {
    kind: 'list',
    value: 'N',
    help: 'one tag from the piece at a position, from 1, or from -1 at the end; with --tag',
  },
  words: { kind: 'list', value: 'A,B,…', help: 'one tag from the word of this list that the name holds; with --tag' },
  tag: { kind: 'list', value: 'NAME', help: 'the tag that --position or --words gives' },
  'in-path': { kind: 'switch', help: 'look for pieces and words in folders, too' },
  'any-case': { kind: 'switch', help: 'find words whatever their case' },
  sheet: {
    kind: 'list',
    value: 'FILE',
    help: 'a table (CSV, TSV, XLSX) with a row for each file and a column for each tag',
  },
  'file-column': {
    kind: 'text',
    value: 'HEADER',
    help: 'the column of the sheet that names the files; found by itself unless said',
  },
  worksheet: { kind: 'text', value: 'NAME|N', help: 'the worksheet of a workbook; the first unless said' },
  column: { kind: 'list', value: 'HEADER=TAG', help: 'the tag that a column gives, where its header will not do' },
  'skip-column': { kind: 'list', value: 'HEADER', help: 'a column of the sheet that gives no tag' },
  decimals: { kind: 'text', value: 'MARK', choices: ['comma', 'point'], help: 'how the sheet writes fractions' },
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

/** Tags to take away, of verbs that do that: one rule with `--set`, which sees where the two contradict each other. */
export interface UnsetWords {
  readonly names: readonly string[];
  readonly places: readonly Span[];
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

/** The rules that the words give, in the order they were typed, with everything that is wrong with them. Sheets are read. */
export async function readRules(words: RuleWords, unset: UnsetWords = { names: [], places: [] }): Promise<ReadRules> {
  const { flags } = words;
  const found: { rule: TagRule; at: Span; typed: string }[] = [];
  const diagnostics: Diagnostic[] = [...unknownAllowances(words)];
  const allowed = (what: string): Otherwise => (flags.allow.includes(what) ? 'leave' : 'refuse');
  const unmatched = allowed('unmatched');
  const given = <Flag extends 'pattern' | 'regex' | 'sheet' | 'column' | PieceWord['flag']>(flag: Flag) => {
    const texts: readonly string[] = flags[flag];
    return words.places(flag).map((at, index) => ({ flag, text: texts[index] ?? '', at }));
  };

  for (const { text, at } of given('pattern')) {
    const read = readPattern(text, at);
    diagnostics.push(...read.diagnostics);
    if (read.pattern !== undefined)
      found.push({ rule: { kind: 'pattern', pattern: read.pattern, unmatched }, at, typed: typed('pattern', text) });
  }
  for (const { text, at } of given('regex'))
    found.push({ rule: { kind: 'regex', text, unmatched }, at, typed: typed('regex', text) });
  const pieces = pieceRules(
    [...given('separator'), ...given('position'), ...given('words'), ...given('tag')].sort(
      (a, b) => a.at.start - b.at.start,
    ),
    {
      unmatched,
      of: flags['in-path'] ? 'path' : 'name',
      letters: flags['any-case'] ? 'any-case' : 'as-written',
    },
  );
  found.push(...pieces.rules);
  diagnostics.push(...pieces.diagnostics);
  const sheets = {
    folder: words.folder,
    worksheet: flags.worksheet,
    fileColumn: flags['file-column'],
    columns: given('column'),
    leaveOut: flags['skip-column'],
    decimals: flags.decimals,
    rowsWithoutFile: allowed('rows-without-file'),
    filesWithoutRow: allowed('files-without-row'),
  };
  for (const { text, at } of given('sheet')) {
    const read = await sheetRule(text, { at, words: sheets });
    diagnostics.push(...read.diagnostics);
    if (read.rule !== undefined) found.push({ rule: read.rule, at, typed: typed('sheet', text) });
  }
  found.push(...settingRule(words, unset));
  found.sort((a, b) => a.at.start - b.at.start);
  return {
    rules: found.map(({ rule }) => rule),
    places: found.map(({ at }) => at),
    typed: found.map(({ typed }) => typed),
    allowsDuplicates: flags.allow.includes('duplicates'),
    diagnostics,
  };
}

const typed = (flag: string, text: string): string => `--${flag} ${shellWord(text)}`;

/** All `--set` and `--unset` of a command are one rule. */
function settingRule({ flags, places }: RuleWords, unset: UnsetWords): { rule: TagRule; at: Span; typed: string }[] {
  const [at] = [...places('set'), ...unset.places];
  if (at === undefined) return [];
  const words = [...flags.set.map((text) => typed('set', text)), ...unset.names.map((text) => typed('unset', text))];
  return [{ rule: { kind: 'set', set: flags.set, unset: unset.names }, at, typed: words.join(' ') }];
}

function unknownAllowances({ flags, places }: RuleWords): readonly Diagnostic[] {
  const known: readonly string[] = ruleFlags.allow.examples;
  return places('allow').flatMap((at, index) => {
    const text = flags.allow[index] ?? '';
    return known.includes(text)
      ? []
      : [
          importErrors.badRules(at, {
            message: `\`${text}\` is nothing that can be allowed`,
            help: `There are ${known.map((each) => `\`${each}\``).join(', ')}.`,
          }),
        ];
  });
}

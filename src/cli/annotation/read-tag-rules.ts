import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { TagRule } from '../../data/annotate/annotate.ts';
import { annotateDiagnostics } from '../../data/annotate/annotate-errors.ts';
import { readPattern } from '../../data/annotate/read-pattern.ts';
import { readSheet } from '../../data/annotate/read-sheet.ts';
import type { Otherwise } from '../../data/annotate/rule-found.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Span } from '../../diagnostics/span.ts';
import { shellWord } from '../shell-word.ts';
import { usageErrors } from '../usage-errors.ts';
import type { FlagValues, Invocation } from '../verb.ts';
import { type PieceWord, pieceRules } from './piece-rules.ts';
import type { tagRuleFlags } from './tag-rule-flags.ts';

export interface PlacedRule {
  readonly rule: TagRule;
  /** For messages: the word of the command line that it came from. */
  readonly at: Span;
  /** As it was typed, for the record: `--pattern '{cell}.tif'`. */
  readonly text: string;
}

type Flags = FlagValues<typeof tagRuleFlags>;
type RuleWords = Pick<Invocation<typeof tagRuleFlags>, 'folder'> & {
  readonly flags: Flags;
  places(flag: keyof typeof tagRuleFlags): readonly Span[];
};

/** The rules of a command in the order they were typed, and everything that is wrong with them before any item is looked at. */
export async function readTagRules(
  words: RuleWords,
): Promise<{ readonly rules: readonly PlacedRule[]; readonly diagnostics: readonly Diagnostic[] }> {
  const { flags } = words;
  const diagnostics: Diagnostic[] = [];
  const rules: PlacedRule[] = [];
  const unmatched: Otherwise = flags['allow-unmatched'] ? 'leave' : 'refuse';
  const placed = (flag: 'pattern' | 'regex' | 'sheet'): readonly (readonly [string, Span])[] =>
    words.places(flag).map((at, index) => [flags[flag][index] ?? '', at]);

  for (const [text, at] of placed('pattern')) {
    const read = readPattern(text, at);
    diagnostics.push(...read.diagnostics);
    if (read.pattern !== undefined)
      rules.push({ rule: { kind: 'pattern', pattern: read.pattern, unmatched }, at, text: typed('pattern', text) });
  }
  for (const [text, at] of placed('regex'))
    rules.push({ rule: { kind: 'regex', text, unmatched }, at, text: typed('regex', text) });
  const pieces = pieceRules(pieceWords(words), {
    unmatched,
    of: flags['in-path'] ? 'path' : 'name',
    letters: flags['any-case'] ? 'any-case' : 'as-written',
  });
  rules.push(...pieces.rules);
  diagnostics.push(...pieces.diagnostics);
  for (const [path, at] of placed('sheet')) {
    const read = await sheetRule(path, { at, words, unmatched });
    diagnostics.push(...read.diagnostics);
    if (read.rule !== undefined) rules.push(read.rule);
  }
  return { rules: rules.toSorted((a, b) => a.at.start - b.at.start), diagnostics };
}

export const typed = (flag: string, text: string): string => `--${flag} ${shellWord(text)}`;

function pieceWords({ flags, places }: RuleWords): readonly PieceWord[] {
  const names = ['separator', 'position', 'words', 'tag'] as const;
  return names
    .flatMap((flag) => places(flag).map((at, index): PieceWord => ({ flag, text: flags[flag][index] ?? '', at })))
    .toSorted((a, b) => a.at.start - b.at.start);
}

async function sheetRule(
  path: string,
  { at, words, unmatched }: { readonly at: Span; readonly words: RuleWords; readonly unmatched: Otherwise },
): Promise<{ readonly rule?: PlacedRule; readonly diagnostics: readonly Diagnostic[] }> {
  const { flags, folder } = words;
  let bytes: Uint8Array;
  try {
    bytes = await readFile(resolve(folder, path));
  } catch (error) {
    const why = whyNot((error as NodeJS.ErrnoException).code);
    if (why === undefined) throw error;
    return { diagnostics: [usageErrors.noSuchFile(at, { path, what: 'sheet', why })] };
  }
  const sheet = await readSheet(bytes, { name: path, worksheet: flags.worksheet });
  if (!sheet.ok) return { diagnostics: annotateDiagnostics([sheet.error], { at: () => at }) };
  const renamed = renamedColumns(words);
  const rule: TagRule = {
    kind: 'sheet',
    sheet: sheet.value,
    fileColumn: flags['file-column'],
    rename: renamed.rename,
    leaveOut: flags['skip-column'],
    decimals: flags.decimals,
    rowsWithoutFile: flags['allow-other-rows'] ? 'leave' : 'refuse',
    filesWithoutRow: unmatched,
  };
  return { rule: { rule, at, text: typed('sheet', path) }, diagnostics: renamed.diagnostics };
}

function renamedColumns({ flags, places }: RuleWords): {
  readonly rename: Readonly<Record<string, string>>;
  readonly diagnostics: readonly Diagnostic[];
} {
  const diagnostics: Diagnostic[] = [];
  const rename: Record<string, string> = {};
  for (const [index, at] of places('column').entries()) {
    const text = flags.column[index] ?? '';
    // A header may hold `=`, the name of a tag cannot.
    const cut = text.lastIndexOf('=');
    if (cut > 0) rename[text.slice(0, cut)] = text.slice(cut + 1).trim();
    else
      diagnostics.push(
        usageErrors.badValue(at, {
          what: '--column',
          text,
          expected: 'a header and the tag that it gives',
          example: "--column 'Cell line=cell'",
        }),
      );
  }
  return { rename, diagnostics };
}

function whyNot(code: string | undefined): 'missing' | 'folder' | 'denied' | undefined {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'missing';
    case 'EISDIR':
      return 'folder';
    case 'EACCES':
    case 'EPERM':
      return 'denied';
    default:
      return undefined;
  }
}

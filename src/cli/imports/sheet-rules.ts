import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { annotateDiagnostics } from '../../data/annotate/annotate-errors.ts';
import { readSheet } from '../../data/annotate/read-sheet.ts';
import type { Otherwise } from '../../data/annotate/rule-found.ts';
import type { SheetRule } from '../../data/annotate/sheet-rule.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Span } from '../../diagnostics/span.ts';
import { usageErrors } from '../usage-errors.ts';
import { whyUnreadable } from '../why-unreadable.ts';

/** What the flags say of all sheets of a command. */
export interface SheetWords {
  readonly folder: string;
  readonly worksheet: string | undefined;
  readonly fileColumn: string | undefined;
  /** `HEADER=TAG`. */
  readonly columns: readonly { readonly text: string; readonly at: Span }[];
  readonly leaveOut: readonly string[];
  readonly decimals: 'comma' | 'point' | undefined;
  readonly rowsWithoutFile: Otherwise;
  readonly filesWithoutRow: Otherwise;
}

/** The rule of one sheet, which is read. */
export async function sheetRule(
  path: string,
  { at, words }: { readonly at: Span; readonly words: SheetWords },
): Promise<{ readonly rule?: SheetRule; readonly diagnostics: readonly Diagnostic[] }> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(resolve(words.folder, path));
  } catch (error) {
    const why = whyUnreadable(error);
    if (why === undefined) throw error;
    return { diagnostics: [usageErrors.noSuchFile(at, { path, what: 'sheet', why })] };
  }
  const sheet = await readSheet(bytes, { name: basename(path), worksheet: words.worksheet });
  if (!sheet.ok) return { diagnostics: annotateDiagnostics([sheet.error], { at: () => at }) };
  const { rename, diagnostics } = renamedColumns(words);
  const { fileColumn, leaveOut, decimals, rowsWithoutFile, filesWithoutRow } = words;
  return {
    rule: {
      kind: 'sheet',
      sheet: sheet.value,
      fileColumn,
      rename,
      leaveOut,
      decimals,
      rowsWithoutFile,
      filesWithoutRow,
    },
    diagnostics,
  };
}

function renamedColumns({ columns }: SheetWords): {
  readonly rename: Readonly<Record<string, string>>;
  readonly diagnostics: readonly Diagnostic[];
} {
  const diagnostics: Diagnostic[] = [];
  const rename: [string, string][] = [];
  for (const { text, at } of columns) {
    // A header may hold `=`, the name of a tag cannot.
    const cut = text.lastIndexOf('=');
    if (cut > 0) rename.push([text.slice(0, cut), text.slice(cut + 1).trim()]);
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
  return { rename: Object.fromEntries(rename), diagnostics };
}

import { type AnnotateOptions, annotate, type TagRule } from '../../../../src/data/annotate/annotate.ts';
import type { AnnotatedItem } from '../../../../src/data/annotate/annotated-item.ts';
import { readPattern } from '../../../../src/data/annotate/read-pattern.ts';
import { readSheet } from '../../../../src/data/annotate/read-sheet.ts';
import type { Sheet } from '../../../../src/data/annotate/sheet-cell.ts';
import type { SheetRule } from '../../../../src/data/annotate/sheet-rule.ts';
import type { TagProblem } from '../../../../src/data/annotate/tag-problem.ts';
import type { Tags } from '../../../../src/engine/ports/value.ts';

export function itemsOf(paths: readonly string[], tags: Tags = {}): AnnotatedItem[] {
  return paths.map((path, at) => ({ key: String(at), path, name: path.slice(path.lastIndexOf('/') + 1), tags }));
}

/** New keys are welcome unless keys are given. */
export function tagged(
  paths: readonly string[],
  rules: TagRule | readonly TagRule[],
  options: Partial<AnnotateOptions> = {},
) {
  const result = annotate(itemsOf(paths), {
    rules: 'kind' in rules ? [rules] : rules,
    keys: [],
    newKeys: options.keys === undefined ? 'infer' : 'refuse',
    ...options,
  });
  return { ...result, tags: result.items.map((item) => item.tags), kinds: result.problems.map(({ kind }) => kind) };
}

export function pattern(text: string, unmatched: 'refuse' | 'leave' = 'refuse'): TagRule {
  const read = readPattern(text, { source: { name: 'command line', text }, start: 0, end: text.length });
  if (read.pattern === undefined) throw new Error(read.diagnostics.map(({ message }) => message).join('; '));
  return { kind: 'pattern', pattern: read.pattern, unmatched };
}

export const regex = (text: string, unmatched: 'refuse' | 'leave' = 'refuse'): TagRule => ({
  kind: 'regex',
  text,
  unmatched,
});

export async function sheet(content: string | Uint8Array, name = 'meta.csv', worksheet?: string): Promise<Sheet> {
  const read = await readSheet(typeof content === 'string' ? Buffer.from(content) : content, { name, worksheet });
  if (!read.ok) throw new Error(`${problemText(read.error)}: ${'problem' in read.error ? read.error.problem : ''}`);
  return read.value;
}

export async function bySheetOf(content: string | Uint8Array, options: Partial<SheetRule> = {}): Promise<SheetRule> {
  return {
    kind: 'sheet',
    sheet: await sheet(content),
    fileColumn: undefined,
    rename: {},
    leaveOut: [],
    decimals: undefined,
    rowsWithoutFile: 'refuse',
    filesWithoutRow: 'refuse',
    ...options,
  };
}

/** Short, for tables of expectations: `row-without-file 3 A9.tif`. */
export function problemText(problem: TagProblem): string {
  const { kind, ...rest } = problem;
  return [
    kind,
    ...Object.entries(rest).flatMap(([name, value]) =>
      name === 'rule' ? [] : [typeof value === 'object' ? JSON.stringify(value) : String(value)],
    ),
  ].join(' ');
}

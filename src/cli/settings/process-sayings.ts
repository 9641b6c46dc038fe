import type { Span } from '../../diagnostics/span.ts';
import { everyProcess, type ProcessKey, type ProcessTable } from './process-table.ts';
import type { Said } from './said.ts';

/** One line under `[process.segment]` or `[label.heavy]`. */
export interface ProcessSaying {
  readonly table: ProcessTable;
  /** Of the process, or the label; `*` for all processes. */
  readonly name: string;
  readonly key: ProcessKey;
  readonly said: Said;
  /** Of files and profiles: a higher one is stronger, whatever it is about. */
  readonly layer: number;
  /** The settings file; absolute. */
  readonly file: string;
  /** The name in the table's head. */
  readonly at: Span;
}

/**
 * What is said about one process, by key, weakest first. A stronger file or profile comes before everything; within one, `[process."*"]` is
 * weaker than labels, of which those that the process lists later are stronger, and its own name is the strongest.
 */
export function sayingsOf(
  process: { readonly name: string; readonly labels: readonly string[] },
  all: readonly ProcessSaying[],
): ReadonlyMap<ProcessKey, readonly ProcessSaying[]> {
  const rankOf = ({ table, name }: ProcessSaying): number => {
    if (table === 'label') return process.labels.lastIndexOf(name) + 1 || Number.NaN;
    if (name === process.name) return process.labels.length + 1;
    return name === everyProcess ? 0 : Number.NaN;
  };
  return Map.groupBy(
    all
      .map((saying) => ({ saying, rank: rankOf(saying) }))
      .filter(({ rank }) => !Number.isNaN(rank))
      .sort((a, b) => a.saying.layer - b.saying.layer || a.rank - b.rank)
      .map(({ saying }) => saying),
    ({ key }) => key,
  );
}

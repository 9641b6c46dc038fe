/**
 * What an import costs beyond reading the bytes: whole commands on folders of small TIFFs that lie in the kernel's memory, the first time and again, compared with what was promised
 * (`goal`). The last line is by how much an item of the large folder costs more than one of the small.
 */
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median, putAside, type Timed, timed } from './measure.ts';
import { smallTiff } from './small-tiff.ts';

export interface ImportBench {
  readonly bit: string;
  /** Numbers of files. */
  readonly sizes: readonly number[];
  fresh(name: string): string;
  note(graph: string, what: string, tool: string, result: Timed): void;
  stalled(what: string, stalls: { readonly maxMs: number; readonly p99Ms: number; readonly peakMiB: number }): void;
}

const goals: ReadonlyMap<number, number> = new Map([
  [2000, 2],
  [100_000, 100],
]);

export function measureImport({ bit, sizes, fresh, note, stalled }: ImportBench): void {
  const perItem = new Map<number, number>();
  for (const size of sizes) {
    const at = fresh('import');
    makePlate(at, size);
    const graph = `${Number(size).toLocaleString('en').replaceAll(',', ' ')} files`;
    const lag = join(at, 'lag.json');
    const run = (): Timed =>
      timed(
        'node',
        [
          ...['--import', join(import.meta.dirname, 'lag.ts'), bit, 'import', 'plate', '-e', 'screen', '--quiet'],
          ...['--pattern', '{cell}_{condition}_t{time:Int}.tif'],
        ],
        { cwd: at, env: { BENCH_LAG: lag } },
      );
    const first = median(size > 10_000 ? 1 : 3, () => putAside(at, ['.bit']), run);
    note(graph, 'import', 'bit', first);
    stalled(`import of ${graph}`, JSON.parse(readFileSync(lag, 'utf8')));
    const goal = goals.get(size);
    if (goal !== undefined) note(graph, 'import', 'goal', { seconds: goal, peakMiB: undefined });
    note(
      graph,
      'again',
      'bit',
      median(size > 10_000 ? 1 : 3, () => undefined, run),
    );
    perItem.set(size, first.seconds / size);
  }
  const [small, large] = [perItem.get(1000), perItem.get(100_000)];
  if (small !== undefined && large !== undefined) {
    note('100 000 : 1 000', 'per item', 'bit', { seconds: large / small, peakMiB: undefined });
    note('100 000 : 1 000', 'per item', 'goal', { seconds: 1.5, peakMiB: undefined });
  }
}

/** Files as old as on the day after: what was written this second would be looked at again later. */
function makePlate(at: string, size: number): void {
  const folder = join(at, 'plate');
  mkdirSync(folder);
  const yesterday = new Date(Date.now() - 86_400_000);
  for (let index = 0; index < size; index++) {
    const path = join(folder, `c${index % 1000}_${index % 2 === 0 ? 'ctl' : 'drug'}_t${Math.floor(index / 1000)}.tif`);
    writeFileSync(path, smallTiff(index));
    utimesSync(path, yesterday, yesterday);
  }
}

/**
 * `npm run bench`: what a task, a re-run and a plan cost, against make, ninja and Snakemake on the same graphs in the same run, and
 * containers and jobs against `docker run` and an array by hand. Only
 * ratios mean anything from machine to machine. `--short` is for CI: the small graphs, and a failure only where a ratio is more
 * than twice what was recorded in `recorded.json`. `--json FILE` says where the figures go; `--record` writes `recorded.json`.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { goal, measureCatalog } from './catalog.ts';
import { measureDocker, measureSlurm } from './elsewhere.ts';
import * as graphs from './graphs.ts';
import { measureImport } from './import.ts';
import { has, median, putAside, type Timed, timed, write } from './measure.ts';

const { values: flags } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
    json: { type: 'string', default: 'bench-results.json' },
    only: { type: 'string' },
  },
});

const root = resolve(import.meta.dirname, '../..');
const bit = join(root, 'bin/bit.js');
const recordedFile = join(import.meta.dirname, 'recorded.json');
const folder = mkdtempSync(join(tmpdir(), 'bit-bench-'));
const runs = 3;

interface Figure {
  readonly graph: string;
  readonly what: string;
  readonly tool: string;
  readonly seconds: number;
  readonly peakMiB: number | undefined;
  /** Of this figure to bit's: above 1 means bit is faster. */
  ratio?: number;
}
const figures: Figure[] = [];

function note(graph: string, what: string, tool: string, result: Timed): void {
  figures.push({ graph, what, tool, ...result });
  process.stderr.write(
    `${graph.padEnd(16)} ${what.padEnd(10)} ${tool.padEnd(10)} ${result.seconds.toFixed(3).padStart(9)} s${result.peakMiB === undefined ? '' : `${result.peakMiB.toFixed(0).padStart(7)} MiB`}\n`,
  );
}

interface Graph {
  readonly name: string;
  readonly bit: string;
  readonly make: string;
  readonly ninja: string;
  readonly snakemake?: string;
}

function fresh(name: string): string {
  const at = join(folder, name);
  rmSync(at, { recursive: true, force: true });
  mkdirSync(at, { recursive: true });
  return at;
}

function measure(graph: Graph): void {
  const own = fresh('bit');
  write(own, 'graph.bit', graph.bit);
  const clean = (): void => putAside(own, ['.bit']);
  const run = (...args: readonly string[]): Timed => timed('node', [bit, ...args], { cwd: own });
  note(
    graph.name,
    'cold',
    'bit',
    median(runs, clean, () => run('run', 'graph.bit', '--cpus', '2')),
  );
  note(
    graph.name,
    'no-op',
    'bit',
    median(
      3,
      () => undefined,
      () => run('run', 'graph.bit', '--cpus', '2'),
    ),
  );
  note(
    graph.name,
    'dry run',
    'bit',
    median(
      3,
      () => undefined,
      () => run('plan', 'graph.bit'),
    ),
  );

  const peers: readonly (readonly [
    tool: string,
    file: string,
    text: string | undefined,
    run: readonly string[],
    dry: readonly string[],
  ])[] = [
    ['make', 'Makefile', graph.make, ['-j2', '-s'], ['-n', '-s']],
    ['ninja', 'build.ninja', graph.ninja, ['-j2', '--quiet'], ['-n', '--quiet']],
    ['snakemake', 'Snakefile', graph.snakemake, ['-j2', '-q', 'all', '--nolock'], ['-n', '-q', 'all']],
  ];
  for (const [tool, file, text, args, dry] of peers) {
    if (text === undefined) continue;
    if (!has(tool)) {
      process.stderr.write(`${tool} is not installed: not measured\n`);
      continue;
    }
    const at = fresh(tool);
    write(at, file, text);
    const cleanPeer = (): void => putAside(at, ['out', '.ninja_log', '.ninja_deps', '.snakemake']);
    const count = tool === 'snakemake' ? 1 : runs;
    note(
      graph.name,
      'cold',
      tool,
      median(count, cleanPeer, () => timed(tool, args, { cwd: at })),
    );
    note(
      graph.name,
      'no-op',
      tool,
      median(
        count,
        () => undefined,
        () => timed(tool, args, { cwd: at }),
      ),
    );
    note(
      graph.name,
      'dry run',
      tool,
      median(
        count,
        () => undefined,
        () => timed(tool, dry, { cwd: at }),
      ),
    );
  }
}

/** Memory and stalls of the process itself, in the two largest things that the product promises to stay small in. */
function measureLarge(): void {
  const at = fresh('large');
  write(at, 'plan.bit', graphs.bitTasks(100_000));
  write(at, 'run.bit', graphs.bitTasks(10_000));
  const lag = join(at, 'lag.json');
  for (const [what, args] of [
    ['plan 100 000', ['plan', 'plan.bit', '--json']],
    ['run 10 000', ['run', 'run.bit', '--cpus', '2']],
  ] as const) {
    const preload = join(import.meta.dirname, 'lag.ts');
    const result = timed('node', ['--import', preload, bit, ...args], { cwd: at, env: { BENCH_LAG: lag } });
    const { maxMs, p99Ms, peakMiB }: Stalls = JSON.parse(readFileSync(lag, 'utf8'));
    note('large', what, 'bit', { seconds: result.seconds, peakMiB });
    stalls.push({ what, maxMs, p99Ms, peakMiB });
  }
}

interface Stalls {
  readonly maxMs: number;
  readonly p99Ms: number;
  readonly peakMiB: number;
}
const stalls: (Stalls & { readonly what: string })[] = [];
const stalled = (what: string, of: Stalls): void => void stalls.push({ what, ...of });

function measureStart(): void {
  const at = fresh('start');
  write(at, 'empty.mjs', '0');
  write(at, 'one.bit', graphs.bitTasks(1));
  const node = (...args: readonly string[]): Timed => timed('node', args, { cwd: at });
  const times = flags.short ? 5 : 15;
  note(
    'start',
    'empty',
    'node',
    median(
      times,
      () => undefined,
      () => node('empty.mjs'),
    ),
  );
  note(
    'start',
    'version',
    'bit',
    median(
      times,
      () => undefined,
      () => node(bit, 'version'),
    ),
  );
  const nuclei = join(root, 'pipelines/nuclei/nuclei.bit');
  note(
    'start',
    'check',
    'bit',
    median(
      times,
      () => undefined,
      () => node(bit, 'check', nuclei),
    ),
  );
  node(bit, 'run', 'one.bit');
  note(
    'start',
    'one no-op',
    'bit',
    median(
      times,
      () => undefined,
      () => node(bit, 'run', 'one.bit'),
    ),
  );
}

const all: readonly (readonly [name: string, measure: () => void | Promise<void>, short: boolean])[] = [
  ['start', measureStart, true],
  [
    '1000',
    () =>
      measure({
        name: '1 000 tasks',
        bit: graphs.bitTasks(1000),
        make: graphs.makeTasks(1000),
        ninja: graphs.ninjaTasks(1000),
        ...(!flags.short && { snakemake: graphs.snakeTasks(1000) }),
      }),
    true,
  ],
  [
    'samples',
    () =>
      measure({
        name: '1 000 x 5 steps',
        bit: graphs.bitSamples(1000),
        make: graphs.makeSamples(1000),
        ninja: graphs.ninjaSamples(1000),
      }),
    false,
  ],
  ['catalog', () => measureCatalog({ items: 100_000, fresh, note }), true],
  ['catalog-large', () => measureCatalog({ items: 1_000_000, fresh, note }), false],
  ['import', () => measureImport({ bit, sizes: [2000], fresh, note, stalled }), true],
  ['import-large', () => measureImport({ bit, sizes: [1000, 100_000], fresh, note, stalled }), false],
  ['large', measureLarge, false],
  ['docker', () => measureDocker({ bit, fresh, note }), false],
  ['slurm', () => measureSlurm({ bit, fresh, note }), false],
  [
    '10000',
    () =>
      measure({
        name: '10 000 tasks',
        bit: graphs.bitTasks(10_000),
        make: graphs.makeTasks(10_000),
        ninja: graphs.ninjaTasks(10_000),
      }),
    false,
  ],
];

try {
  for (const [name, run, short] of all)
    if (flags.only === undefined ? !flags.short || short : flags.only.split(',').includes(name)) await run();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

for (const figure of figures) {
  const own = figures.find(
    (other) => other.tool === 'bit' && other.graph === figure.graph && other.what === figure.what,
  );
  if (own && own !== figure) figure.ratio = figure.seconds / own.seconds;
}
const node = figures.find((figure) => figure.graph === 'start' && figure.tool === 'node');
const ratios: Record<string, number> = {};
for (const figure of figures) {
  // What was promised is judged by itself, not by what was measured before.
  if (figure.tool === goal) continue;
  if (figure.ratio !== undefined) ratios[`${figure.graph}, ${figure.what}: ${figure.tool} / bit`] = figure.ratio;
  else if (figure.graph === 'start' && figure.tool === 'bit' && node)
    ratios[`start, ${figure.what}: node / bit`] = node.seconds / figure.seconds;
}

process.stdout.write(table());
for (const { what, maxMs, p99Ms, peakMiB } of stalls) {
  process.stdout.write(
    `\n${what}: event loop stalled ${maxMs.toFixed(0)} ms at most, ${p99Ms.toFixed(0)} ms at the 99th percentile; ${peakMiB.toFixed(0)} MiB\n`,
  );
}
writeFileSync(
  resolve(flags.json),
  `${JSON.stringify({ format: 'bitflow/bench/1', node: process.version, figures, ratios, stalls }, undefined, 2)}\n`,
);
if (flags.record)
  writeFileSync(
    recordedFile,
    `${JSON.stringify(Object.fromEntries(Object.entries(ratios).map(([name, ratio]) => [name, Number(ratio.toPrecision(2))])), undefined, 2)}\n`,
  );
else if (flags.short) judge();
judgeGoals();

/** Promises in seconds hold on any machine that is not much slower than two cores of today; a figure that misses its own by more than half fails. */
function judgeGoals(): void {
  for (const { graph, what, seconds, ratio = 1 } of figures.filter(({ tool }) => tool === goal)) {
    if (ratio >= 1) continue;
    process.stdout.write(`MISSED: ${graph}, ${what}: ${(seconds / ratio).toFixed(3)} s, promised ${seconds} s\n`);
    if (ratio < 1 / 1.5) process.exitCode = 1;
  }
}

function table(): string {
  const lines = [
    '',
    '| graph | what | tool | seconds | peak MiB | of bit |',
    '| --- | --- | --- | ---: | ---: | ---: |',
  ];
  for (const { graph, what, tool, seconds, peakMiB, ratio } of figures) {
    lines.push(
      `| ${graph} | ${what} | ${tool} | ${seconds.toFixed(3)} | ${peakMiB?.toFixed(0) ?? ''} | ${ratio === undefined ? '' : `${ratio.toFixed(2)} x`} |`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** CI fails on a gross fall alone: machines differ, and a bench that cries wolf is switched off. */
function judge(): void {
  if (!existsSync(recordedFile)) return;
  const recorded: unknown = JSON.parse(readFileSync(recordedFile, 'utf8'));
  if (typeof recorded !== 'object' || recorded === null) throw new Error('recorded.json holds no figures');
  const fallen = Object.entries(recorded).filter(
    ([name, before]) => name in ratios && typeof before === 'number' && (ratios[name] ?? 0) < before / 2,
  );
  for (const [name, before] of fallen)
    process.stdout.write(`FELL: ${name} was ${before}, is ${ratios[name]?.toPrecision(2)}\n`);
  process.stdout.write(`${Object.keys(ratios).length - fallen.length} passed, ${fallen.length} failed\n`);
  if (fallen.length > 0) process.exitCode = 1;
}

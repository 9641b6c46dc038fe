import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'csv-parse/sync';

/** Folder of the repository. */
export const repository = resolve(import.meta.dirname, '../..');

export interface Bench {
  readonly folder: string;
  /** Runs a pipeline (its path in the repository) into the folder `into` of the bench, in the bench's store. */
  run(
    pipeline: string,
    options: {
      readonly into: string;
      readonly args: readonly string[];
      readonly env?: Readonly<Record<string, string>>;
    },
  ): Promise<Ran>;
  dispose(): Promise<void>;
}

export interface Ran {
  readonly exitCode: number;
  readonly status: string;
  readonly tasks: { readonly total: number; readonly ran: number; readonly reused: number; readonly failed: number };
  /** Messages of the assertions that did not hold. */
  readonly broken: readonly string[];
  /** Everything printed, for messages of failing tests. */
  readonly text: string;
  /** What lies in the output folder, relative and sorted. */
  files(): Promise<readonly string[]>;
  table(path: string): Promise<readonly Row[]>;
  bytes(path: string): Promise<Buffer>;
}

export type Row = Readonly<Record<string, string>>;

/** A temporary folder with one store, so that the Python environment is built once for all runs of a test file. */
export async function bench(): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'bit-pipelines-'));
  return {
    folder,
    async run(pipeline, { into, args, env }) {
      const outdir = join(folder, into);
      const done = await bit(
        ['run', pipeline, '--json', '--outdir', outdir, '--store', join(folder, 'store'), ...args],
        env ?? {},
      );
      const report = decoded(done.stdout);
      return {
        exitCode: done.exitCode,
        ...report,
        text: `${done.stdout}\n${done.stderr}`,
        files: async () =>
          (await readdir(outdir, { recursive: true, withFileTypes: true }))
            .filter((entry) => entry.isFile())
            .map((entry) => join(entry.parentPath, entry.name).slice(outdir.length + 1))
            .filter((path) => !path.split('/').some((part) => part.startsWith('.')))
            .sort(),
        table: async (path) => rows(await readFile(join(outdir, path), 'utf8')),
        bytes: (path) => readFile(join(outdir, path)),
      };
    },
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

function bit(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  return new Promise((done) => {
    const options = { cwd: repository, maxBuffer: 64 * 1024 * 1024, env: { ...process.env, ...env } };
    execFile(process.execPath, ['src/cli/main.ts', ...args], options, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      done({ exitCode, stdout, stderr });
    });
  });
}

function decoded(stdout: string): Pick<Ran, 'status' | 'tasks' | 'broken'> {
  try {
    const report = JSON.parse(stdout) as Pick<Ran, 'status' | 'tasks'> & {
      readonly assertions?: readonly { readonly message: string; readonly holds: boolean }[];
    };
    const broken = (report.assertions ?? []).filter((assertion) => !assertion.holds);
    return { status: report.status, tasks: report.tasks, broken: [...new Set(broken.map((one) => one.message))] };
  } catch {
    return { status: 'no report', tasks: { total: -1, ran: -1, reused: -1, failed: -1 }, broken: [] };
  }
}

const rows = (text: string): readonly Row[] => parse(text, { columns: true }) as Row[];

/** Rows by the value of one column. */
export function grouped(table: readonly Row[], column: string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of table) {
    const value = row[column] ?? '';
    groups.set(value, [...(groups.get(value) ?? []), row]);
  }
  return groups;
}

/** Straight distance between the positions of two rows, over these columns. */
export function distance(a: Row, b: Row, columns: readonly string[]): number {
  return Math.hypot(...columns.map((column) => Number(a[column]) - Number(b[column])));
}

/**
 * For each true object of the same time, the nearest one found: how far it is, and of which track. Computed here once more, apart from the
 * pipeline's own comparison.
 */
export function nearest(truth: readonly Row[], found: readonly Row[], columns: readonly string[]) {
  const byTime = grouped(found, 'time');
  return truth.map((real) => {
    const candidates = (byTime.get(real.time ?? '') ?? []).map((row) => ({ row, far: distance(real, row, columns) }));
    candidates.sort((a, b) => a.far - b.far);
    return {
      track: real.track ?? '',
      far: candidates[0]?.far ?? Number.POSITIVE_INFINITY,
      by: candidates[0]?.row.track ?? '',
    };
  });
}

export const isPng = (bytes: Buffer): boolean => bytes.subarray(0, 8).toString('latin1') === '\x89PNG\r\n\x1a\n';

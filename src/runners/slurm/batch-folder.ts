import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { batchNamePrefix } from './queue.ts';
import type { Attempt, Batch } from './tracked.ts';

/**
 * What a batch leaves on disk before Slurm hears of it: `<work>/.slurm/<id>/` with the job script, each element's orders and the words of
 * `sbatch`; in each attempt's directory the file `slurm`, which says in what batch it is. Slurm's answer is then kept as `job`. An engine that dies in
 * between leaves a name to ask Slurm for.
 */
export const batchesFolder = (workFolder: string): string => `${workFolder}/.slurm`;

export const newBatchId = (): string => randomBytes(8).toString('hex');
export const batchName = (id: string): string => `${batchNamePrefix}${id}`;

export function writeBatch(
  batch: Batch,
  of: { readonly script: string; readonly words: readonly string[]; readonly owner: string },
): void {
  const { folder } = batch;
  for (const name of ['orders', 'messages', 'ended']) mkdirSync(`${folder}/${name}`, { recursive: true, mode: 0o700 });
  for (const { index, attempts } of batch.elements)
    writeFileSync(`${folder}/orders/${index}`, attempts.map((one) => `${one.token}\0${one.directory}\0`).join(''));
  writeOwner(batch, of.owner);
  writeFileSync(`${folder}/job.bash`, of.script);
  writeFileSync(`${folder}/words.json`, JSON.stringify(of.words));
  for (const { index, attempts } of batch.elements)
    for (const attempt of attempts) writeWhole(`${attempt.directory}/slurm`, `${batch.id} ${index}\n`);
}

/** Of a folder that cannot go now, the sweep of a later engine takes care: on a shared file system, or with another engine at it too. */
export function removeBatch(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // It stays.
  }
}

/** Which engine answers for it. */
export const writeOwner = ({ folder }: Batch, owner: string): void => writeFileSync(`${folder}/engine`, owner);

export function writeJob(batch: Batch, job: string): void {
  batch.job = job;
  writeWhole(`${batch.folder}/job`, `${job}\n`);
}

export function readJob(folder: string): string | undefined {
  return /^\d+/.exec(read(`${folder}/job`) ?? '')?.[0];
}

/** The words of `sbatch`; undefined where the batch is gone or was never whole. */
export function readWords(folder: string): readonly string[] | undefined {
  const text = read(`${folder}/words.json`);
  try {
    return text === undefined ? undefined : (JSON.parse(text) as readonly string[]);
  } catch {
    return undefined;
  }
}

/** In which batch an attempt is; undefined where it is in none. */
export function readPlace(directory: string): { readonly batch: string; readonly index: number } | undefined {
  const match = /^([0-9a-f]{16}) (\d+)\n$/.exec(read(`${directory}/slurm`) ?? '');
  return match === null ? undefined : { batch: match[1] ?? '', index: Number(match[2]) };
}

/** Tokens of attempts with a record since the last look; the marks go. */
export function takeMarks(batch: Batch, known: ReadonlyMap<string, Attempt>): readonly Attempt[] {
  let names: readonly string[];
  try {
    names = readdirSync(`${batch.folder}/ended`);
  } catch {
    return [];
  }
  return names.flatMap((name) => known.get(name) ?? []);
}

export const removeMark = (batch: Batch, attempt: Attempt): void =>
  rmSync(`${batch.folder}/ended/${attempt.token}`, { force: true });

/** A client of a network file system asks the server again once it has changed a folder itself. */
export function refresh(batch: Batch): void {
  try {
    writeFileSync(`${batch.folder}/ended/.look`, '');
    rmSync(`${batch.folder}/ended/.look`, { force: true });
  } catch {
    // The folder is gone, or the disk is full: then what is known has to do.
  }
}

/** The end of what the job script and Slurm's own programs wrote. */
export const lastWords = (batch: Batch): string =>
  (read(`${batch.folder}/output`) ?? '').trim().split('\n').slice(-2).join('; ');

function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

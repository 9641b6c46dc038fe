import { readdirSync, readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { identityOf, isAlive, readIdentity, writeIdentity } from '../../util/process-table.ts';
import { batchesFolder, batchName, removeBatch } from './batch-folder.ts';
import { askStanding } from './standing.ts';

/** What an engine writes into a batch that it answers for. */
export function owner(): string {
  const identity = identityOf(process.pid);
  return `${identity === undefined ? '' : writeIdentity(identity)}\n${hostname()}\n`;
}

/**
 * Removes the folders of batches whose engine was killed, once Slurm has nothing of them in its hands. Called at the end of a run: by then it has taken
 * over what it wanted of them.
 */
export async function sweepBatches(workFolder: string, options: { readonly hasAccounting: boolean }): Promise<void> {
  const all = batchesFolder(workFolder);
  const left = list(all).filter((id) => isOrphan(`${all}/${id}`));
  if (left.length === 0) return;
  const named = left.map((id) => ({ name: batchName(id) }));
  const asked = await askStanding(named, options);
  if ('silent' in asked) return;
  for (const id of left) {
    const states = [...(asked.standing.get(batchName(id))?.values() ?? [])];
    if (states.every(({ state }) => state.standing === 'over')) removeBatch(`${all}/${id}`);
  }
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Of an engine on another machine nobody can say whether it lives: what has not changed for long is taken for left. */
function isOrphan(folder: string): boolean {
  let words: readonly string[] = [];
  try {
    words = readFileSync(`${folder}/engine`, 'utf8').split('\n');
  } catch {
    // It was killed before it wrote it.
  }
  const [identity = '', host] = words;
  const known = host === hostname() ? readIdentity(identity) : undefined;
  if (known !== undefined) return !isAlive(known);
  const times = [folder, `${folder}/ended`].map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return Date.now() - Math.max(...times) > 10 * 60_000;
}

import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { batchesFolder, batchName } from './batch-folder.ts';
import { askStanding } from './standing.ts';

/**
 * Removes the folders of batches that engines left which were killed, once Slurm has nothing of them in its hands. Young ones may belong to an
 * engine that is about to ask for them.
 */
export async function sweepBatches(workFolder: string, options: { readonly hasAccounting: boolean }): Promise<void> {
  const all = batchesFolder(workFolder);
  if (!existsSync(all)) return;
  const old = readdirSync(all).filter((id) => Date.now() - lastChange(`${all}/${id}`) > youngMs);
  if (old.length === 0) return;
  const asked = await askStanding(
    old.map((id) => ({ name: batchName(id) })),
    options,
  );
  if ('silent' in asked) return;
  for (const id of old) {
    const states = [...(asked.standing.get(batchName(id))?.values() ?? [])];
    if (states.every(({ state }) => state.standing === 'over'))
      rmSync(`${all}/${id}`, { recursive: true, force: true });
  }
}

function lastChange(folder: string): number {
  const times = [folder, `${folder}/ended`].map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return Math.max(...times);
}

const youngMs = 10 * 60_000;

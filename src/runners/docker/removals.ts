import { existsSync, statSync } from 'node:fs';
import type Docker from 'dockerode';
import { isAlive, readIdentity } from '../../util/process-table.ts';
import { readEnding } from '../wrapper/call-off.ts';
import { readLauncherRecord, writeExitRecord } from '../wrapper/exit-record.ts';
import { labels } from './container-spec.ts';
import { type Containers, lookOf } from './containers.ts';
import { howItEnded } from './how-it-ended.ts';
import { completed } from './record.ts';

/**
 * Removes containers of the work folder that do not run and whose engine is gone. What only the container knows about how it ended is written
 * down before, for whoever takes the attempt over.
 */
export async function sweepContainers(
  docker: Docker,
  options: { readonly workFolder: string; readonly containers: Containers; readonly created: boolean },
): Promise<void> {
  const { workFolder, containers, created } = options;
  const listed = await docker.listContainers({
    all: true,
    filters: {
      label: [`${labels.work}=${workFolder}`],
      status: ['exited', 'dead', ...(created ? ['created'] : [])],
    },
  });
  for (const { Id, Labels } of listed) {
    const engine = readIdentity(Labels[labels.engine] ?? '');
    if (engine !== undefined && isAlive(engine)) continue;
    const info = await docker.getContainer(Id).inspect();
    const { token, end } = lookOf(info);
    const directory = info.Config.WorkingDir.replace(/\/task$/, '');
    if (token !== undefined && end !== undefined && existsSync(directory)) recordEnd(directory, token, end);
    await containers.remove(Id);
  }
}

function recordEnd(directory: string, token: string, container: Parameters<typeof completed>[1]['container']): void {
  const record = readLauncherRecord(directory, token);
  const ended = howItEnded({ record, ending: readEnding(directory), container });
  if (ended.kind === 'ended' && JSON.stringify(record?.how) !== JSON.stringify(ended.how))
    writeExitRecord(directory, completed(ended.how, { token, record, container, since: sinceOf(directory) }));
}

/** When an attempt began, by the file that is made first. */
export function sinceOf(directory: string): number {
  const facts = statSync(`${directory}/stdout`, { throwIfNoEntry: false });
  if (facts === undefined) return Date.now();
  return facts.birthtimeMs > 0 ? facts.birthtimeMs : facts.ctimeMs;
}

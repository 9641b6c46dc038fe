import { statSync } from 'node:fs';

/** The source went away in the middle of it: a disk was unplugged, a share was unmounted. */
export class SourceLost extends Error {
  readonly root: string;
  constructor(root: string) {
    super(`${root} is not there any more: was its disk unplugged, or its share unmounted?`);
    this.name = 'SourceLost';
    this.root = root;
  }
}

/**
 * Throws `SourceLost` where files went away or cannot be read because all of the source did. The folder that a disk was mounted on stays when the disk
 * is pulled; what is there then is on another device.
 */
export function refuseLostSource(
  source: { readonly root: string; readonly device: number },
  lost: { readonly failed: number; readonly of: number },
): void {
  if (lost.failed === 0) return;
  let device: number | undefined;
  try {
    device = statSync(source.root).dev;
  } catch {
    throw new SourceLost(source.root);
  }
  // A share that answers for its root alone is as lost.
  if (device !== source.device || (lost.failed > 20 && lost.failed * 2 > lost.of)) throw new SourceLost(source.root);
}

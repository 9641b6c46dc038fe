import { statfs } from 'node:fs/promises';
import { StoreProblem } from '../../engine/ports/run-store.ts';

/**
 * SQLite's write-ahead log needs memory shared between processes and locks that work; over a network neither can be relied on, and the loss is
 * silent. So such a place is refused, with the setting that moves the database.
 */
export async function refuseNetworkFileSystem(folder: string): Promise<void> {
  const name = await networkFileSystem(folder);
  if (name === undefined) return;
  throw new StoreProblem(
    'network',
    `The store ${folder} lies on a network file system (${name}), where a run database is not safe`,
    'Keep its database on a disk of this machine: `database = "/var/lib/bitflow"` in bit.toml, or BIT_DATABASE. Or put the whole store on one, with `--store DIR` or BIT_STORE.',
  );
}

/** What kind of network file system a folder lies on; undefined for a disk of this machine. */
export const networkFileSystem = async (folder: string): Promise<string | undefined> =>
  networkFileSystems.get((await statfs(folder)).type >>> 0);

/** From linux/magic.h and the file systems' own sources; `statfs` gives the numbers. */
const networkFileSystems: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x0bd00bd0, 'Lustre'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x564c, 'NCP'],
  [0x73757245, 'Coda'],
  [0x00c36400, 'Ceph'],
  [0x47504653, 'GPFS'],
  [0x19830326, 'BeeGFS'],
  [0x01021997, '9p'],
  [0xaad7aaea, 'PanFS'],
  [0x013111a8, 'IBRIX'],
  [0x7461636f, 'OCFS2'],
  [0x01161970, 'GFS2'],
]);

import type { Fingerprint } from '../../engine/ports/content-store.ts';
import { chunks } from '../../util/chunks.ts';
import type { Connection } from '../database/connection.ts';
import type { FileStat } from './stat.ts';

/** Digests by what `stat` says, so that an unchanged file costs a stat. */
export interface DigestMemo {
  /** Hex digests in the order asked; `undefined` where nothing is known of this state of the file. */
  find(files: readonly FileStat[], fingerprint: Fingerprint): Promise<readonly (string | undefined)[]>;
  record(entries: readonly MemoEntry[], fingerprint: Fingerprint): Promise<void>;
}

export interface MemoEntry {
  readonly stat: FileStat;
  readonly hex: string;
  /** Clock time before the stat. */
  readonly readAtNs: bigint;
}

export function digestMemo(reading: Connection, writing: Connection | undefined): DigestMemo {
  return {
    find: async (files, fingerprint) => {
      const out: (string | undefined)[] = new Array(files.length).fill(undefined);
      const json = `[${files.map((file) => stateOf(file, fingerprint)).join(',')}]`;
      // One text for all rows: the driver makes an object per row, in the thread that everything else waits for.
      const [row] = await reading.all<{ found: string | null }>(findSql, json);
      for (const hit of row?.found?.split(' ') ?? []) {
        const colon = hit.indexOf(':');
        out[Number(hit.slice(0, colon))] = hit.slice(colon + 1);
      }
      return out;
    },
    record: async (entries, fingerprint) => {
      const trusted = entries.filter((entry) => !isRacy(entry));
      if (writing === undefined || trusted.length === 0) return;
      await writing.write({ durable: false }, async (sql) => {
        for (const slice of chunks(trusted, 2000)) {
          const json = `[${slice.map(({ stat, hex }) => `[${stateOf(stat, fingerprint)},"${hex}"]`).join(',')}]`;
          await sql.run(recordSql, json);
        }
      });
    },
  };
}

/**
 * Git's rule for racily clean entries: a file that changed at (almost) the moment it was read can change again without its times showing it. What is
 * not older than the reading, by the coarseness of the clock that stamps files, is not remembered.
 */
export function isRacy({ stat, readAtNs }: MemoEntry): boolean {
  // The kernel stamps files with a clock that moves in ticks (10 ms at most); some file systems keep whole or even seconds.
  const coarseness =
    stat.mtimeNs % 1_000_000_000n === 0n && stat.ctimeNs % 1_000_000_000n === 0n ? 2_000_000_000n : 20_000_000n;
  return stat.mtimeNs + coarseness >= readAtNs || stat.ctimeNs + coarseness >= readAtNs;
}

/**
 * All that tells this state of a file from any other, as one JSON text: one comparison in the index of the table, and numbers of 64 bits go through
 * unharmed. The file that comes after it on the same inode has another state; `forgetOldStates` clears those that were left behind.
 */
const stateOf = (file: FileStat, fingerprint: Fingerprint): string =>
  `"${fingerprint === 'content' ? '' : fingerprint}${file.device},${file.inode},${file.size},${file.mtimeNs},${file.ctimeNs}"`;

const findSql = `
SELECT group_concat(j.key || ':' || m.digest, ' ') AS found FROM json_each(?1) j CROSS JOIN file_digests m ON m.state = j.value`;

const recordSql = `
INSERT OR REPLACE INTO file_digests (state, digest) SELECT value ->> 0, value ->> 1 FROM json_each(?1)`;

/** Keeps the newest state of each inode. */
export async function forgetOldStates(connection: Connection): Promise<void> {
  await connection.write({ durable: false }, (sql) => sql.run(forgetSql));
}

/** Device and inode are what stands before the second comma. */
const forgetSql = `
DELETE FROM file_digests WHERE id NOT IN (
  SELECT max(id) FROM file_digests
  GROUP BY substr(state, 1, instr(state, ',') + instr(substr(state, instr(state, ',') + 1), ',')))`;

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
      const json = `[${files.map((file) => `[${identity(file)}]`).join(',')}]`;
      // One text for all rows: the driver makes an object per row, in the thread that everything else waits for.
      const [row] = await reading.all<{ found: string | null }>(findSql, json, fingerprint);
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
          const json = `[${slice.map(({ stat, hex }) => `[${identity(stat)},"${hex}"]`).join(',')}]`;
          await sql.run(recordSql, json, fingerprint);
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

/** Inode numbers are unsigned 64 bits and SQLite's integers signed: the same bits, the other reading. */
const identity = (file: FileStat): string =>
  `${BigInt.asIntN(64, file.device)},${BigInt.asIntN(64, file.inode)},${file.size},${file.mtimeNs},${file.ctimeNs}`;

const findSql = `
SELECT group_concat(j.key || ':' || lower(hex(m.digest)), ' ') AS found
FROM json_each(?1) j
CROSS JOIN file_digests m
WHERE m.device = j.value ->> 0 AND m.inode = j.value ->> 1 AND m.fingerprint = ?2
  AND m.size = j.value ->> 2 AND m.mtime_ns = j.value ->> 3 AND m.ctime_ns = j.value ->> 4`;

const recordSql = `
INSERT OR REPLACE INTO file_digests (device, inode, size, mtime_ns, ctime_ns, digest, fingerprint)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, unhex(value ->> 5), ?2
FROM json_each(?1) ORDER BY 1, 2`;

import type { FetchedContent, FetchedMemo } from '../../engine/ports/remote.ts';
import { asDigest } from '../../util/brand.ts';
import { chunks } from '../../util/chunks.ts';
import type { Connection } from '../database/connection.ts';
import { digestHex } from '../layout.ts';

/** In the table `fetched`. It is no part of history, and is not in the journal: what is forgotten is fetched again. */
export function fetchedMemo(connection: Connection, options: { readonly now: () => Date }): FetchedMemo {
  return {
    find: async (files) => {
      const out = new Map<string, FetchedContent>();
      for (const slice of chunks(files, 1000)) {
        const rows = await connection.all<FetchedRow>(
          findSql,
          JSON.stringify(slice.map(({ uri, version }) => [uri, version])),
        );
        for (const { uri, digest, directory, size } of rows)
          out.set(uri, { digest: asDigest(`blake3:${digest}`), directory: directory === 1, size });
      }
      return out;
    },
    record: async (fetched) => {
      const rows = fetched.map((one) => [one.uri, one.version, digestHex(one.digest), one.directory ? 1 : 0, one.size]);
      await connection.write({ durable: false }, (sql) =>
        sql.run(recordSql, JSON.stringify(rows), options.now().toISOString()),
      );
    },
  };
}

interface FetchedRow {
  readonly uri: string;
  readonly digest: string;
  readonly directory: number;
  readonly size: number;
}

const findSql = `
SELECT f.uri, lower(hex(f.digest)) AS digest, f.directory, f.size FROM json_each(?1) j CROSS JOIN fetched f ON f.uri = j.value ->> 0 AND f.version = j.value ->> 1`;

const recordSql = `
INSERT INTO fetched (uri, version, digest, directory, size, at)
SELECT value ->> 0, value ->> 1, unhex(value ->> 2), value ->> 3, value ->> 4, ?2 FROM json_each(?1) WHERE true
ON CONFLICT (uri, version) DO UPDATE SET digest = excluded.digest, directory = excluded.directory, size = excluded.size, at = excluded.at`;

import { asTaskKey, type TaskKey } from '../util/brand.ts';
import type { Connection } from './database/connection.ts';
import { digestHex } from './layout.ts';

/** Who computes which key. A claim counts as long as its engine lives, and need not outlive a power cut: no engine does. */
export interface Claims {
  claim(keys: readonly TaskKey[]): Promise<ReadonlyMap<TaskKey, 'ours' | 'held'>>;
  release(keys: readonly TaskKey[]): Promise<void>;
  releaseAll(): Promise<void>;
}

export function createClaims(
  connection: Connection,
  options: { readonly token: string; readonly isAlive: (token: string) => Promise<boolean> },
): Claims {
  const { token } = options;
  return {
    claim: async (keys) => {
      const out = new Map<TaskKey, 'ours' | 'held'>(keys.map((key) => [key, 'ours']));
      if (keys.length === 0) return out;
      const json = JSON.stringify(keys.map(digestHex));
      await connection.write({ durable: false }, async (sql) => {
        await sql.run(
          'INSERT OR IGNORE INTO claims (key, engine) SELECT unhex(value), ?2 FROM json_each(?1)',
          json,
          token,
        );
        const others = await sql.all<{ key: string; engine: string }>(othersSql, json, token);
        const dead: string[] = [];
        for (const engine of new Set(others.map((other) => other.engine)))
          if (!(await options.isAlive(engine))) dead.push(engine);
        for (const other of others) if (!dead.includes(other.engine)) out.set(asTaskKey(`blake3:${other.key}`), 'held');
        if (dead.length > 0) await sql.run(takeOverSql, json, token, JSON.stringify(dead));
      });
      return out;
    },
    release: async (keys) => {
      if (keys.length === 0) return;
      await connection.write({ durable: false }, (sql) =>
        sql.run(
          'DELETE FROM claims WHERE engine = ?2 AND key IN (SELECT unhex(value) FROM json_each(?1))',
          JSON.stringify(keys.map(digestHex)),
          token,
        ),
      );
    },
    releaseAll: () =>
      connection.write({ durable: false }, (sql) => sql.run('DELETE FROM claims WHERE engine = ?', token)),
  };
}

const othersSql = `
SELECT lower(hex(c.key)) AS key, c.engine FROM json_each(?1) j CROSS JOIN claims c ON c.key = unhex(j.value) WHERE c.engine <> ?2`;

const takeOverSql = `
UPDATE claims SET engine = ?2 WHERE key IN (SELECT unhex(value) FROM json_each(?1)) AND engine IN (SELECT value FROM json_each(?3))`;

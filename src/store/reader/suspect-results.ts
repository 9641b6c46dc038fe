import { chunks } from '../../util/chunks.ts';
import type { Connection } from '../database/connection.ts';
import { readTool, sameTool, type Tool, toolsIn } from './tool-match.ts';

/** Results that were made with something, and the parts of keys that say so. */
export interface MadeWith {
  readonly results: readonly number[];
  readonly parts: readonly string[];
}

/**
 * Results of tasks whose key tells of the tool in this version. Keys that do not hold the text of the version are passed over unread; of the others the
 * few different environments are judged, and then every key that has one of those.
 */
export async function madeWithTool(connection: Connection, subject: string): Promise<MadeWith> {
  const wanted = readTool(subject);
  if (wanted === undefined) return { results: [], parts: [] };
  const texts = (await environmentParts(connection, wanted.version.replace(/^v(?=\d)/, ''))).filter(({ tools }) =>
    tools.some((tool) => sameTool(tool, wanted)),
  );
  return madeWithParts(connection, texts);
}

/**
 * Results of tasks that ran in the environment of this name, as `bit show` prints it: the whole name or one of the pieces that ` + ` joins; as
 * `bit env list` prints it, the folder `pip-…` or the file of an image; or the digest of an image.
 */
export async function madeInEnvironment(connection: Connection, subject: string): Promise<MadeWith> {
  const names = await connection.all<{ id: number; name: string }>('SELECT id, name FROM environments');
  const ids = names.filter(({ name }) => isNamed(name, subject)).map(({ id }) => id);
  const rows =
    ids.length === 0
      ? []
      : await connection.all<{ result: number }>(
          `SELECT DISTINCT t.result FROM tasks t JOIN calls c ON c.id = t.call
           WHERE t.result IS NOT NULL AND c.environment IN (SELECT value FROM json_each(?))`,
          JSON.stringify(ids),
        );
  const image = /^(sha256|sha512)[-:]([0-9a-f]{32,})(\.sif)?$/.exec(subject);
  const contained =
    image === null
      ? { results: [], parts: [] }
      : await madeWithParts(connection, [
          {
            name: 'environment.container',
            text: JSON.stringify(['environment.container', 'str', `${image[1]}:${image[2]}`]),
          },
        ]);
  return {
    results: [...new Set([...rows.map((row) => row.result), ...contained.results])],
    parts: contained.parts,
  };
}

function isNamed(name: string, subject: string): boolean {
  if (name === subject) return true;
  const folder = /^(pip|conda)-([0-9a-f]{16})$/.exec(subject);
  const start = folder === null ? undefined : `${folder[1]} ${folder[2]?.slice(0, 6)} `;
  return name.split(' + ').some((piece) => piece === subject || (start !== undefined && piece.startsWith(start)));
}

/** Everything that keys tell of tools, for suggestions. */
export async function toolsOf(connection: Connection): Promise<readonly string[]> {
  const parts = await environmentParts(connection, undefined);
  return [...new Set(parts.flatMap(({ tools }) => tools.map(({ name, version }) => `${name}==${version}`)))].sort();
}

interface EnvironmentPart {
  readonly name: string;
  /** As it stands in a key. */
  readonly text: string;
  readonly tools: readonly Tool[];
}

/** The different parts that environments add to keys, of keys that hold this text. */
async function environmentParts(
  connection: Connection,
  holding: string | undefined,
): Promise<readonly EnvironmentPart[]> {
  const rows = await connection.all<{ text: string }>(partsSql, holding ?? null);
  return rows.map(({ text }) => {
    const [name, , value] = JSON.parse(text) as [string, string, string];
    return { name, text, tools: toolsIn(name, value) };
  });
}

async function madeWithParts(
  connection: Connection,
  parts: readonly Pick<EnvironmentPart, 'name' | 'text'>[],
): Promise<MadeWith> {
  const results = new Set<number>();
  for (const slice of chunks(parts, 50)) {
    const [row] = await connection.all<{ results: string }>(keysSql, JSON.stringify(slice.map(({ text }) => text)));
    for (const id of JSON.parse(row?.results ?? '[]') as number[]) results.add(id);
  }
  return { results: [...results], parts: [...new Set(parts.map(({ name }) => name))].sort() };
}

const partsSql = `
SELECT DISTINCT j.value AS text FROM keys k CROSS JOIN json_each(k.parts) j
WHERE k.latest IS NOT NULL AND (?1 IS NULL OR instr(k.parts, ?1) > 0) AND substr(j.value, 1, 14) = '["environment.'`;

/** Within a text of a key, quotes are escaped: a part can stand in it as itself only. */
const keysSql = `
SELECT json_group_array(x.id) AS results FROM keys k CROSS JOIN results x ON x.key = k.id
WHERE EXISTS (SELECT 1 FROM json_each(?1) p WHERE instr(k.parts, p.value) > 0)`;

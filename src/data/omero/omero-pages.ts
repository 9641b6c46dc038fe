import { remoteProblem } from '../remote/problem.ts';
import { type JsonRecord, numberAt, recordAt, recordsAt } from './json-record.ts';
import type { Asking, OmeroClient } from './omero-client.ts';

/**
 * All objects of a list, over as many pages as it has, each once. The server orders by name, and names repeat: between two pages an object may move. So the ids are counted
 * against the total that the server states, and the list is read once more where they differ.
 */
export async function allPages(
  client: OmeroClient,
  list: URL,
  asking: Asking & { params?: Readonly<Record<string, string>> },
): Promise<readonly JsonRecord[]> {
  const first = await once(client, list, asking);
  if (first.isWhole) return first.objects;
  const second = await once(client, list, asking);
  if (second.isWhole) return second.objects;
  throw remoteProblem(
    'changed',
    asking.about,
    `What belongs to ${asking.about} changes while it is listed`,
    'Somebody may be importing into it: try again when that is done.',
  );
}

/** The most that servers hand out at once, unless they are told to hand out less. */
const LIMIT = 500;

async function once(
  client: OmeroClient,
  list: URL,
  { params = {}, ...asking }: Asking & { params?: Readonly<Record<string, string>> },
): Promise<{ objects: readonly JsonRecord[]; isWhole: boolean }> {
  const byId = new Map<number, JsonRecord>();
  for (let offset = 0; ; ) {
    const url = new URL(list);
    const query = { ...params, limit: String(LIMIT), offset: String(offset) };
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
    const page = await client.json(url, asking);
    const objects = recordsAt(page, 'data');
    for (const object of objects) {
      const id = numberAt(object, '@id');
      if (id !== undefined) byId.set(id, object);
    }
    offset += objects.length;
    const total = numberAt(recordAt(page, 'meta'), 'totalCount');
    if (total === undefined ? objects.length === 0 : offset >= total || objects.length === 0) {
      return { objects: [...byId.values()], isWhole: total === undefined || byId.size === total };
    }
  }
}

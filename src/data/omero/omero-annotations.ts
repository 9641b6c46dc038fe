import { type JsonRecord, numberAt, recordAt, recordsAt, textAt } from './json-record.ts';
import type { OmeroKind } from './omero-address.ts';
import type { Asking, OmeroClient } from './omero-client.ts';

/** What is attached to an object, as far as it is read here: comments, ratings and the like are left out. */
export type OmeroAnnotation =
  | {
      readonly is: 'pairs';
      readonly id: number;
      readonly namespace: string;
      readonly pairs: readonly (readonly [key: string, value: string])[];
    }
  | { readonly is: 'tag'; readonly id: number; readonly text: string }
  | { readonly is: 'file'; readonly id: number; readonly name: string; readonly size: number; readonly date?: string };

/** The annotations of many objects of one kind, by the number of the object; in the order of the annotations' numbers. */
export async function annotationsOf(
  client: OmeroClient,
  { kind, ids, ...asking }: Asking & { kind: OmeroKind; ids: readonly number[] },
): Promise<ReadonlyMap<number, readonly OmeroAnnotation[]>> {
  const found = new Map<number, OmeroAnnotation[]>();
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const url = client.page('webclient/api/annotations/');
    for (const id of ids.slice(from, from + AT_ONCE)) url.searchParams.append(kind.toLowerCase(), String(id));
    // Pages of this list are cut without an order that holds, so that one could miss what another repeats: page 0 is all.
    url.searchParams.set('page', '0');
    const answer = await client.json(url, asking);
    for (const record of recordsAt(answer, 'annotations')) {
      const parent = numberAt(recordAt(recordAt(record, 'link'), 'parent'), 'id');
      const annotation = annotationOf(record);
      if (parent === undefined || annotation === undefined) continue;
      const list = found.get(parent) ?? [];
      // Two people may have linked the same annotation to the same object.
      if (!list.some((each) => each.id === annotation.id)) list.push(annotation);
      found.set(parent, list);
    }
  }
  for (const list of found.values()) list.sort((a, b) => a.id - b.id);
  return found;
}

/** Keeps the address short enough for every proxy. */
const AT_ONCE = 100;

function annotationOf(record: JsonRecord): OmeroAnnotation | undefined {
  const id = numberAt(record, 'id');
  if (id === undefined) return undefined;
  switch (textAt(record, 'class')) {
    case 'MapAnnotationI':
      return { is: 'pairs', id, namespace: textAt(record, 'ns') ?? '', pairs: pairsOf(record.values) };
    case 'TagAnnotationI': {
      const text = textAt(record, 'textValue')?.trim() ?? '';
      return text === '' ? undefined : { is: 'tag', id, text };
    }
    case 'FileAnnotationI': {
      const file = recordAt(record, 'file');
      const name = textAt(file, 'name');
      const date = textAt(record, 'date');
      if (name === undefined) return undefined;
      return { is: 'file', id, name, size: numberAt(file, 'size') ?? 0, ...(date !== undefined && { date }) };
    }
    default:
      return undefined;
  }
}

function pairsOf(values: unknown): readonly (readonly [string, string])[] {
  const list: readonly unknown[] = Array.isArray(values) ? values : [];
  return list.flatMap((pair: unknown) => {
    const [key, value]: readonly unknown[] = Array.isArray(pair) ? pair : [];
    return typeof key === 'string' && typeof value === 'string' ? [[key, value] as const] : [];
  });
}

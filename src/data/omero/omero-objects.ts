import { unreachable } from '../../util/unreachable.ts';
import { remoteProblem } from '../remote/problem.ts';
import { flagAt, type JsonRecord, numberAt, recordAt, textAt } from './json-record.ts';
import { type OmeroAddress, type OmeroKind, objectUri } from './omero-address.ts';
import type { Asking, OmeroClient } from './omero-client.ts';

/** What is asked of every object before something is hung on it. */
export interface OmeroObject {
  readonly record: JsonRecord;
  readonly name: string;
  readonly groupId: number | undefined;
  readonly groupName: string | undefined;
  /** `undefined`: the server does not say. */
  readonly mayAnnotate: boolean | undefined;
}

/** The object at an address; `undefined`: asked, and not there. */
export async function objectAt(
  client: OmeroClient,
  { kind, id }: Pick<OmeroAddress, 'kind' | 'id'>,
  asking: Asking,
): Promise<OmeroObject | undefined> {
  const list = await listOf(client, kind, asking);
  const answer = await client.json(new URL(`${list.pathname}${id}/`, list), asking);
  // The documentation shows a single image as a list of one.
  const data = Array.isArray(answer?.data) ? { data: answer.data[0] } : answer;
  const record = recordAt(data, 'data');
  if (record === undefined || numberAt(record, '@id') !== id) return undefined;
  const details = recordAt(record, 'omero:details');
  const group = recordAt(details, 'group');
  return {
    record,
    name: textAt(record, 'Name') ?? `${kind} ${id}`,
    groupId: numberAt(group, '@id'),
    groupName: textAt(group, 'Name'),
    mayAnnotate: flagAt(recordAt(details, 'permissions'), 'canAnnotate'),
  };
}

export async function objectOrProblem(
  client: OmeroClient,
  address: OmeroAddress,
  asking: Asking,
): Promise<OmeroObject> {
  const found = await objectAt(client, address, asking);
  if (found !== undefined) return found;
  throw remoteProblem(
    'missing',
    asking.about,
    `${objectUri(address)} is not there, or you may not see it`,
    'Check the number, and that the user you log in with belongs to the group that owns it.',
  );
}

/** Rejects, why `denied`, where the server says already that nothing may be hung on the object. */
export function demandAnnotatable(object: OmeroObject, { about }: Asking): void {
  if (object.mayAnnotate !== false) return;
  const group = object.groupName === undefined ? 'its group' : `the group ${object.groupName}`;
  throw remoteProblem(
    'denied',
    about,
    `You may read ${object.name} (${about}), but not attach anything to it: ${group} does not allow it`,
    `Ask the owner of ${group} for a read-annotate group, or publish to a dataset of your own.`,
  );
}

async function listOf(client: OmeroClient, kind: OmeroKind, asking: Asking): Promise<URL> {
  switch (kind) {
    case 'Project':
      return await client.url('projects', asking);
    case 'Dataset':
      return await client.url('datasets', asking);
    case 'Image':
      return await client.url('images', asking);
    case 'Screen':
      return await client.url('screens', asking);
    case 'Plate':
      return await client.url('plates', asking);
    case 'Well': {
      // The start page of the API leaves the wells out; their list lies beside that of the plates.
      const plates = await client.url('plates', asking);
      return new URL(plates.href.replace(/plates\/$/, 'wells/'));
    }
    default:
      return unreachable(kind);
  }
}

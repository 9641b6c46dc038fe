import { again, type Patience } from '../remote/again.ts';
import { remoteProblem } from '../remote/problem.ts';
import { numberAt, recordAt, textAt } from './json-record.ts';
import type { OmeroAddress } from './omero-address.ts';
import type { Asking, OmeroClient } from './omero-client.ts';
import { demandAnnotatable, type OmeroObject, objectAt, objectOrProblem } from './omero-objects.ts';
import { allPages } from './omero-pages.ts';

/**
 * The dataset of that name in the project of the target (or in the target, where that is a project; in no project, where the target is in none): found, or made in the target's
 * group. Made once, whatever breaks off.
 */
export async function datasetBeside(
  client: OmeroClient,
  of: { address: OmeroAddress; target: OmeroObject; name: string; description: string },
  asking: Asking & { patience: Patience },
): Promise<OmeroAddress> {
  const { origin, prefix } = of.address;
  const project = await projectOf(client, of, asking);
  const id = await again(async () => {
    const known = await datasetNamed(client, { ...of, project }, asking);
    return known ?? (await made(client, of, asking));
  }, asking);
  const found: OmeroAddress = { origin, prefix, kind: 'Dataset', id };
  demandAnnotatable(await objectOrProblem(client, found, asking), asking);
  if (project !== undefined) {
    // A link that is there already is no error for the server.
    const body = JSON.stringify({ project: { [String(project)]: { dataset: [id] } } });
    const headers = { 'content-type': 'application/json' };
    await again(async () => {
      await client.post(client.page('webclient/api/links/'), { ...asking, headers, body: () => body });
    }, asking);
  }
  return found;
}

async function projectOf(
  client: OmeroClient,
  { address, target }: { address: OmeroAddress; target: OmeroObject },
  asking: Asking,
): Promise<number | undefined> {
  switch (address.kind) {
    case 'Project':
      return address.id;
    case 'Dataset':
      return await parentId(client, target, 'url:projects', asking);
    case 'Image': {
      const dataset = await parentId(client, target, 'url:datasets', asking);
      const found =
        dataset === undefined ? undefined : await objectAt(client, { kind: 'Dataset', id: dataset }, asking);
      return found === undefined ? undefined : await parentId(client, found, 'url:projects', asking);
    }
    default:
      throw remoteProblem(
        'unsupported',
        asking.about,
        `A dataset cannot lie beside ${asking.about}: screens and plates hold none`,
        'Name a project or a dataset as the target.',
      );
  }
}

/** The first of several, so that a repetition takes the same. */
async function parentId(
  client: OmeroClient,
  { record }: OmeroObject,
  link: string,
  asking: Asking,
): Promise<number | undefined> {
  const url = textAt(record, link);
  if (url === undefined) return undefined;
  const ids = (await allPages(client, client.follow(url), asking)).map(
    (each) => numberAt(each, '@id') ?? Number.MAX_SAFE_INTEGER,
  );
  return ids.length === 0 ? undefined : Math.min(...ids);
}

/** In the project; or, where a link got lost between making and linking, among those in no project. */
async function datasetNamed(
  client: OmeroClient,
  { name, project }: { name: string; project: number | undefined },
  asking: Asking,
): Promise<number | undefined> {
  const places = [{ orphaned: 'true' }, ...(project === undefined ? [] : [{ project: String(project) }])].reverse();
  for (const params of places) {
    const list = await allPages(client, await client.url('datasets', asking), { ...asking, params });
    const ids = list.flatMap((each) => (textAt(each, 'Name') === name ? [numberAt(each, '@id') ?? Number.NaN] : []));
    const usable = ids.filter((id) => Number.isSafeInteger(id));
    if (usable.length > 0) return Math.min(...usable);
  }
  return undefined;
}

async function made(
  client: OmeroClient,
  of: { target: OmeroObject; name: string; description: string },
  asking: Asking,
): Promise<number> {
  const url = await client.url('save', asking);
  if (of.target.groupId !== undefined) url.searchParams.set('group', String(of.target.groupId));
  const type = `${await client.schema(asking)}#Dataset`;
  const body = JSON.stringify({ '@type': type, Name: of.name, Description: of.description });
  const answer = await client.post(url, {
    ...asking,
    headers: { 'content-type': 'application/json' },
    body: () => body,
  });
  const id = numberAt(recordAt(answer, 'data'), '@id');
  if (id !== undefined) return id;
  throw remoteProblem(
    'failed',
    asking.about,
    `The OMERO server did not say which dataset it made of ${of.name}`,
    'Look for it in the web client.',
  );
}

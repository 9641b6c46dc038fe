import type { Json } from './api-json.ts';
import { formOf } from './multipart-form.ts';
import type { Asked, Reply } from './omero-server.ts';
import { annotate, type OmeroWorld, type WorldAnnotation } from './omero-world.ts';

/**
 * The pages of the web client that the JSON API has no counterpart for. Their forms and answers follow the views of https://github.com/ome/omero-web (`omeroweb/webclient/views.py`,
 * `tree.py`), which https://omero.readthedocs.io/en/stable/developers/Web.html documents.
 */
export function webclientPage(asked: Asked, { world }: { world: OmeroWorld }): Reply {
  const { path, method } = asked;
  if (path === 'keepalive_ping/') return { status: 200, text: 'OK' };
  if (path === 'api/annotations/') return annotations(asked, world);
  const download = /^annotation\/(\d+)\/$/.exec(path)?.[1];
  if (download !== undefined) return downloaded(Number(download), asked, world);
  if (method !== 'POST') return notFound;
  if (path === 'annotate_map/') return annotateMap(asked, world);
  if (path === 'annotate_file/') return annotateFile(asked, world);
  if (path === 'api/links/') return link(asked, world);
  const gone = /^action\/delete\/file\/(\d+)\/$/.exec(path)?.[1];
  if (gone !== undefined) {
    const at = world.annotations.findIndex((each) => each.id === Number(gone));
    if (at >= 0) world.annotations.splice(at, 1);
    return { status: 200, json: { bad: 'false' } };
  }
  return notFound;
}

/** `tree.marshal_annotations`: one entry per link, ordered by namespace only, cut at `limit` unless page is 0. */
function annotations({ query, sees }: Asked, world: OmeroWorld): Reply {
  const found: { annotation: WorldAnnotation; kind: string; id: number; link: number }[] = [];
  for (const kind of ['project', 'dataset', 'image', 'screen', 'plate', 'well']) {
    const ids = new Set(query.getAll(kind).map(Number));
    for (const annotation of world.annotations) {
      for (const each of annotation.links) {
        if (each.kind !== kind || !ids.has(each.id) || !sees(groupOf(world, each) ?? -1)) continue;
        if (query.get('type') !== null && query.get('type') !== annotation.value.is) continue;
        if (query.get('ns') !== null && query.get('ns') !== annotation.ns) continue;
        found.push({ annotation, ...each });
      }
    }
  }
  const sorted = found.toSorted((a, b) => ((a.annotation.ns ?? '') < (b.annotation.ns ?? '') ? -1 : 1));
  const number = Number(query.get('page') ?? 1);
  const limit = Number(query.get('limit') ?? 5);
  const cut = number === 0 ? sorted : sorted.slice((number - 1) * limit, number * limit);
  return { status: 200, json: { annotations: cut.map(marshalled), experimenters: [] } };
}

function marshalled({
  annotation,
  kind,
  id,
  link,
}: {
  annotation: WorldAnnotation;
  kind: string;
  id: number;
  link: number;
}): Json {
  const { value } = annotation;
  const parent = `${kind[0]?.toUpperCase()}${kind.slice(1)}I`;
  const base = {
    id: annotation.id,
    ns: annotation.ns ?? null,
    name: null,
    description: null,
    owner: { id: 3 },
    date: '2026-11-24T09:00:00Z',
    link: { id: link, owner: { id: 3 }, parent: { id, class: parent }, date: '2026-11-24T09:00:00Z' },
  };
  switch (value.is) {
    case 'map':
      return { ...base, class: 'MapAnnotationI', values: value.pairs };
    case 'tag':
      return { ...base, class: 'TagAnnotationI', textValue: value.text };
    case 'comment':
      return { ...base, class: 'CommentAnnotationI', textValue: value.text };
    case 'file':
      return {
        ...base,
        class: 'FileAnnotationI',
        file: { id: annotation.id + 1, name: value.name, size: value.bytes.length },
      };
  }
}

/** `download_annotation`. */
function downloaded(id: number, { sees }: Asked, world: OmeroWorld): Reply {
  const found = world.annotations.find((each) => each.id === id);
  const mayRead = found?.links.some((each) => sees(groupOf(world, each) ?? -1)) === true;
  if (found?.value.is !== 'file' || !mayRead) return notFound;
  return { status: 200, bytes: found.value.bytes, type: 'application/octet-stream', name: found.value.name };
}

/**
 * `annotate_map`. Without `annId` it makes an annotation, and one for each object whatever `duplicate` says (the text `false` is true in Python); with it, it overwrites, and deletes where no pairs are
 * given. The annotation is saved before it is linked: where linking is forbidden it is left behind, hanging on nothing.
 */
function annotateMap(asked: Asked, world: OmeroWorld): Reply {
  const { fields } = formOf(asked.body, asked.type);
  const pairs = JSON.parse(fields.get('mapAnnotation') ?? '[]') as [string, string][];
  const old = fields.getAll('annId').map(Number);
  if (old.length > 0) {
    for (const id of old) {
      const found = world.annotations.find((each) => each.id === id);
      if (found !== undefined && pairs.length > 0) found.value = { is: 'map', pairs };
      if (found !== undefined && pairs.length === 0) world.annotations.splice(world.annotations.indexOf(found), 1);
    }
    return { status: 200, json: { annId: pairs.length > 0 ? old : null } };
  }
  const made: number[] = [];
  for (const object of objectsOf(asked, world, fields)) {
    const annotation = annotate(
      world,
      object,
      { is: 'map', pairs },
      fields.get('ns') ?? 'openmicroscopy.org/omero/client/mapAnnotation',
    );
    made.push(annotation.id);
    if (!mayAnnotate(world, object)) {
      annotation.links = [];
      return { status: 500, html: '<h1>SecurityViolation</h1>' };
    }
  }
  return { status: 200, json: { annId: made } };
}

/** `annotate_file`: a multipart form with `annotation_file`. A body of unstated length is empty for a WSGI server. */
function annotateFile(asked: Asked, world: OmeroWorld): Reply {
  const { fields, file } = formOf(asked.hasLength ? asked.body : Buffer.alloc(0), asked.type);
  const objects = objectsOf(asked, world, fields);
  if (objects.length === 0) return { status: 404, html: 'Need to specify objects via e.g. ?image=1' };
  if (file?.field !== 'annotation_file') return { status: 200, json: { fileIds: [] } };
  const made: number[] = [];
  for (const object of objects) {
    if (!mayAnnotate(world, object)) return { status: 500, html: '<h1>SecurityViolation</h1>' };
    made.push(annotate(world, object, { is: 'file', name: file.name, bytes: file.bytes }).id);
  }
  return { status: 200, json: { fileIds: made } };
}

/** `api_links`, POST: `{"project": {"5": {"dataset": [51]}}}`. A link that is there already is passed over. */
function link({ body }: Asked, world: OmeroWorld): Reply {
  const given = JSON.parse(body.toString('utf8')) as { project?: Record<string, { dataset?: number[] }> };
  for (const [project, { dataset = [] }] of Object.entries(given.project ?? {})) {
    for (const id of dataset) {
      const found = world.datasets.find((each) => each.id === id);
      if (found !== undefined && !found.projects.includes(Number(project))) found.projects.push(Number(project));
    }
  }
  return { status: 200, json: { success: true } };
}

function objectsOf({ sees }: Asked, world: OmeroWorld, fields: URLSearchParams): { kind: string; id: number }[] {
  return ['project', 'dataset', 'image', 'screen', 'plate', 'well']
    .flatMap((kind) => fields.getAll(kind).map((id) => ({ kind, id: Number(id) })))
    .filter((each) => sees(groupOf(world, each) ?? -1));
}

function groupOf(world: OmeroWorld, { kind, id }: { kind: string; id: number }): number | undefined {
  const all: Record<string, readonly { id: number; group: number }[]> = {
    project: world.projects,
    dataset: world.datasets,
    image: world.images,
    screen: world.screens,
    plate: world.plates,
    well: world.wells,
  };
  return all[kind]?.find((each) => each.id === id)?.group;
}

function mayAnnotate(world: OmeroWorld, object: { kind: string; id: number }): boolean {
  const group = groupOf(world, object);
  return world.groups.some((each) => each.id === group && each.canAnnotate);
}

const notFound: Reply = { status: 404, html: '<h1>Page not found</h1>' };

import { container, image, type Json, page } from './api-json.ts';
import type { Asked, Reply } from './omero-server.ts';
import type { OmeroWorld } from './omero-world.ts';

/** `/api/v0/m/…`: lists, single objects and saving, in the order of https://omero.readthedocs.io/en/stable/developers/json-api.html. */
export function apiPage(
  asked: Asked,
  { world, maxLimit, movesTies }: { world: OmeroWorld; maxLimit: number; movesTies: () => boolean },
): Reply {
  const { path, query, method, url, sees } = asked;
  if (path === 'm/save/') return save(asked, world);
  const parts = path.split('/').filter((part) => part !== '');
  const [, plural = '', id, below] = parts;
  if (method !== 'GET') return message(405, 'Method not allowed');
  const listed = (objects: readonly Json[]): Reply => {
    const made = page(objects, query, { maxLimit });
    return typeof made === 'string' ? message(400, made) : { status: 200, json: made };
  };

  const project = (each: OmeroWorld['projects'][number]): Json =>
    container(world, each, { type: 'Project', 'url:datasets': url(`m/projects/${each.id}/datasets/`) });
  const dataset = (each: OmeroWorld['datasets'][number]): Json =>
    container(world, each, {
      type: 'Dataset',
      'url:images': url(`m/datasets/${each.id}/images/`),
      'url:projects': url(`m/datasets/${each.id}/projects/`),
    });
  const screen = (each: OmeroWorld['screens'][number]): Json =>
    container(world, each, { type: 'Screen', 'url:plates': url(`m/screens/${each.id}/plates/`) });
  const plate = (each: OmeroWorld['plates'][number]): Json =>
    container(world, each, {
      type: 'Plate',
      Rows: 8,
      Columns: 12,
      ...(each.rowNames !== undefined && { RowNamingConvention: each.rowNames }),
      ...(each.columnNames !== undefined && { ColumnNamingConvention: each.columnNames }),
      'url:wells': url(`m/plates/${each.id}/wells/`),
      'url:screens': url(`m/plates/${each.id}/screens/`),
    });
  const anImage = (each: OmeroWorld['images'][number], as: 'alone' | 'listed' | 'bare'): Json =>
    image(world, each, {
      parts: as,
      'url:image': url(`m/images/${each.id}/`),
      ...(as === 'alone' && { 'url:datasets': url(`m/images/${each.id}/datasets/`) }),
    });
  const well = (each: OmeroWorld['wells'][number], as: 'listed' | 'bare'): Json => {
    const samples = each.images.flatMap((one) => {
      const found = world.images.find((candidate) => candidate.id === one);
      return found === undefined ? [] : [{ '@id': 9000 + one, Image: anImage(found, as) }];
    });
    const { Name: _none, ...rest } = container(world, { ...each, name: '' }, { type: 'Well' });
    return {
      ...rest,
      Row: each.row,
      Column: each.column,
      'url:well': url(`m/wells/${each.id}/`),
      'url:plates': url(`m/wells/${each.id}/plates/`),
      ...(samples.length > 0 && { WellSamples: samples }),
    };
  };

  const single = <T extends { id: number; group: number }>(
    type: string,
    from: readonly T[],
    show: (one: T) => Json,
  ): Reply => {
    const found = from.find((each) => each.id === Number(id) && sees(each.group));
    return found === undefined ? message(404, `${type} ${id} not found`) : { status: 200, json: { data: show(found) } };
  };
  const named = <T extends { id: number; name: string; group: number }>(from: readonly T[]): readonly T[] => {
    // "order by lower(name)": what has the same name may stand in any order, and in another one next time.
    const turned = movesTies() ? from.toReversed() : from;
    return turned
      .filter((each) => sees(each.group))
      .toSorted((a, b) => compare(a.name.toLowerCase(), b.name.toLowerCase()));
  };
  const number = Number(id);

  switch (`${plural}${id === undefined ? '' : '/id'}${below === undefined ? '' : `/${below}`}`) {
    case 'projects':
      return listed(named(world.projects).map(project));
    case 'projects/id':
      return single('Project', world.projects, project);
    case 'projects/id/datasets':
      return listed(named(world.datasets.filter((each) => each.projects.includes(number))).map(dataset));
    case 'datasets': {
      const [of, orphaned] = [query.get('project'), query.get('orphaned') === 'true'];
      const kept = world.datasets.filter((each) => of === null || each.projects.includes(Number(of)));
      return listed(named(kept.filter((each) => !orphaned || each.projects.length === 0)).map(dataset));
    }
    case 'datasets/id':
      return single('Dataset', world.datasets, dataset);
    case 'datasets/id/projects': {
      const of = world.datasets.find((each) => each.id === number)?.projects ?? [];
      return listed(named(world.projects.filter((each) => of.includes(each.id))).map(project));
    }
    case 'datasets/id/images':
      return listed(
        named(world.images.filter((each) => each.datasets.includes(number))).map((each) => anImage(each, 'listed')),
      );
    case 'images/id':
      return single('Image', world.images, (each) => anImage(each, 'alone'));
    case 'images/id/datasets': {
      const of = world.images.find((each) => each.id === number)?.datasets ?? [];
      return listed(named(world.datasets.filter((each) => of.includes(each.id))).map(dataset));
    }
    case 'screens/id':
      return single('Screen', world.screens, screen);
    case 'screens/id/plates':
      return listed(named(world.plates.filter((each) => each.screens.includes(number))).map(plate));
    case 'plates/id':
      return single('Plate', world.plates, plate);
    case 'plates/id/screens': {
      const of = world.plates.find((each) => each.id === number)?.screens ?? [];
      return listed(named(world.screens.filter((each) => of.includes(each.id))).map(screen));
    }
    case 'plates/id/wells': {
      const of = world.wells.filter((each) => each.plate === number && sees(each.group));
      return listed(of.toSorted((a, b) => a.column - b.column || a.row - b.row).map((each) => well(each, 'bare')));
    }
    case 'wells/id':
      return single('Well', world.wells, (each) => well(each, 'listed'));
    case 'wells/id/plates': {
      const of = world.wells.find((each) => each.id === number)?.plate;
      return listed(named(world.plates.filter((each) => each.id === of)).map(plate));
    }
    default:
      return { status: 404, html: '<h1>Page not found</h1>' };
  }
}

/** "Creating objects": only projects, datasets and screens, with the group in the address; answered with 201. */
function save({ method, body, query, sees, user }: Asked, world: OmeroWorld): Reply {
  const given = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
  const type = String(given['@type']).split('#')[1];
  if (method !== 'POST') return message(405, `Update of ${type} not supported`);
  if (type !== 'Dataset') return message(405, `Creation of ${type} not supported`);
  if (given['@id'] !== undefined) return message(400, "Object has '@id' attribute. Use PUT to update objects");
  const group = Number(query.get('group') ?? Number.NaN);
  if (Number.isNaN(group)) return message(400, 'Specify Group in omero:details or query parameters ?group=:id');
  if (!sees(group) || user === undefined) return message(403, 'SecurityViolation: not a member of this group');
  const made = {
    id: world.nextId++,
    name: String(given.Name),
    description: String(given.Description),
    group,
    projects: [],
  };
  world.datasets.push(made);
  return { status: 201, json: { data: container(world, made, { type: 'Dataset' }) } };
}

const message = (status: number, text: string): Reply => ({ status, json: { message: text } });
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

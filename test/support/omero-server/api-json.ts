import type { Container, OmeroWorld, WorldImage, WorldPixels } from './omero-world.ts';

/**
 * The records of the JSON API, as https://omero.readthedocs.io/en/stable/developers/json-api.html shows them; what is null is left out ("All the fields of the OMERO model object will be
 * included in the JSON except those that are null").
 */
export type Json = Record<string, unknown>;

const schema = 'http://www.openmicroscopy.org/Schemas/OME/2016-06';

/** "List Projects": `omero:details` with owner, group and permissions. */
export function details(world: OmeroWorld, group: number): Json {
  const found = world.groups.find((each) => each.id === group);
  return {
    '@type': 'TBD#Details',
    owner: { '@id': 3, '@type': `${schema}#Experimenter`, UserName: 'ben', FirstName: 'Ben', LastName: 'Nevis' },
    group: { '@id': group, '@type': `${schema}#ExperimenterGroup`, Name: found?.name },
    permissions: {
      '@type': 'TBD#Permissions',
      perm: found?.canAnnotate === true ? 'rwra--' : 'rwr---',
      canAnnotate: found?.canAnnotate === true,
      canEdit: found?.canAnnotate === true,
      canDelete: found?.canAnnotate === true,
      canLink: found?.canAnnotate === true,
    },
  };
}

export function container(
  world: OmeroWorld,
  { id, name, description, group }: Container,
  { type, ...urls }: { type: string } & Record<string, unknown>,
): Json {
  return {
    '@id': id,
    '@type': `${schema}#${type}`,
    Name: name,
    ...(description !== undefined && { Description: description }),
    'omero:details': details(world, group),
    ...urls,
  };
}

/** "List Images" and, with `channels`, "Get a single Image". In lists of wells images come without `Pixels`. */
export function image(
  world: OmeroWorld,
  { id, name, group, series, acquired, pixels }: WorldImage,
  { parts, ...urls }: { parts: 'alone' | 'listed' | 'bare' } & Record<string, unknown>,
): Json {
  return {
    '@id': id,
    '@type': `${schema}#Image`,
    Name: name,
    ...(acquired !== undefined && { AcquisitionDate: acquired }),
    ...(series !== undefined && { 'omero:series': series }),
    'omero:details': details(world, group),
    ...(parts !== 'bare' && { Pixels: pixelsOf(pixels, { channels: parts === 'alone' }) }),
    ...urls,
  };
}

function pixelsOf(pixels: WorldPixels, { channels }: { channels: boolean }): Json {
  const length = ([value, unit, symbol]: readonly [number, string, string]): Json => ({
    '@type': 'TBD#LengthI',
    Value: value,
    Unit: unit,
    Symbol: symbol,
  });
  const { size = {}, timeIncrement } = pixels;
  return {
    '@id': pixels.id,
    '@type': `${schema}#Pixels`,
    SizeX: pixels.x,
    SizeY: pixels.y,
    SizeZ: pixels.z,
    SizeC: pixels.c,
    SizeT: pixels.t,
    ...(size.x !== undefined && { PhysicalSizeX: length(size.x) }),
    ...(size.y !== undefined && { PhysicalSizeY: length(size.y) }),
    ...(size.z !== undefined && { PhysicalSizeZ: length(size.z) }),
    ...(timeIncrement !== undefined && { TimeIncrement: length(timeIncrement) }),
    Type: { '@id': 6, '@type': 'TBD#PixelsType', value: pixels.type },
    'omero:sha1': pixels.sha1 ?? 'Pending...',
    ...(channels && {
      Channels: pixels.channels.map(({ name, emission }, index) => ({
        '@id': 14451 + index,
        '@type': `${schema}#Channel`,
        ...(name !== undefined && { Name: name }),
        ...(emission !== undefined && { EmissionWavelength: length([emission, 'NANOMETER', 'nm']) }),
      })),
    }),
  };
}

/**
 * "Pagination": `limit` is 200 unless stated, never more than `maxLimit`; "Normalizing Experimenters and Groups": owners and groups once for the list. "Error handling": a limit that is
 * no number is 400.
 */
export function page(
  objects: readonly Json[],
  query: URLSearchParams,
  { maxLimit }: { maxLimit: number },
): Json | string {
  const numbers: Record<string, number> = {};
  for (const [key, otherwise] of [
    ['limit', 200],
    ['offset', 0],
  ] as const) {
    const text = query.get(key);
    if (text !== null && !/^-?\d+$/.test(text)) return `invalid literal for int() with base 10: '${text}'`;
    numbers[key] = text === null || Number(text) < 0 ? otherwise : Number(text);
  }
  const limit = Math.min(numbers.limit ?? 200, maxLimit);
  const offset = numbers.offset ?? 0;
  const data = objects.slice(offset, offset + limit);
  const meta = { totalCount: objects.length, limit, maxLimit, offset };
  if (query.get('normalize') !== 'true') return { data, meta };
  const [owners, groups] = [new Map<unknown, unknown>(), new Map<unknown, unknown>()];
  const plain = data.map((object) => {
    const of = object['omero:details'] as { owner: Json; group: Json };
    owners.set(of.owner['@id'], of.owner);
    groups.set(of.group['@id'], of.group);
    const bare = ({ '@id': id, '@type': type }: Json): Json => ({ '@id': id, '@type': type });
    return { ...object, 'omero:details': { ...of, owner: bare(of.owner), group: bare(of.group) } };
  });
  return { data: plain, meta, experimenters: [...owners.values()], experimenterGroups: [...groups.values()] };
}

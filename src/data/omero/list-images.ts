import { unreachable } from '../../util/unreachable.ts';
import { remoteProblem } from '../remote/problem.ts';
import { type JsonRecord, numberAt, recordAt, recordsAt, textAt } from './json-record.ts';
import type { OmeroAddress } from './omero-address.ts';
import type { Asking, OmeroClient } from './omero-client.ts';
import { imageOf, type OmeroImage } from './omero-image.ts';
import { objectAt, objectOrProblem } from './omero-objects.ts';
import { allPages } from './omero-pages.ts';
import { type Places, wellName } from './omero-tags.ts';

export interface PlacedImage {
  readonly image: OmeroImage;
  readonly places: Places;
  /** The wells that it is a field of: what is annotated in a screen is the well. */
  readonly wells: readonly number[];
}

/** The images below an address, each once, with where they lie. Rejects, why `missing`, where the address itself is not there. */
export async function imagesBelow(
  client: OmeroClient,
  address: OmeroAddress,
  asking: Asking,
): Promise<readonly PlacedImage[]> {
  const { record, name } = await objectOrProblem(client, address, asking);
  const found = new Map<number, PlacedImage>();
  const add = (image: OmeroImage | undefined, places: Record<string, string>, well?: number): void => {
    if (image !== undefined) found.set(image.id, joined(found.get(image.id), { image, places, well }));
  };

  const fromDataset = async (dataset: JsonRecord, projects: readonly string[]): Promise<void> => {
    const own = textAt(dataset, 'Name') ?? '';
    for (const each of await allPages(client, linked(client, dataset, 'url:images', asking), {
      ...asking,
      params: plain,
    })) {
      const image = imageOf(each);
      add(image, { dataset: own });
      for (const project of projects) add(image, { project });
    }
  };
  const fromPlate = async (plate: JsonRecord, screens: readonly string[]): Promise<void> => {
    const wells = await allPages(client, linked(client, plate, 'url:wells', asking), asking);
    for (const well of await inTurns(wells, async (each) => await wholeWell(client, each, asking))) {
      for (const { image, places } of fieldsOf(well, plate)) {
        add(image, places, numberAt(well, '@id'));
        for (const screen of screens) add(image, { screen });
      }
    }
  };

  switch (address.kind) {
    case 'Image':
      add(imageOf(record), {});
      for (const dataset of await listed(client, record, 'url:datasets', asking)) {
        const image = imageOf(record);
        add(image, { dataset: textAt(dataset, 'Name') ?? '' });
        for (const project of await namesOf(client, dataset, 'url:projects', asking)) add(image, { project });
      }
      break;
    case 'Dataset':
      await fromDataset(record, await namesOf(client, record, 'url:projects', asking));
      break;
    case 'Project':
      for (const dataset of await listed(client, record, 'url:datasets', asking)) await fromDataset(dataset, [name]);
      break;
    case 'Plate':
      await fromPlate(record, await namesOf(client, record, 'url:screens', asking));
      break;
    case 'Screen':
      for (const plate of await listed(client, record, 'url:plates', asking)) await fromPlate(plate, [name]);
      break;
    case 'Well': {
      const plates = await listed(client, record, 'url:plates', asking);
      for (const { image, places } of fieldsOf(record, plates[0] ?? {})) add(image, places, address.id);
      break;
    }
    default:
      return unreachable(address.kind);
  }
  return [...found.values()];
}

/** Owners and groups are said once for a whole page, not in every image. */
const plain = { normalize: 'true' };

function joined(
  known: PlacedImage | undefined,
  { image, places, well }: { image: OmeroImage; places: Record<string, string>; well: number | undefined },
): PlacedImage {
  const all: Record<string, readonly string[]> = { ...known?.places };
  for (const [tag, name] of Object.entries(places)) {
    if (name !== '') all[tag] = [...new Set([...(all[tag] ?? []), name])];
  }
  const wells = well === undefined ? [] : [well];
  return { image: known?.image ?? image, places: all, wells: [...new Set([...(known?.wells ?? []), ...wells])] };
}

/** Lists of wells come with their images but without the images' pixels; a well alone comes with both. */
async function wholeWell(client: OmeroClient, well: JsonRecord, asking: Asking): Promise<JsonRecord> {
  const id = numberAt(well, '@id');
  if (recordsAt(well, 'WellSamples').length === 0 || id === undefined) return well;
  return (await objectAt(client, { kind: 'Well', id }, asking))?.record ?? well;
}

function fieldsOf(
  well: JsonRecord,
  plate: JsonRecord,
): readonly { image: OmeroImage | undefined; places: Record<string, string> }[] {
  const [row, column] = [numberAt(well, 'Row'), numberAt(well, 'Column')];
  const conventions = { rows: textAt(plate, 'RowNamingConvention'), columns: textAt(plate, 'ColumnNamingConvention') };
  const samples = recordsAt(well, 'WellSamples');
  return samples.map((sample, at) => ({
    image: imageOf(recordAt(sample, 'Image')),
    places: {
      plate: textAt(plate, 'Name') ?? '',
      ...(row !== undefined && column !== undefined && { well: wellName({ row, column }, conventions) }),
      ...(samples.length > 1 && { field: String(at + 1) }),
    },
  }));
}

async function listed(
  client: OmeroClient,
  record: JsonRecord,
  link: string,
  asking: Asking,
): Promise<readonly JsonRecord[]> {
  return await allPages(client, linked(client, record, link, asking), asking);
}

async function namesOf(client: OmeroClient, record: JsonRecord, link: string, asking: Asking): Promise<string[]> {
  // What says nothing of its parents has none that we may see.
  if (textAt(record, link) === undefined) return [];
  return (await listed(client, record, link, asking)).map((each) => textAt(each, 'Name') ?? '');
}

function linked(client: OmeroClient, record: JsonRecord, link: string, { about }: Asking): URL {
  const address = textAt(record, link);
  if (address !== undefined) return client.follow(address);
  throw remoteProblem(
    'unsupported',
    about,
    `The OMERO server at ${client.uri} does not say what belongs to ${about} (no ${link})`,
    'Ask its administrator for OMERO.web 5.6 or newer.',
  );
}

/** Four at a time, in their order: a plate has hundreds of wells, and a server has other users. */
async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const done: R[] = [];
  for (let at = 0; at < items.length; at += 4) done.push(...(await Promise.all(items.slice(at, at + 4).map(work))));
  return done;
}

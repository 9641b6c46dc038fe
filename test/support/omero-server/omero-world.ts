import { omeXml, pages, tiff } from '../tiff.ts';

/** What an OMERO server of the tests holds. Plain data: tests change it while the server runs. */
export interface OmeroWorld {
  readonly users: readonly { name: string; password: string; id: number; groups: readonly number[] }[];
  readonly groups: readonly { id: number; name: string; canAnnotate: boolean }[];
  readonly projects: Container[];
  readonly datasets: (Container & { projects: number[] })[];
  readonly images: WorldImage[];
  readonly screens: Container[];
  readonly plates: (Container & { screens: number[]; rowNames?: string; columnNames?: string })[];
  readonly wells: { id: number; plate: number; row: number; column: number; images: number[]; group: number }[];
  readonly annotations: WorldAnnotation[];
  nextId: number;
}

export interface Container {
  readonly id: number;
  readonly name: string;
  readonly description?: string;
  readonly group: number;
}

export interface WorldImage {
  readonly id: number;
  readonly name: string;
  readonly group: number;
  readonly datasets: readonly number[];
  readonly series?: number;
  readonly acquired?: number;
  pixels: WorldPixels;
  /** What `archived_files` gives; `blocked`: the download policy forbids it; none: `[]`. */
  originals: readonly { readonly path: string; readonly bytes: Buffer }[] | 'blocked' | 'too-large';
  /** What `render_ome_tiff` gives; `pyramid`: nothing, as for big images. */
  omeTiff: Buffer | 'pyramid';
}

export interface WorldPixels {
  readonly id: number;
  readonly t: number;
  readonly c: number;
  readonly z: number;
  readonly y: number;
  readonly x: number;
  readonly type: string;
  readonly sha1?: string;
  readonly size?: Readonly<Partial<Record<'x' | 'y' | 'z', readonly [value: number, unit: string, symbol: string]>>>;
  readonly timeIncrement?: readonly [value: number, unit: string, symbol: string];
  readonly channels: readonly { readonly name?: string; readonly emission?: number }[];
}

export interface WorldAnnotation {
  readonly id: number;
  ns?: string;
  links: { kind: string; id: number; link: number }[];
  value:
    | { is: 'map'; pairs: readonly (readonly [string, string])[] }
    | { is: 'tag'; text: string }
    | { is: 'comment'; text: string }
    | { is: 'file'; name: string; bytes: Buffer };
}

/** Two users, three groups, a project with two datasets, a screen with one plate: nothing in it yet. */
export function omeroWorld(): OmeroWorld {
  return {
    users: [
      { name: 'ben', password: 'Grün & wide?', id: 3, groups: [5, 7] },
      { name: 'ada', password: 'other', id: 4, groups: [7] },
    ],
    groups: [
      { id: 5, name: 'Nevis Lab', canAnnotate: true },
      { id: 7, name: 'read only', canAnnotate: false },
      { id: 9, name: 'private', canAnnotate: true },
    ],
    projects: [{ id: 5, name: 'Mitosis', group: 5 }],
    datasets: [
      { id: 51, name: 'Day 1', group: 5, projects: [5] },
      { id: 52, name: 'Day 2', group: 5, projects: [5] },
      { id: 70, name: 'theirs', group: 7, projects: [] },
      { id: 90, name: 'hidden', group: 9, projects: [] },
    ],
    images: [],
    screens: [{ id: 3, name: 'siRNA', group: 5 }],
    plates: [{ id: 9, name: 'P1', group: 5, screens: [3] }],
    wells: [],
    annotations: [],
    nextId: 1000,
  };
}

/** An image with one original that holds its planes, `uint16`. */
export function worldImage(
  of: { id: number; pixels?: Partial<WorldPixels> } & Partial<Omit<WorldImage, 'pixels'>>,
): WorldImage {
  const pixels: WorldPixels = {
    t: 1,
    c: 2,
    z: 3,
    y: 7,
    x: 9,
    type: 'uint16',
    channels: [{ name: 'DAPI', emission: 470 }, { name: 'GFP' }],
    ...of.pixels,
    id: of.pixels?.id ?? of.id + 4000,
  };
  return {
    name: `cell ${of.id}.ome.tif`,
    group: 5,
    datasets: [51],
    originals: [{ path: `ben_3/2026/cell ${of.id}.ome.tif`, bytes: planesOf(pixels) }],
    omeTiff: planesOf(pixels),
    ...of,
    pixels,
  };
}

/** The planes as OME-TIFF, with what the tests want to be wrong about it. */
export function planesOf(
  { t, c, z, y, x }: WorldPixels,
  {
    bits = 16,
    planes = t * c * z,
    says = {},
  }: { bits?: number; planes?: number; says?: Record<string, number | string> } = {},
): Buffer {
  const type = bits === 8 ? 'uint8' : 'uint16';
  const description = omeXml({ SizeT: t, SizeC: c, SizeZ: z, SizeY: y, SizeX: x, Type: type, ...says });
  return tiff({ pages: pages(planes, { width: x, height: y, bits, description }) });
}

export function annotate(
  world: OmeroWorld,
  on: { kind: string; id: number },
  value: WorldAnnotation['value'],
  ns?: string,
): WorldAnnotation {
  const id = world.nextId++;
  const annotation = { id, links: [{ ...on, link: world.nextId++ }], value, ...(ns !== undefined && { ns }) };
  world.annotations.push(annotation);
  return annotation;
}

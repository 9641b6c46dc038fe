import { execFileSync } from 'node:child_process';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach } from 'vitest';
import { tiff } from '../support/tiff.ts';
import { type Ended, makePlace, type Place } from './bit.ts';

const places: ImportPlace[] = [];
const mounts: string[] = [];
afterEach(() => {
  for (const mount of mounts.splice(0)) execFileSync('umount', ['-l', mount]);
  for (const place of places.splice(0)) place.remove();
});

/** A document of `bit import --json`, as far as tests look at it. */
export interface ImportReport {
  readonly added: number;
  readonly unchanged: number;
  readonly changed: number;
  readonly moved: number;
  readonly left: readonly { readonly path: string; readonly why: string }[];
  readonly leftOut: readonly { readonly extension: string; readonly count: number }[];
  readonly bytes: number;
  readonly change: number | null;
  readonly tags: readonly { readonly name: string; readonly type: string; readonly distinct: number }[];
  readonly problems: readonly {
    readonly code: string;
    readonly severity: string;
    readonly message: string;
    readonly help: string;
  }[];
}

export interface FoundItem {
  readonly path: string;
  readonly digest: string;
  readonly tags: Readonly<Record<string, unknown>>;
  readonly image: Readonly<Record<string, unknown>> | null;
}

export interface ImportPlace extends Place {
  /** Writes a small image of its own content below the folder, an hour old unless said. */
  image(path: string, options?: { readonly content?: string; readonly at?: Date }): void;
  /** `bit import WORDS --experiment E --json`. */
  imports(...words: readonly string[]): Promise<Ended & { readonly report: ImportReport }>;
  /** Everything that is an item, by path below the folder. */
  items(): Promise<Readonly<Record<string, FoundItem>>>;
  /** A small disk of its own. */
  mount(name: string, size: string): string;
}

export function importPlace(): ImportPlace {
  const place = makePlace();
  const made: ImportPlace = {
    ...place,
    image: (path, { content = path, at = anHourAgo() } = {}) => {
      const absolute = join(place.folder, path);
      mkdirSync(dirname(absolute), { recursive: true });
      writeFileSync(absolute, smallImage(content));
      utimesSync(absolute, at, at);
    },
    imports: async (...words) => {
      const ended = await place.bit(['import', ...words, ...(words.includes('-e') ? [] : ['-e', 'E']), '--json']);
      if (!ended.out.startsWith('{')) throw new Error(`no document: ${ended.out}${ended.err}`);
      return { ...ended, report: JSON.parse(ended.out) };
    },
    items: async () => {
      const { status, out, err } = await place.bit(['find', 'true', '--raw', '--json']);
      if (status !== 0) throw new Error(err);
      const files: readonly FoundItem[] = JSON.parse(out).files;
      return Object.fromEntries(files.map((file) => [file.path.replace(`${place.folder}/`, ''), file]));
    },
    mount: (name, size) => {
      const folder = join(place.folder, name);
      mkdirSync(folder);
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
      mounts.push(folder);
      return folder;
    },
  };
  places.push(made);
  return made;
}

export const smallImage = (content: string): Buffer =>
  tiff({ pages: [{ width: 8, height: 6, bits: 8, description: content }] });

export const anHourAgo = (): Date => new Date(Date.now() - 3_600_000);

export const canMount = (() => {
  try {
    execFileSync('sh', ['-c', 'd=$(mktemp -d) && mount -t tmpfs tmpfs $d && umount $d && rmdir $d'], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
})();

/** An OME-Zarr of 4 x 4 pixels, by the names of its files. */
export const zarrFiles = {
  '.zgroup': '{"zarr_format": 2}',
  '.zattrs': JSON.stringify({
    multiscales: [
      {
        version: '0.4',
        axes: [
          { name: 'y', type: 'space' },
          { name: 'x', type: 'space' },
        ],
        datasets: [{ path: '0', coordinateTransformations: [{ type: 'scale', scale: [1, 1] }] }],
      },
    ],
  }),
  '0/.zarray': JSON.stringify({
    zarr_format: 2,
    shape: [4, 4],
    chunks: [4, 4],
    dtype: '|u1',
    compressor: null,
    fill_value: 0,
    order: 'C',
    filters: null,
  }),
  '0/0.0': '0123456789abcdef',
} as const;

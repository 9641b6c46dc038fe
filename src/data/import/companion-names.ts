/** A file by its name: `a/b.ome.tif` lies in `a/`, has the stem `b` and the extension `.ome.tif`. */
export interface NamedFile {
  readonly path: string;
  /** Empty, or ending in `/`. */
  readonly folder: string;
  readonly name: string;
  readonly stem: string;
  /** Lower case. */
  readonly extension: string;
  readonly isImage: boolean;
}

export function namedFile(path: string): NamedFile {
  const slash = path.lastIndexOf('/') + 1;
  const name = path.slice(slash);
  const extension = extensionOf(name);
  return {
    path,
    folder: path.slice(0, slash),
    name,
    stem: name.slice(0, name.length - extension.length),
    extension,
    isImage: imageExtensions.has(extension),
  };
}

/**
 * The files that describe an image and hold no pixels, by the image they are beside. One description may serve many images (Micro-Manager's
 * `metadata.txt` describes every image of its folder), so the same name may come several times.
 */
export function companionsByName(
  files: readonly NamedFile[],
  { byPath, isTaken }: { byPath: ReadonlyMap<string, NamedFile>; isTaken: (path: string) => boolean },
): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const folderwide: NamedFile[] = [];
  const give = (image: string, companion: string): void => {
    const list = found.get(image);
    if (list === undefined) found.set(image, [companion]);
    else list.push(companion);
  };
  for (const file of files) {
    if (file.isImage || isTaken(file.path)) continue;
    const image = besideOf(file).find((path) => byPath.get(path)?.isImage);
    if (image !== undefined) give(image, file.path);
    else if (isFolderwide(file, byPath)) folderwide.push(file);
  }
  if (folderwide.length === 0) return found;
  const described = new Map<string, NamedFile[]>();
  for (const file of folderwide) described.set(file.folder, [...(described.get(file.folder) ?? []), file]);
  const tiffs = new Map<string, number>();
  for (const file of files) if (isTiff(file)) tiffs.set(file.folder, (tiffs.get(file.folder) ?? 0) + 1);
  for (const file of files) {
    const own = described.get(file.folder);
    if (own === undefined || !isTiff(file)) continue;
    if (tiffs.get(file.folder) === 1 || isMicroManagerName(file.name))
      for (const each of own) give(file.path, each.path);
  }
  return found;
}

const imageExtensions: ReadonlySet<string> = new Set(
  `.tif .tiff .ome.tif .ome.tiff .btf .tf2 .tf8 .ome.btf .ome.tf2 .ome.tf8 .stk .nd .lsm .flex .png .jpg .jpeg .bmp .gif .webp .jp2
  .czi .zvi .lif .lof .xlef .nd2 .ims .oib .oif .oir .vsi .dv .r3d .mrc .nrrd .nii .nii.gz .dcm .svs .ndpi .scn .mrxs .sld .ids .ics`.split(
    /\s+/,
  ),
);

/** Endings of two parts that mean something together. */
const doubles = /\.(ome\.(tiff?|btf|tf[28]|xml)|companion\.ome|nii\.gz)$/i;

function extensionOf(name: string): string {
  const double = doubles.exec(name);
  if (double !== null && double.index > 0) return double[0].toLowerCase();
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot).toLowerCase() : '';
}

/** The images that a description may be beside, the likeliest first. Tried as they are written and in the upper case that some cameras use. */
function besideOf({ folder, name, stem, extension }: NamedFile): string[] {
  switch (extension) {
    case '.ome.xml':
    case '.companion.ome':
      return tiffsOf(folder + stem);
    case '.lifext':
      return [`${folder}${stem}.lif`, `${folder}${stem}.LIF`];
    case '.txt':
      return microManagerOf({ folder, name, ending: '_metadata.txt' });
    case '.json':
      return microManagerOf({ folder, name, ending: '_DisplaySettings.json' });
    default:
      return [];
  }
}

/** Micro-Manager says `a_metadata.txt` for `a.ome.tif`, and in some versions for `a_MMStack.ome.tif`. */
function microManagerOf({ folder, name, ending }: { folder: string; name: string; ending: string }): string[] {
  if (!name.endsWith(ending) || name === ending) return [];
  const stem = folder + name.slice(0, -ending.length);
  return [...tiffsOf(stem), ...['_MMStack', '_MMStack_Pos0', '_MMStack_Pos_0'].map((each) => `${stem}${each}.ome.tif`)];
}

function tiffsOf(stem: string): string[] {
  return ['.ome.tif', '.ome.tiff', '.tif', '.tiff', '.TIF', '.TIFF', '.btf'].map((extension) => stem + extension);
}

/** What Micro-Manager leaves once per folder. */
function isFolderwide({ folder, name }: NamedFile, byPath: ReadonlyMap<string, NamedFile>): boolean {
  if (name === 'comments.txt') return byPath.has(`${folder}metadata.txt`);
  return folderwideNames.has(name);
}

const folderwideNames: ReadonlySet<string> = new Set([
  'metadata.txt',
  'displaySettings.json',
  'DisplaySettings.json',
  'displaySettings.txt',
  'display_and_comments.txt',
]);

function isTiff({ extension }: NamedFile): boolean {
  return extension.endsWith('.tif') || extension.endsWith('.tiff');
}

function isMicroManagerName(name: string): boolean {
  return /^img_(\d{9}|channel)|_MMStack|_MMImages/.test(name);
}

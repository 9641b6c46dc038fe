/**
 * The extension of a file's own name, without its dot and as it is written: `tif`, `ome.tif`, `csv.gz`; `''` where there
 * is none. Some come in two parts; what holds a space or another odd character is part of the name.
 */
export function extensionOf(name: string): string {
  return extension.exec(name)?.[1] ?? '';
}

/** The name without its extension: `A3.ome.tif` → `A3`. */
export function stemOf(name: string): string {
  const ending = extensionOf(name);
  return ending === '' ? name : name.slice(0, -ending.length - 1);
}

/** The last part of a path with `/`. */
export function baseNameOf(path: string): string {
  const trimmed = path.replace(/\/+$/, '');
  return trimmed.slice(trimmed.lastIndexOf('/') + 1);
}

/** The folder of a path with `/`; `.` where it names none, as in Python. */
export function parentOf(path: string): string {
  const trimmed = path.replace(/(?<=.)\/+$/, '');
  const slash = trimmed.lastIndexOf('/');
  return slash < 0 ? '.' : slash === 0 ? '/' : trimmed.slice(0, slash);
}

// A dot at the very start makes a hidden file, not an extension; a number alone (`scan.1`) is still one, as everywhere.
const extension =
  /[\s\S]\.((?:ome\.(?:tiff?|zarr|xml|btf|tf[28])|[a-z0-9]{1,12}\.(?:gz|bz2|xz|zst)|[a-z0-9_+-]{1,16}))$/i;

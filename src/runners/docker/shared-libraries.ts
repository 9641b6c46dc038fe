/** What a program needs beside itself to run where nothing of this machine is: its dynamic loader and its libraries. */
export interface SharedLibraries {
  /** Absent of a program that needs none. */
  readonly loader?: string;
  readonly libraries: readonly string[];
}

/**
 * Reads what `ldd` prints. A line with an arrow names a library and where it was found; a path alone is the loader; a name alone is the
 * kernel's. Undefined where a library was not found.
 */
export function parseLdd(text: string): SharedLibraries | undefined {
  let loader: string | undefined;
  const libraries: string[] = [];
  for (const line of text.split('\n')) {
    if (/=> not found/.test(line)) return undefined;
    const found = /^\s*(\S+) => (\/.+) \(0x[0-9a-f]+\)$/.exec(line);
    const alone = /^\s*(\/.+) \(0x[0-9a-f]+\)$/.exec(line);
    if (found?.[1] !== undefined && found[2] !== undefined) {
      // musl's loader is its C library too, and named on the left by its path.
      if (found[1].startsWith('/') || /\/ld-[^/]*$/.test(found[2])) loader ??= found[2];
      else libraries.push(found[2]);
    } else if (alone?.[1] !== undefined) {
      if (/\/ld[^/]*\.so[^/]*$|\/ld\.so/.test(alone[1])) loader = alone[1];
      else libraries.push(alone[1]);
    }
  }
  return loader === undefined ? { libraries } : { loader, libraries };
}

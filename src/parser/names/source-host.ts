/** The world as the parser sees it: texts by absolute path. Handed in, so that checking is pure. */
export interface SourceHost {
  /** The text at an absolute path, or why not. */
  read(path: string): ReadResult;
  /** Absolute path of what `from "…"` names, seen from the file that says it: `std/x` is the standard library, `./x.bit` relative. */
  resolve(from: string, specifier: string): string | undefined;
  readonly workingDirectory: string;
  /** The name to show people for an absolute path. */
  display(path: string): string;
  /** For suggestions: names of the modules of the standard library, `std/image`. */
  standardModules(): readonly string[];
}

export type ReadResult =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly why: 'missing' | 'folder' | 'denied' | 'binary' };

/** The folder of an absolute path, without a file system's help. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '/' : path.slice(0, slash);
}

/** `path` seen from `folder`, with `.` and `..` worked out. */
export function joinPath(folder: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${folder}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

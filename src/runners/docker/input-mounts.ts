/** A file or folder of this machine that a container is shown read-only. */
export interface InputMount {
  readonly source: string;
  readonly target: string;
}

export interface ShownInputs {
  readonly mounts: readonly InputMount[];
  /** Where each input lies inside the container, in the order they were given. */
  readonly paths: readonly string[];
}

/** Above so many mounts a container takes noticeably longer to start, and the kernel's table of them is not endless. */
export const mountLimit = 100;

/**
 * What to mount so that a task finds its inputs. Each lies in a folder of its own under its staged name, so that a program that follows the
 * link in `task/` meets the extension it expects. Where there are too many, the folders that hold them are shown instead, still read-only.
 */
export function inputMounts(
  inputs: readonly { readonly source: string; readonly target: string }[],
  options: { readonly place: string; readonly limit: number },
): ShownInputs {
  const { place, limit } = options;
  const single = new Map<string, InputMount>();
  const paths = inputs.map(({ source, target }) => {
    const name = target.slice(target.lastIndexOf('/') + 1);
    const known = `${source}\0${name}`;
    let mount = single.get(known);
    if (mount === undefined) {
      mount = { source, target: `${place}/${single.size}/${name}` };
      single.set(known, mount);
    }
    return mount.target;
  });
  if (single.size <= limit) return { mounts: [...single.values()], paths };
  const folders = coveringFolders(
    inputs.map(({ source }) => source),
    limit,
  );
  const mounts = folders.map((source, index) => ({ source, target: `${place}/${index}` }));
  return {
    mounts,
    paths: inputs.map(({ source }) => {
      const mount = mounts.find((candidate) => source.startsWith(`${candidate.source}/`));
      if (mount === undefined) throw new Error(`no folder covers ${source}`);
      return mount.target + source.slice(mount.source.length);
    }),
  };
}

/** The deepest folders, at most `limit` of them, below which all of `paths` lie: the deepest ones give way to their parents first. */
export function coveringFolders(paths: readonly string[], limit: number): readonly string[] {
  let folders = outermost(new Set(paths.map(parentOf)));
  while (folders.length > limit) {
    const depth = Math.max(...folders.map(depthOf));
    // Another step up would show a whole top-level folder of the machine.
    if (depth <= 1) break;
    folders = outermost(new Set(folders.map((folder) => (depthOf(folder) === depth ? parentOf(folder) : folder))));
  }
  return folders;
}

const parentOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')));
const depthOf = (path: string): number => path.split('/').length - 1;

/** Without those that lie in another one. */
function outermost(folders: ReadonlySet<string>): string[] {
  return [...folders].filter((folder) => {
    for (let up = folder; up.length > 1; ) {
      up = parentOf(up);
      if (folders.has(up)) return false;
    }
    return true;
  });
}

import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { findProgram, realPath } from '../../util/find-program.ts';
import { systemPath } from '../wrapper/launch-file.ts';
import { placeOnce } from '../wrapper/place-once.ts';
import { wrapperFolder } from '../wrapper/wrapper-folder.ts';
import { parseLdd } from './shared-libraries.ts';

/** What the wrapper needs inside a container, in one folder: an image may have another shell than bash, or none. */
export interface ContainerShell {
  /** On this machine; mounted read-only at `shellPlace`. */
  readonly folder: string;
  /** Of the container; ends with the launcher having run one order. */
  argv(directory: string): readonly string[];
  /** For somebody who runs the task alone. */
  plain(directory: string): readonly string[];
  /** Folder of the language modules as a task sees it. */
  readonly languages: string;
}

/** Where containers find it. */
export const shellPlace = '/bit/shell';

/**
 * Copies this machine's bash with its loader and libraries, the launcher and the language modules into the work folder, once per content.
 * Nothing of an image is needed to run them, and nothing of them is found by a task that does not know the place.
 */
export async function containerShell(workFolder: string): Promise<ContainerShell> {
  const bash = findProgram('bash', `${process.env.PATH ?? ''}:${systemPath}`);
  if (bash === undefined) throw new Error('there is no bash on this machine, which launches every task');
  const { loader, libraries } = await librariesOf(realPath(bash));
  const wrapper = wrapperFolder();
  const files: readonly (readonly [name: string, source: string])[] = [
    ['bash', realPath(bash)],
    ...(loader === undefined ? [] : [['loader', realPath(loader)] as const]),
    ...libraries.map((library) => [`libraries/${basename(library)}`, library] as const),
    ...['launcher.bash', 'contained.bash'].map((name) => [name, `${wrapper}/${name}`] as const),
    ...readdirSync(`${wrapper}/languages`, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.pyc'))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [`languages/${path.slice(wrapper.length + '/languages/'.length)}`, path] as const),
  ];
  const folder = place(workFolder, files);
  const program = `${shellPlace}/bash`;
  const start =
    loader === undefined ? [program] : [`${shellPlace}/loader`, '--library-path', `${shellPlace}/libraries`, program];
  return {
    folder,
    languages: `${shellPlace}/languages`,
    plain: (directory) => [...start, '--norc', '--noprofile', `${directory}/launch`],
    argv: (directory) => [
      ...start,
      '--norc',
      '--noprofile',
      `${shellPlace}/contained.bash`,
      `${directory}/orders`,
      'mount-namespace',
      'OWN',
      `${directory}/messages`,
      'alone',
    ],
  };
}

async function librariesOf(program: string) {
  const listed = await execa('ldd', [program], { reject: false, stdin: 'ignore', env: { LC_ALL: 'C' } });
  // A program without libraries makes `ldd` fail with a sentence about it.
  const parsed = parseLdd(listed.failed ? '' : listed.stdout);
  if (parsed === undefined) throw new Error(`libraries of ${program} are missing:\n${listed.stdout}`);
  return parsed;
}

function place(workFolder: string, files: readonly (readonly [name: string, source: string])[]): string {
  const read = files.map(([name, source]) => ({ name, bytes: readFileSync(source) }));
  const hash = createHash('sha256');
  for (const { name, bytes } of read) hash.update(`${name}\0${bytes.length}\0`).update(bytes);
  const folder = join(workFolder, '.container-shell', hash.digest('hex').slice(0, 16));
  return placeOnce(folder, (draft) => {
    for (const { name, bytes } of read) {
      const path = join(draft, name);
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, bytes);
      // Another user than the one who runs the engine may be who the task is inside.
      chmodSync(path, 0o755);
    }
  });
}

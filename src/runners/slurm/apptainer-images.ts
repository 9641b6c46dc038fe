import { createReadStream, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { execa } from 'execa';
import { hashing } from '../../util/blake3.ts';
import { digestOf } from '../docker/image-name.ts';
import { EnvironmentFailure } from '../environment/environment-failure.ts';
import { replaceFile, runInstaller } from '../environment/installer.ts';
import { imageFolder, knownFile, readKnown } from '../environment/known-images.ts';
import { whileOwning } from '../environment/owned-lock.ts';
import type { ContainerImages } from '../environment/place.ts';
import { fingerprint } from '../environment/probes.ts';
import type { Process } from '../environment/process.ts';
import { apptainerErrors as errors } from './apptainer-errors.ts';
import type { ApptainerProgram } from './apptainer-program.ts';
import { type ImagePlace, imagePlace } from './image-place.ts';
import { askRegistry } from './registry-digest.ts';

/**
 * Images for Apptainer: files in the store, named by the digest that the registry gives them, which is the one that Docker knows them by; or
 * files of the user's own.
 */
export function openApptainerImages(options: {
  readonly apptainer: ApptainerProgram;
  /** `<store>/environments` */
  readonly environments: string;
  readonly offline: boolean;
  /** Goes before names that say no registry. */
  readonly registry?: string;
}): ContainerImages {
  const { environments, offline } = options;
  const folder = imageFolder(environments);
  const asked = new Map<string, Promise<Located>>();
  const memory = openMemory(folder);

  const fileOf = (digest: string): string => join(folder, `${digest.replace(':', '-')}.sif`);

  function locate(name: string): Promise<Located> {
    let locating = asked.get(name);
    if (locating === undefined) {
      locating = locateNow(name);
      asked.set(name, locating);
    }
    return locating;
  }

  async function locateNow(name: string): Promise<Located> {
    const image = imagePlace(name, { registry: options.registry });
    if (image === undefined) return { state: 'refused', why: 'that is no name of an image' };
    if (image.digest !== undefined)
      return { state: 'found', digest: image.digest, source: pinned(image, image.digest) };
    const known = memory.get(`name ${name}`);
    const kept = known === undefined || !existsSync(fileOf(known)) ? undefined : known;
    if (offline && kept !== undefined) return { state: 'found', digest: kept, source: pinned(image, kept) };
    const local = await askDaemon(image);
    if (local !== undefined) return { state: 'found', ...local };
    if (offline) return { state: 'refused', why: 'it was not fetched before, and nothing is fetched now (`offline`)' };
    const answer = await askRegistry(image, { milliseconds: 20_000 });
    switch (answer.kind) {
      case 'digest':
        memory.set(`name ${name}`, answer.digest);
        return { state: 'found', digest: answer.digest, source: pinned(image, answer.digest) };
      case 'silent':
        if (kept !== undefined) return { state: 'found', digest: kept, source: pinned(image, kept) };
        return { state: 'refused', why: answer.why };
      case 'refused':
        return { state: 'refused', why: answer.why };
    }
  }

  return {
    async find(name, at) {
      const refused = (why: string) =>
        ({ state: 'refused', diagnostic: errors.noImage(at.span, { process: at.name, name, why }) }) as const;
      if (isFile(name)) {
        const path = pathOf(name, at);
        const digest = await memory.digestOf(path);
        return digest === undefined ? refused(`there is no file ${path}`) : { state: 'here', digest, image: path };
      }
      const located = await locate(name);
      if (located.state === 'refused') return refused(located.why);
      const file = fileOf(located.digest);
      return existsSync(file) ? { state: 'here', digest: located.digest, image: file } : { state: 'elsewhere' };
    },

    async fetch(name, at, progress) {
      const located = await locate(name);
      if (located.state === 'refused')
        throw new EnvironmentFailure(errors.noImage(at.span, { process: at.name, name, why: located.why }));
      const file = fileOf(located.digest);
      const short = located.digest.replace(':', '-').slice(0, 23);
      const log = join(environments, 'logs', `image-${short}.log`);
      const failed = (lines: readonly string[]) =>
        new EnvironmentFailure(errors.notFetched(at.span, { process: at.name, name, lines, log }));
      await whileOwning(
        join(environments, 'locks', `image-${short}.lock`),
        { onWait: ({ host }) => progress(`waiting for another run that fetches it, on ${host}`) },
        async () => {
          if (existsSync(file)) return;
          mkdirSync(folder, { recursive: true });
          mkdirSync(join(environments, 'logs'), { recursive: true });
          writeFileSync(log, '');
          if (offline && located.source.startsWith('docker://'))
            throw failed(['it was not fetched before, and nothing is fetched now (`offline`)']);
          const draft = `${file}.${process.pid}.draft`;
          rmSync(draft, { force: true });
          progress(`fetching ${located.source} with ${options.apptainer.kind}`);
          const result = await runInstaller(options.apptainer.program, ['pull', '--force', draft, located.source], {
            log,
            progress,
            tells: /^(INFO|Copying|Getting|Writing|Storing)/,
            variables: { NO_COLOR: '1' },
          });
          if (!result.failed && existsSync(draft)) return renameSync(draft, file);
          rmSync(draft, { force: true });
          throw failed(result.failed ? result.lines : ['it ended well and left no image']);
        },
      );
    },
  };
}

type Located =
  /** `source` is what Apptainer is told to fetch. */
  | { readonly state: 'found'; readonly digest: string; readonly source: string }
  | { readonly state: 'refused'; readonly why: string };

const isFile = (name: string): boolean => name.endsWith('.sif') || name.startsWith('/') || name.startsWith('./');

const pathOf = (name: string, at: Process): string => (isAbsolute(name) ? name : join(at.folder, name));

/** By digest alone: Apptainer takes no tag beside it. */
const pinned = ({ registry, repository }: ImagePlace, digest: string): string =>
  `docker://${registry}/${repository}@${digest}`;

/** A daemon of this machine that has the image: what Docker would run is what runs. */
async function askDaemon({
  name,
}: ImagePlace): Promise<{ readonly digest: string; readonly source: string } | undefined> {
  const told = await execa('docker', ['image', 'inspect', '--format', '{{json .RepoDigests}} {{.Id}}', name], {
    stdin: 'ignore',
    reject: false,
    timeout: 5000,
  });
  if (told.failed) return undefined;
  const [, list = 'null', Id] = /^(\[.*\]|null) (sha256:[0-9a-f]{64})$/m.exec(told.stdout) ?? [];
  if (Id === undefined) return undefined;
  const RepoDigests = JSON.parse(list) as readonly string[] | null;
  return { digest: digestOf(name, { Id, RepoDigests }), source: `docker-daemon:${name}` };
}

interface Memory {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
  /** Of a file's content, looked at again only when the file has changed. Undefined where it cannot be read. */
  digestOf(path: string): Promise<string | undefined>;
}

/** What names stood for, and what files hold. */
function openMemory(folder: string): Memory {
  let known: ReadonlyMap<string, string> | undefined;
  function all(): ReadonlyMap<string, string> {
    known ??= readKnown(folder);
    return known;
  }
  const memory: Memory = {
    get: (key) => all().get(key),
    set(key, value) {
      if (all().get(key) === value) return;
      known = new Map([...readKnown(folder), ...all(), [key, value]]);
      try {
        replaceFile(knownFile(folder), `${JSON.stringify(Object.fromEntries(known), null, 1)}\n`);
      } catch {
        // A store that cannot be written: it is asked again next time.
      }
    },
    async digestOf(path) {
      const now = fingerprint(path);
      if (now === undefined) return undefined;
      const key = `file ${path} ${now}`;
      const before = memory.get(key);
      if (before !== undefined) return before;
      try {
        const hasher = await hashing.start();
        for await (const bytes of createReadStream(path)) hasher.update(bytes as Uint8Array);
        const digest = `blake3:${hasher.hex()}`;
        memory.set(key, digest);
        return digest;
      } catch {
        return undefined;
      }
    },
  };
  return memory;
}

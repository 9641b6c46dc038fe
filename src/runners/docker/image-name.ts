/** A name as `docker pull` takes it, in parts. */
export interface ImageName {
  /** Absent where the name leaves it to the daemon, which then means Docker Hub. */
  readonly registry?: string;
  /** Without registry, tag and digest: `biocontainers/samtools`. */
  readonly repository: string;
  readonly tag?: string;
  /** `sha256:…`. */
  readonly digest?: string;
}

/** The first part is a registry where it could not be a folder of Docker Hub: with a dot or a port, or this machine. */
export function parseImageName(text: string): ImageName {
  const [beforeDigest = '', digest] = text.split('@', 2);
  const slash = beforeDigest.lastIndexOf('/');
  const colon = beforeDigest.indexOf(':', slash + 1);
  const path = colon < 0 ? beforeDigest : beforeDigest.slice(0, colon);
  const tag = colon < 0 ? undefined : beforeDigest.slice(colon + 1);
  const first = path.split('/', 1)[0] ?? '';
  const named = path.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  return {
    ...(named ? { registry: first } : {}),
    repository: named ? path.slice(first.length + 1) : path,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** Whether a daemon would read it as a name at all. What it would not is never put into a question: `a/../b` and `a?b` ask for something else. */
export const isImageName = (text: string): boolean => wellFormed.test(text);

const wellFormed =
  /^(?:(?=[^/]*[.:]|localhost\/)(?:[A-Za-z\d.-]+|\[[\dA-Fa-f:]+\])(?::\d+)?\/)?[a-z\d]+(?:(?:\.|__?|-+|\/)[a-z\d]+)*(?::\w[\w.-]{0,127})?(?:@[A-Za-z\d+._-]+:[\dA-Fa-f]{32,})?$/;

/** The name that is asked for: with the site's registry where it names none, and with a tag, since none means `latest`. */
export function completeName(text: string, options: { readonly registry: string | undefined }): string {
  const { registry } = options;
  const name = parseImageName(text);
  const prefix =
    name.registry === undefined && registry !== undefined && registry !== '' ? `${registry.replace(/\/+$/, '')}/` : '';
  const tag = name.tag === undefined && name.digest === undefined ? ':latest' : '';
  return `${prefix}${text}${tag}`;
}

/** Where an image lies, registry and repository, as `RepoDigests` begin. */
export function repositoryOf(text: string): string {
  const { registry, repository } = parseImageName(text);
  return registry === undefined ? repository : `${registry}/${repository}`;
}

/**
 * What identifies an image that is here, whoever looks at it: its digest in the registry it was asked from, which is the same on every machine;
 * of an image that was built here, its own id.
 */
export function digestOf(
  name: string,
  image: { readonly Id: string; readonly RepoDigests: readonly string[] | null },
): string {
  const wanted = shortest(repositoryOf(name));
  const found = (image.RepoDigests ?? []).find((entry) => shortest(entry.split('@', 1)[0] ?? '') === wanted);
  return found?.split('@')[1] ?? image.Id;
}

/** Docker leaves out what Podman writes out. */
const shortest = (repository: string): string =>
  repository.replace(/^(docker\.io|index\.docker\.io)\//, '').replace(/^library\//, '');

/** Every name that the images of a daemon go by; an image whose name was taken by another has none. */
export const namesOf = (
  images: readonly { readonly RepoTags?: readonly string[] | null | undefined }[],
): readonly string[] => [
  ...new Set(images.flatMap(({ RepoTags }) => RepoTags ?? []).filter((name) => !name.includes('<none>'))),
];

import { completeName, parseImageName } from '../docker/image-name.ts';

/** Where an image lies that is asked for over the network. */
export interface ImagePlace {
  /** The name in full, as Docker is asked for it too. */
  readonly name: string;
  /** `docker.io`, `quay.io`, `localhost:5000`. */
  readonly registry: string;
  /** `library/busybox` */
  readonly repository: string;
  readonly tag: string;
  /** `sha256:…`, where the name says exactly which. */
  readonly digest?: string;
}

/** Takes a name apart as Docker does, with what Docker would add: its own registry, and the tag `latest`. Undefined for what is no name. */
export function imagePlace(text: string, options: { readonly registry: string | undefined }): ImagePlace | undefined {
  const name = completeName(text.replace(/^docker:\/\//, ''), options);
  const { registry = 'docker.io', repository, tag = 'latest', digest } = parseImageName(name);
  if (!/^[\w][\w./-]*$/.test(repository) || !/^\w[\w.-]*$/.test(tag)) return undefined;
  if (digest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(digest)) return undefined;
  return {
    name,
    registry,
    repository: registry === 'docker.io' && !repository.includes('/') ? `library/${repository}` : repository,
    tag,
    ...(digest === undefined ? {} : { digest }),
  };
}

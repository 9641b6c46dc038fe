/** A name of an image, taken apart. */
export interface ImageName {
  /** `docker.io`, `quay.io`, `localhost:5000`. */
  readonly registry: string;
  /** `library/busybox` */
  readonly repository: string;
  readonly tag: string;
  /** `sha256:…`, where the name says exactly which. */
  readonly digest?: string;
}

/**
 * Reads `busybox`, `lab/tool:1.0`, `quay.io/biocontainers/samtools:1.19--h50ea8bc_0`, `name@sha256:…`. `prefix` goes before names that say no
 * registry. Undefined for what is no name of an image.
 */
export function readImageName(text: string, prefix?: string): ImageName | undefined {
  const [, name = '', tag, digest] =
    /^([^@:\s]+(?::\d+\/[^@:\s]+)?)(?::([\w][\w.-]*))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(
      text.replace(/^docker:\/\//, ''),
    ) ?? ['', undefined];
  if (name === '' || name.startsWith('/') || name.startsWith('.')) return undefined;
  const parts = name.split('/');
  const first = parts[0] ?? '';
  const saysRegistry = parts.length > 1 && (/[.:]/.test(first) || first === 'localhost');
  if (!saysRegistry && prefix !== undefined) {
    const whole = readImageName(`${prefix.replace(/\/+$/, '')}/${name}`);
    return whole && { ...whole, tag: tag ?? 'latest', ...(digest === undefined ? {} : { digest }) };
  }
  const registry = saysRegistry ? first : 'docker.io';
  const path = (saysRegistry ? parts.slice(1) : parts).join('/');
  return {
    registry,
    repository: registry === 'docker.io' && !path.includes('/') ? `library/${path}` : path,
    tag: tag ?? 'latest',
    ...(digest === undefined ? {} : { digest }),
  };
}

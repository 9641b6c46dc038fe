/** A tool in one version, as environments list it. */
export interface Tool {
  readonly name: string;
  readonly version: string;
}

/** `cellpose==4.0.1`; `undefined` for anything else. */
export function readTool(text: string): Tool | undefined {
  const [, name, version] = /^\s*([^\s=<>~!]+)\s*==\s*([^\s=<>~!]+)\s*$/.exec(text) ?? [];
  return name === undefined || version === undefined ? undefined : { name, version };
}

/**
 * The tools that a part of a key tells of. A virtual environment and a conda environment list what is installed, a program and an interpreter tell their own
 * version, a module has it in its name. A container tells nothing of what is in it.
 */
export function toolsIn(part: string, value: string): readonly Tool[] {
  if (!part.startsWith('environment.')) return [];
  const [kind = '', ...rest] = part.slice('environment.'.length).split(' ');
  switch (kind) {
    case 'pip':
    case 'conda':
      return value.split('\n').flatMap((line) => packageOf(line.split(' ')[0] ?? ''));
    case 'modules':
      return rest.length > 0 ? [] : value.split(' ').flatMap(moduleOf);
    case 'program':
      return versionsIn(value).map((version) => ({ name: rest.join(' '), version }));
    case 'container':
    case 'network':
    case 'variable':
      return [];
    default:
      return versionsIn(value).map((version) => ({ name: kind, version }));
  }
}

/** Names as Python compares them; versions as they are written. */
export const sameTool = (one: Tool, other: Tool): boolean =>
  tidy(one.name) === tidy(other.name) && withoutV(one.version) === withoutV(other.version);

export const tidy = (name: string): string => name.toLowerCase().replaceAll(/[-_.]+/g, '-');

const withoutV = (version: string): string => version.replace(/^v(?=\d)/, '');

/** `numpy==2.1.0`, or a file of conda's: `samtools-1.19-h50ea8bc_0.tar.bz2`. */
function packageOf(word: string): readonly Tool[] {
  const pinned = readTool(word);
  if (pinned !== undefined) return [pinned];
  const [, name, version] = /^(.+)-([^-]+)-[^-]+\.(?:conda|tar\.bz2)$/.exec(word) ?? [];
  return name === undefined || version === undefined ? [] : [{ name, version }];
}

/** `bio/samtools/1.19` */
function moduleOf(word: string): readonly Tool[] {
  const [version, name] = word.split('/').reverse();
  return name === undefined || version === undefined ? [] : [{ name, version }];
}

/** A program's own words: `samtools 1.19.2 (htslib 1.19)` says its version first. One without words is known by its digest. */
function versionsIn(words: string): readonly string[] {
  if (/^blake3:[0-9a-f]{64}$/.test(words)) return [words];
  const first = words.split(/[\s,;()]+/).find((word) => /^v?\d/.test(word));
  return first === undefined ? [] : [withoutV(first)];
}

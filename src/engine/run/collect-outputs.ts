import { lstat, readdir, readFile, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import type { Output, Type } from '../../parser/index.ts';
import { formatDemand } from '../plan/format-demand.ts';
import { naturalOrder } from '../plan/natural-order.ts';
import type { FileInfo, Formats } from '../ports/formats.ts';
import { patternMatcher } from '../ports/pattern-match.ts';
import type { Tags } from '../ports/value.ts';
import { readScalar } from './scalar.ts';

/** What a task left under one declared output, before it is digested and stored. */
export interface FoundOutput {
  readonly name: string;
  readonly tags?: Tags;
  readonly index?: number;
  readonly value:
    | {
        readonly kind: 'file';
        readonly path: string;
        readonly relative: string;
        readonly directory: boolean;
        readonly info: FileInfo;
      }
    | { readonly kind: 'scalar'; readonly json: unknown }
    | { readonly kind: 'absent' };
}

export type Collected =
  | { readonly ok: true; readonly outputs: readonly FoundOutput[] }
  | { readonly ok: false; readonly message: string };

/**
 * Looks at what a task that exited 0 really made: every declared output there, a regular file or folder inside the task's directory, and
 * valid for its type. The first thing that is wrong fails the task, in words for its author.
 */
export async function collectOutputs(request: {
  readonly outputs: readonly Output[];
  readonly taskFolder: string;
  readonly stdout: string;
  /** Evaluated paths of outputs with one path. */
  readonly paths: Readonly<Record<string, string>>;
  readonly formats: Formats;
}): Promise<Collected> {
  const found: FoundOutput[] = [];
  try {
    for (const output of request.outputs) found.push(...(await collectOne(output, request)));
    const twice = firstTwice(found);
    if (twice)
      return {
        ok: false,
        message: `outputs \`${twice[0]}\` and \`${twice[1]}\` are the same file; each output needs a file of its own`,
      };
    return { ok: true, outputs: found };
  } catch (error) {
    if (error instanceof WrongOutput) return { ok: false, message: error.message };
    throw error;
  }
}

/** Thrown inside this file alone: most checks are deep in a chain, and all end the same way. */
class WrongOutput extends Error {}

type Request = Parameters<typeof collectOutputs>[0];

async function collectOne(output: Output, request: Request): Promise<FoundOutput[]> {
  switch (output.path.kind) {
    case 'stdout':
      return [await fromStdout(output, request)];
    case 'path':
      return [await fromPath(output, request.paths[output.name] ?? '', request)];
    case 'pattern':
      return fromPattern(output, output.path.pattern, request);
  }
}

async function fromStdout(output: Output, request: Request): Promise<FoundOutput> {
  if (formatDemand(output.type))
    return { name: output.name, value: await checkedFile(output, request.stdout, 'stdout', request) };
  const text = await readFile(request.stdout, 'utf8');
  const bare = unwrapped(output.type);
  const isText = bare.kind === 'str' || (bare.kind === 'literals' && bare.of === 'str');
  // The last newline is the shell's, not the value's.
  const json = isText ? JSON.stringify(text.replace(/\r?\n$/u, '')) : text;
  return { name: output.name, value: scalar(output, json, 'its standard output') };
}

async function fromPath(output: Output, path: string, request: Request): Promise<FoundOutput> {
  const absolute = join(request.taskFolder, path);
  const there = await inside(output, absolute, path, request.taskFolder);
  if (there === undefined) {
    if (output.type.kind === 'optional') return { name: output.name, value: { kind: 'absent' } };
    const near = await siblings(absolute, request.taskFolder);
    throw new WrongOutput(`output \`${output.name}\` is missing: the task did not make \`${path}\`${near}`);
  }
  if (formatDemand(output.type)) return { name: output.name, value: await checkedFile(output, there, path, request) };
  const size = (await lstat(there)).size;
  if (size > maximalScalarBytes)
    throw new WrongOutput(
      `output \`${output.name}\`: \`${path}\` is ${size} bytes, too large for a value; declare it as \`Json\``,
    );
  return { name: output.name, value: scalar(output, await readFile(there, 'utf8'), `\`${path}\``) };
}

async function fromPattern(
  output: Output,
  pattern: Parameters<typeof patternMatcher>[0],
  request: Request,
): Promise<FoundOutput[]> {
  const matcher = patternMatcher(pattern, () => '');
  const matches: { path: string; tags: Tags }[] = [];
  const walk = async (folder: string): Promise<void> => {
    const entries = await readdir(join(request.taskFolder, matcher.root, folder), { withFileTypes: true }).catch(
      () => [],
    );
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const match = matcher.match(path);
      if (match.how === 'ambiguous') {
        throw new WrongOutput(
          `output \`${output.name}\`: the name \`${path}\` splits in more than one way by \`${pattern.text}\``,
        );
      }
      if (match.how === 'matched') matches.push({ path, tags: match.tags });
      else if (entry.isDirectory() && matcher.couldContain(path)) await walk(path);
    }
  };
  await walk('');
  matches.sort((a, b) => naturalOrder(a.path, b.path));

  const minimum = output.many ? output.many.min : output.type.kind === 'list' ? (output.type.min ?? 0) : 0;
  if (matches.length < minimum) {
    throw new WrongOutput(
      `output \`${output.name}\` needs at least ${minimum} ${minimum === 1 ? 'file' : 'files'} like \`${pattern.text}\`, and the task made ${matches.length}`,
    );
  }
  const type: Output = output.type.kind === 'list' ? { ...output, type: output.type.of } : output;
  const found: FoundOutput[] = [];
  const seen = new Map<string, string>();
  for (const [index, match] of matches.entries()) {
    const path = matcher.root + match.path;
    const absolute = join(request.taskFolder, path);
    const there = await inside(output, absolute, path, request.taskFolder);
    if (there === undefined) continue;
    if (output.many) {
      const text = JSON.stringify(match.tags);
      const other = seen.get(text);
      if (other !== undefined)
        throw new WrongOutput(`output \`${output.name}\`: \`${other}\` and \`${path}\` have the same tags ${text}`);
      seen.set(text, path);
    }
    const value = await checkedFile(type, there, path, request);
    found.push(output.many ? { name: output.name, tags: match.tags, value } : { name: output.name, index, value });
  }
  return found;
}

async function checkedFile(
  output: Output,
  path: string,
  relativePath: string,
  request: Request,
): Promise<FoundOutput['value'] & { kind: 'file' }> {
  const demand = formatDemand(output.type);
  if (!demand) throw new Error(`output ${output.name} is no file`);
  const stat = await lstat(path);
  const checked = await request.formats.inspect(path, demand);
  if (!checked.ok) {
    const problems = checked.problems.map((problem) => problem.message).join('; ');
    throw new WrongOutput(`output \`${output.name}\` is not what its type says: \`${relativePath}\`: ${problems}`);
  }
  return { kind: 'file', path, relative: relativePath, directory: stat.isDirectory(), info: checked.info };
}

/** The real path of an output, or undefined where nothing is there; anything that is no file or folder of this task is an error. */
async function inside(
  output: Output,
  absolute: string,
  shown: string,
  taskFolder: string,
): Promise<string | undefined> {
  if (isAbsolute(shown) || shown.split('/').includes('..')) {
    throw new WrongOutput(`output \`${output.name}\`: \`${shown}\` leads out of the task's directory`);
  }
  const stat = await lstat(absolute).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (!stat) return undefined;
  // A plain file right in the task's directory is what it seems; only links, and folders that may be links, are followed.
  if (stat.isFile() && !shown.includes('/')) return absolute;
  const real = await realpath(absolute).catch(() => undefined);
  if (real === undefined)
    throw new WrongOutput(`output \`${output.name}\`: \`${shown}\` is a symbolic link to nothing`);
  const home = await realpath(taskFolder);
  const within = relative(home, real);
  if (within === '' || within === '..' || within.startsWith(`..${sep}`) || isAbsolute(within)) {
    throw new WrongOutput(
      `output \`${output.name}\`: \`${shown}\` is a symbolic link that leads out of the task's directory; write a file of its own there`,
    );
  }
  const target = stat.isSymbolicLink() ? await lstat(real) : stat;
  if (target.isFile() || target.isDirectory()) return real;
  const what = target.isFIFO() ? 'a named pipe' : target.isSocket() ? 'a socket' : 'a device';
  throw new WrongOutput(`output \`${output.name}\`: \`${shown}\` is ${what}, not a file`);
}

function scalar(output: Output, json: string, where: string): FoundOutput['value'] {
  const read = readScalar(json, output.type);
  if (!read.ok) throw new WrongOutput(`output \`${output.name}\`: ${where} ${read.error}`);
  return { kind: 'scalar', json: read.value };
}

/** What the folder holds instead: the most common mistake is another name. */
async function siblings(absolute: string, taskFolder: string): Promise<string> {
  const names = (await readdir(join(absolute, '..')).catch(() => readdir(taskFolder).catch(() => [])))
    .filter((name) => !name.startsWith('.'))
    .sort(naturalOrder);
  if (names.length === 0) return ' (its directory is empty)';
  const shown = names.slice(0, 6).map((name) => `\`${name}\``);
  return ` (there is ${shown.join(', ')}${names.length > shown.length ? ` and ${names.length - shown.length} more` : ''})`;
}

function firstTwice(found: readonly FoundOutput[]): readonly [string, string] | undefined {
  const seen = new Map<string, string>();
  for (const output of found) {
    if (output.value.kind !== 'file') continue;
    const other = seen.get(output.value.path);
    if (other !== undefined) return [other, output.name];
    seen.set(output.value.path, output.name);
  }
  return undefined;
}

const unwrapped = (type: Type): Type => (type.kind === 'optional' ? unwrapped(type.of) : type);

const maximalScalarBytes = 1024 * 1024;

import type { Input, Process } from '../../parser/index.ts';
import { blake3 } from '../../util/blake3.ts';
import { asTaskKey, type Digest, type TaskKey } from '../../util/brand.ts';
import type { BuiltEnvironment } from '../ports/environments.ts';
import type { KeyPart } from '../ports/event.ts';
import type { FileValue, Tags, Value } from '../ports/value.ts';
import { canonical, framed, keyValue } from './canonical.ts';
import { stagedExtension } from './staging.ts';

/** Two tasks with equal parts are the same work, wherever and whenever they are run. */
export function taskKey(parts: readonly KeyPart[]): TaskKey {
  return asTaskKey(blake3(`bit/task/1\0${canonical(parts)}`));
}

/** The parts of a process's key that every task of it shares: made once per run. */
export interface ProcessParts {
  readonly parts: readonly KeyPart[];
  /** Long texts that parts name by digest. */
  readonly texts: readonly { readonly digest: Digest; readonly text: string }[];
}

export function processParts(
  process: Process,
  options: {
    readonly stub: boolean;
    readonly environment: Pick<BuiltEnvironment, 'identity'>;
    readonly files: readonly { readonly relative: string; readonly digest: Digest; readonly directory: boolean }[];
  },
): ProcessParts {
  const command = options.stub ? (process.stub ?? process.command) : process.command;
  const parts: KeyPart[] = [];
  const texts: { digest: Digest; text: string }[] = [];
  if (command.kind === 'script') {
    const digest = blake3(command.text);
    texts.push({ digest, text: command.text });
    parts.push(['script', 'text', digest]);
    const { interpreter } = command;
    parts.push(
      interpreter.kind === 'language'
        ? ['interpreter', 'language', interpreter.language]
        : ['interpreter', 'argv', interpreter.argv.map(framed).join('')],
    );
  }
  for (const [name, value] of options.environment.identity) parts.push([`environment.${name}`, 'str', value]);
  for (const file of options.files)
    parts.push([`files.${file.relative}`, file.directory ? 'dir' : 'file', file.digest]);
  for (const output of process.outputs) {
    // What may be missing and how many are made is checked after a task ran, and again when its result is reused; the path is all a script sees.
    if (output.path.kind === 'stdout') parts.push([`output.${output.name}`, 'stdout', '']);
    if (output.path.kind === 'pattern') parts.push([`output.${output.name}`, 'pattern', output.path.pattern.text]);
  }
  return { parts, texts };
}

/** What one task adds: everything its script can see, and nothing that it cannot. */
export function taskParts(
  process: Process,
  task: {
    readonly shared: ProcessParts;
    readonly inputs: Readonly<Record<string, Value>>;
    readonly tags: Tags;
    /** Of the elements of list inputs named in `uses (tiles.row)`. */
    readonly tagsOf: Readonly<Record<string, readonly Tags[]>>;
    /** Numbers of attempt 1, for those that `uses` names. */
    readonly resources: Readonly<Record<string, number>>;
    /** Evaluated paths of outputs with one path. */
    readonly outputPaths: Readonly<Record<string, string>>;
    readonly argv?: readonly string[];
  },
): readonly KeyPart[] {
  const parts: KeyPart[] = [...task.shared.parts];
  if (task.argv) parts.push(['exec', 'argv', task.argv.map(framed).join('')]);
  for (const input of process.inputs) {
    const [kind, text] = keyValue(task.inputs[input.name] ?? null, input.type, (file) => keyedFile(file, input));
    parts.push([`input.${input.name}`, kind, text]);
  }
  for (const name of process.uses.tags) {
    const value = task.tags[name];
    parts.push([`tag.${name}`, typeof value, String(value)]);
  }
  for (const { input, tag } of process.uses.inputTags) {
    const values = (task.tagsOf[input] ?? []).map((tags) => framed(typeof tags[tag]) + framed(String(tags[tag])));
    parts.push([`tag.${input}.${tag}`, 'list', values.join('')]);
  }
  for (const [name, value] of Object.entries(task.resources)) parts.push([`resource.${name}`, 'number', String(value)]);
  for (const [name, path] of Object.entries(task.outputPaths)) parts.push([`output.${name}`, 'path', path]);
  return parts;
}

/** A file is its content and the extension it is staged under; its own name only where the script is shown it. */
function keyedFile(file: FileValue, input: Input): readonly [string, string] {
  if (input.named) return [file.directory ? 'named-dir' : 'named-file', `${file.digest} ${file.name}`];
  return [file.directory ? 'dir' : 'file', `${file.digest}${stagedExtension(file.name)}`];
}

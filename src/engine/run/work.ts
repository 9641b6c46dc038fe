import { type Expr, inScriptUnit, type Pattern, type Process } from '../../parser/index.ts';
import type { TaskKey } from '../../util/brand.ts';
import { type StagedValue, stageInput } from '../key/staging.ts';
import type { ProcessParts } from '../key/task-key.ts';
import { taskKey, taskParts } from '../key/task-key.ts';
import { evaluate, type Scope } from '../plan/evaluate.ts';
import type { FlowTask, ReadyTask } from '../plan/step.ts';
import type { BuiltEnvironment } from '../ports/environments.ts';
import type { KeyPart } from '../ports/event.ts';
import type { ProcessSettings } from '../ports/process-settings.ts';
import type { Launch, LaunchCommand, ScriptOutput, StagedFile, TaskDocument } from '../ports/runner.ts';
import { type FileValue, isFile, isList, isQuantity, isRecord, type Tags, type Value } from '../ports/value.ts';

/** What every task of one process shares, once its environment is there. */
export interface PreparedProcess {
  readonly process: Process;
  readonly shared: ProcessParts;
  readonly environment: BuiltEnvironment;
  /** What the site says about it. */
  readonly settings: ProcessSettings;
  readonly stub: boolean;
  /** Of `files […]`, staged into every task. */
  readonly files: readonly { readonly path: string; readonly relative: string; readonly directory: boolean }[];
}

/** A task with everything its key is made of: ready to be looked up, and else to be run. Tasks with one key are one piece of work. */
export interface Work {
  readonly key: TaskKey;
  readonly task: FlowTask;
  readonly prepared: PreparedProcess;
  readonly parts: readonly KeyPart[];
  readonly inputs: Readonly<Record<string, Value>>;
  readonly staged: ReadonlyMap<string, StagedValue>;
  readonly outputPaths: Readonly<Record<string, string>>;
  readonly argv?: readonly string[];
  readonly tagsOf: Readonly<Record<string, readonly Tags[]>>;
}

/** Evaluates what the process says about one task. Throws `EvaluationProblem` where an expression fails on the data. */
export function work(task: FlowTask, ready: ReadyTask, prepared: PreparedProcess): Work {
  const { process } = prepared;
  const staged = new Map(
    process.inputs.map((input) => [input.name, stageInput(input, ready.inputs[input.name] ?? null)]),
  );
  const outputPaths: Record<string, string> = {};
  for (const output of process.outputs) {
    if (output.path.kind !== 'path') continue;
    const path = String(evaluate(output.path.path, inputScope(ready.inputs)));
    outputPaths[output.name] = path;
  }
  const command = prepared.stub ? (process.stub ?? process.command) : process.command;
  const tagsOf = listTags(process, ready.inputs);
  const resources = usedResources(prepared, ready.inputs, 1);
  const argv =
    command.kind === 'exec'
      ? argumentVector(command.argv, { inputs: ready.inputs, outputPaths, tags: task.tags, resources, staged })
      : undefined;
  const parts = taskParts(process, {
    shared: prepared.shared,
    inputs: ready.inputs,
    tags: task.tags,
    tagsOf,
    resources,
    outputPaths,
    ...(argv && { argv }),
  });
  return {
    key: taskKey(parts),
    task,
    prepared,
    parts,
    inputs: ready.inputs,
    staged,
    outputPaths,
    tagsOf,
    ...(argv && { argv }),
  };
}

/** Files in the inputs, for lineage and for looking again after the task ran. */
export function inputFiles(
  inputs: Readonly<Record<string, Value>>,
): readonly { readonly name: string; readonly file: FileValue }[] {
  const found: { name: string; file: FileValue }[] = [];
  const walk = (name: string, value: Value): void => {
    if (isFile(value)) found.push({ name, file: value });
    else if (isList(value)) for (const item of value) walk(name, item);
    else if (isRecord(value)) for (const field of Object.values(value.fields)) walk(name, field);
  };
  for (const [name, value] of Object.entries(inputs)) walk(name, value);
  return found;
}

export interface Demand {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly gpus: number;
  readonly diskBytes: number;
  readonly seconds: number | undefined;
  readonly queue: string | undefined;
  readonly extra: readonly string[];
}

/** What an attempt asks for: what the site says, else what the process says; expressions may grow with `attempt`. */
export function demand(of: PreparedProcess, inputs: Readonly<Record<string, Value>>, attempt: number): Demand {
  const { process, settings } = of;
  const scope = { ...inputScope(inputs), attempt };
  const value = (name: keyof Process['resources']): Value => {
    const expr = process.resources[name];
    return expr ? evaluate(expr, scope) : null;
  };
  const number = (name: ResourceNumber): number | undefined => settings[settingOf[name]] ?? plainNumber(value(name));
  const queue = settings.queue ?? value('queue');
  const extra = value('extra');
  return {
    cpus: number('cpus') ?? 1,
    memoryBytes: Math.ceil(number('memory') ?? 0),
    gpus: number('gpus') ?? 0,
    diskBytes: Math.ceil(number('disk') ?? 0),
    seconds: number('time'),
    queue: typeof queue === 'string' ? queue : undefined,
    // The site's words come last: of two that contradict each other, submit commands take the later one.
    extra: [...(isList(extra) ? extra.map(String) : []), ...(settings.extra ?? [])],
  };
}

type ResourceNumber = 'cpus' | 'memory' | 'gpus' | 'disk' | 'time';

const settingOf = {
  cpus: 'cpus',
  memory: 'memoryBytes',
  gpus: 'gpus',
  disk: 'diskBytes',
  time: 'seconds',
} as const satisfies Readonly<Record<ResourceNumber, keyof ProcessSettings>>;

/** The launch of one attempt; `locate` gives the path where an input's bytes lie. */
export function launch(
  of: Work,
  attempt: {
    readonly token: Launch['token'];
    readonly directory: string;
    readonly attempt: number;
    readonly demand: Demand;
    readonly locate: (file: FileValue) => string;
  },
): Launch {
  const { process } = of.prepared;
  const staged: StagedFile[] = [];
  const input: Record<string, TaskDocument['input'][string]> = {};
  for (const [name, value] of of.staged) {
    input[name] = value.value;
    for (const file of value.files)
      staged.push({ source: attempt.locate(file.file), directory: file.file.directory, target: file.target });
  }
  for (const file of of.prepared.files)
    staged.push({ source: file.path, directory: file.directory, target: file.relative });
  const folders = new Set<string>();
  for (const path of [...Object.values(of.outputPaths), ...patternPaths(process)]) {
    const slash = path.lastIndexOf('/');
    if (slash > 0) folders.add(path.slice(0, slash));
  }
  return {
    token: attempt.token,
    directory: attempt.directory,
    staged,
    folders: [...folders],
    command: launchCommand(of),
    document: {
      input,
      output: Object.fromEntries(process.outputs.map((output) => [output.name, scriptOutput(output, of.outputPaths)])),
      tag: Object.fromEntries(
        process.uses.tags.flatMap((name) => (name in of.task.tags ? [[name, of.task.tags[name] ?? '']] : [])),
      ),
      tagsOf: of.tagsOf,
      resource: usedResources(of.prepared, of.inputs, attempt.attempt),
    },
    activation: of.prepared.environment.activation,
    runner: of.prepared.environment.runner,
    resources: {
      cpus: attempt.demand.cpus,
      gpus: attempt.demand.gpus,
      ...(attempt.demand.memoryBytes > 0 && { memoryBytes: attempt.demand.memoryBytes }),
      ...(attempt.demand.diskBytes > 0 && { diskBytes: attempt.demand.diskBytes }),
      ...(attempt.demand.queue !== undefined && { queue: attempt.demand.queue }),
      ...(attempt.demand.extra.length > 0 && { extra: attempt.demand.extra }),
    },
    ...(attempt.demand.seconds !== undefined && { timeoutSeconds: attempt.demand.seconds }),
  };
}

/** An output whose path is where an input stands would be written over it. */
export function stagingClash(of: Work): string | undefined {
  const targets = new Map(
    [...of.staged].flatMap(([name, value]) => value.files.map((file) => [file.target, name] as const)),
  );
  for (const [output, path] of Object.entries(of.outputPaths)) {
    const input = targets.get(path);
    if (input !== undefined)
      return `output \`${output}\` is written to \`${path}\`, which is where input \`${input}\` stands; give the output another name`;
  }
  return undefined;
}

function launchCommand(of: Work): LaunchCommand {
  const { process } = of.prepared;
  const command = of.prepared.stub ? (process.stub ?? process.command) : process.command;
  if (command.kind === 'script') return { kind: 'script', interpreter: command.interpreter, text: command.text };
  return { kind: 'exec', argv: of.argv ?? [] };
}

function scriptOutput(output: Process['outputs'][number], paths: Readonly<Record<string, string>>): ScriptOutput {
  switch (output.path.kind) {
    case 'stdout':
      return { kind: 'stdout' };
    case 'path':
      return { kind: 'path', path: paths[output.name] ?? '' };
    case 'pattern':
      return {
        kind: 'pattern',
        pattern: pathTemplate(output.path.pattern),
        captures: output.path.pattern.captures.map((capture) => capture.name),
      };
  }
}

/** `{time:Int}` as scripts fill it in: `{time}`. */
function pathTemplate(pattern: Pattern): string {
  return pattern.parts
    .map((part) => {
      if (part.kind === 'text') return part.text;
      if (part.kind === 'slash') return '/';
      return part.kind === 'capture' ? `{${part.name}}` : '*';
    })
    .join('');
}

/** The fixed folders of patterns: `tiles/{col}.tif` needs `tiles`. */
function* patternPaths(process: Process): Iterable<string> {
  for (const output of process.outputs) {
    if (output.path.kind !== 'pattern') continue;
    let fixed = '';
    for (const part of output.path.pattern.parts) {
      if (part.kind === 'text') fixed += part.text;
      else if (part.kind === 'slash') fixed += '/';
      else break;
    }
    if (fixed.includes('/')) yield `${fixed.slice(0, fixed.lastIndexOf('/'))}/x`;
  }
}

function usedResources(
  of: PreparedProcess,
  inputs: Readonly<Record<string, Value>>,
  attempt: number,
): Record<string, number> {
  const { process, settings } = of;
  const numbers: Record<string, number> = {};
  for (const name of process.uses.resources) {
    if (name === 'attempt') {
      numbers[name] = attempt;
      continue;
    }
    const expr = process.resources[name];
    // What a process does not ask for has the default that scheduling uses, so that a script can rely on `cpus`.
    const said = settings[settingOf[name]];
    const value =
      said !== undefined ? said : expr ? plainNumber(evaluate(expr, inputScope(inputs))) : name === 'cpus' ? 1 : 0;
    if (value !== undefined) numbers[name] = value;
  }
  return numbers;
}

function listTags(process: Process, inputs: Readonly<Record<string, Value>>): Record<string, readonly Tags[]> {
  const tags: Record<string, readonly Tags[]> = {};
  for (const { input, tag } of process.uses.inputTags) {
    const value = inputs[input];
    const items = value !== undefined && isList(value) ? value : [];
    const earlier = tags[input];
    tags[input] = items.map((item, at) => {
      const own = isFile(item) ? item.tags?.[tag] : undefined;
      return { ...earlier?.[at], ...(own !== undefined && { [tag]: own }) };
    });
  }
  return tags;
}

/** Files in an `exec` vector become their staged paths; lists are spread; absent optionals leave nothing. */
function argumentVector(
  argv: Expr,
  of: {
    readonly inputs: Readonly<Record<string, Value>>;
    readonly outputPaths: Readonly<Record<string, string>>;
    readonly tags: Tags;
    readonly resources: Readonly<Record<string, number>>;
    readonly staged: ReadonlyMap<string, StagedValue>;
  },
): string[] {
  const paths = new Map<FileValue, string>();
  for (const one of of.staged.values()) for (const file of one.files) paths.set(file.file, file.target);
  const fileText = (file: FileValue): string => paths.get(file) ?? file.name;
  const words: string[] = [];
  const add = (value: Value): void => {
    if (value === null) return;
    if (isList(value)) for (const item of value) add(item);
    else if (isFile(value)) words.push(fileText(value));
    else if (isRecord(value)) for (const field of Object.values(value.fields)) add(field);
    else words.push(isQuantity(value) ? String(plainNumber(value)) : String(value));
  };
  add(
    evaluate(argv, {
      ...inputScope(of.inputs),
      output: (name) => of.outputPaths[name] ?? null,
      tag: (name) => of.tags[name] ?? '',
      resource: (name) => of.resources[name] ?? null,
      fileText,
    }),
  );
  return words;
}

const inputScope = (inputs: Readonly<Record<string, Value>>): Scope => ({
  input: (name) => inputs[name] ?? null,
  attempt: 1,
});

function plainNumber(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  return isQuantity(value) ? inScriptUnit(value) : undefined;
}

import { existsSync, readFileSync } from 'node:fs';
import type { Source } from '../../src/diagnostics/span.ts';
import { createFlow } from '../../src/engine/plan/flow.ts';
import type {
  Completion,
  Computation,
  ComputationResult,
  FlowStep,
  FlowTask,
  OutputValue,
} from '../../src/engine/plan/step.ts';
import { quantityShown } from '../../src/engine/plan/value-text.ts';
import {
  type FileValue,
  isFile,
  isList,
  isQuantity,
  isRecord,
  type Tags,
  type Value,
} from '../../src/engine/ports/value.ts';
import { checkProgram } from '../../src/parser/check.ts';
import type { Program } from '../../src/parser/index.ts';
import { file, fileItems } from './drive-flow.ts';
import { memoryHost } from './memory-host.ts';

/** What a case says of the world, in `world.json` beside its program. */
interface World {
  /** Items of each source by its node's name: tags, each with a file named after them. `{}` is the one file of a source without tags. */
  readonly sources?: Readonly<Record<string, readonly Tags[]>>;
  /**
   * How a task ends, by its id or else its call: `"failed"`, `"quarantined"`, `"undone"`, or its outputs by name (numbers, texts, `null`, and for
   * `many` the tags of the items). A file that is not named is made up.
   */
  readonly tasks?: Readonly<Record<string, 'failed' | 'quarantined' | 'undone' | Readonly<Record<string, unknown>>>>;
  /** The rows that `rows` finds in a file, by the name of the file's content. */
  readonly rows?: Readonly<Record<string, readonly (readonly (string | number | boolean | null)[])[]>>;
  readonly only?: readonly string[];
}

/** The program of a text, or its messages as an error: for tests of what comes after checking. */
export function checkedProgram(main: Source): Program {
  const path = '/case/main.bit';
  const host = memoryHost({ [path]: main.text });
  const { program, diagnostics } = checkProgram(path, host, { arguments: [], reserved: [], purpose: 'run' });
  if (program === undefined) throw new Error(diagnostics.map((one) => `${one.code} ${one.message}`).join('\n'));
  return program;
}

/** Everything that a flow says, from the start to the end of the last task, for golden files. */
export function flowText(main: Source, folder: string): string {
  const worldFile = `${folder}world.json`;
  const world: World = existsSync(worldFile) ? JSON.parse(readFileSync(worldFile, 'utf8')) : {};
  return told(checkedProgram(main), world);
}

function told(program: Program, world: World): string {
  const flow = createFlow(program, world.only === undefined ? {} : { only: world.only });
  for (const node of program.nodes) {
    if (node.kind !== 'source' || node.source.kind === 'values') continue;
    const items = world.sources?.[node.name];
    flow.supply(node.id, fileItems(node.name.replace('params.', ''), items ?? [{}]));
  }
  const tasks: FlowTask[] = [];
  const queue: { readonly task: FlowTask; readonly inputs: Readonly<Record<string, Value>> }[] = [];
  const lines: string[] = [];

  function tell(title: string): void {
    const news: string[] = [];
    for (let more = true; more; ) {
      const step = flow.advance(() => false);
      news.push(...newsOf(step));
      for (const computation of step.computations) flow.computed(computation.id, computed(computation, world));
      more = step.more || step.computations.length > 0;
    }
    lines.push(title, ...news.map((line) => `  ${line}`));
  }

  function newsOf(step: FlowStep): string[] {
    for (const task of step.tasks) tasks.push(task);
    const id = (index: number): string => tasks[index]?.id ?? `?${index}`;
    const ready = new Map(step.ready.map((one) => [one.task, one.inputs]));
    const news: string[] = step.tasks.map((task) => {
      if (ready.has(task.index)) return `task ${task.id} is ready: ${shownFields(ready.get(task.index) ?? {})}`;
      return `task ${task.id}${task.waitsFor.length === 0 ? '' : ` waits for ${task.waitsFor.map(id).join(' ')}`}`;
    });
    const isNew = new Set(step.tasks.map((task) => task.index));
    for (const one of step.ready) {
      if (!isNew.has(one.task)) news.push(`${id(one.task)} is ready: ${shownFields(one.inputs)}`);
      const task = tasks[one.task];
      if (task !== undefined) queue.push({ task, inputs: one.inputs });
    }
    for (const one of step.skipped) news.push(`${id(one.task)} is skipped (${one.how}): ${one.because}`);
    for (const one of step.expected) news.push(`will publish ${one.path}`);
    for (const one of step.publishes) {
      news.push(
        `publishes ${one.path} as ${one.publish.name}: ${shown(one.value)}${one.task === undefined ? '' : ` by ${id(one.task)}`} ${JSON.stringify(one.tags)}`,
      );
    }
    for (const one of step.assertions)
      news.push(`assert ${one.assertion.text}: ${one.holds ? 'holds' : 'FAILS'} ${JSON.stringify(one.tags)}`);
    for (const one of step.computations) news.push(computationText(one));
    for (const { diagnostic } of step.problems)
      news.push(`${diagnostic.code} ${diagnostic.message}`, `     ${diagnostic.help}`);
    for (const note of step.notes) news.push(`note ${note}`);
    return news;
  }

  tell('start');
  const calls = program.nodes.filter((node) => node.kind === 'call');
  for (const call of calls) {
    const { tasks: count, exact } = flow.known(call.id);
    if (!exact) lines.push(`  ${call.name}: ${count} known so far`);
  }
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const completion = completionOf(next.task, world);
    if (completion === undefined) {
      lines.push(`${next.task.id} is not done`);
      continue;
    }
    flow.complete(next.task.index, completion);
    tell(`${next.task.id} ${completion.how}`);
  }
  for (const call of calls) if (!flow.known(call.id).exact) lines.push(`${call.name}: more tasks may come`);
  return `${lines.join('\n')}\n`;
}

function completionOf(task: FlowTask, world: World): Completion | undefined {
  const said = world.tasks?.[task.id] ?? world.tasks?.[task.call.path] ?? {};
  if (said === 'undone') return undefined;
  if (said === 'failed') return { how: 'failed' };
  if (said === 'quarantined')
    return { how: 'quarantined', message: 'it was bad', exit: 3, log: file('log.txt', `log of ${task.id}`) };
  const outputs = task.call.process.outputs.map((output): [string, OutputValue] => {
    const given = said[output.name];
    const content = `${task.id}.${output.name}`;
    if (output.many !== undefined) {
      const items = (Array.isArray(given) ? given : []) as readonly Tags[];
      return [
        output.name,
        {
          kind: 'many',
          items: items.map((tags) => ({
            tags,
            value: file('made.tif', `${content}(${Object.values(tags).join(',')})`),
          })),
        },
      ];
    }
    if (given !== undefined) return [output.name, { kind: 'one', value: given as Value }];
    const { type } = output;
    if (type.kind === 'list')
      return [output.name, { kind: 'one', value: [1, 2].map((i) => file(`made${i}.tif`, `${content}[${i}]`)) }];
    return [output.name, { kind: 'one', value: file('made.tif', content) }];
  });
  return { how: 'succeeded', outputs: Object.fromEntries(outputs) };
}

function computed(computation: Computation, world: World): ComputationResult {
  if (computation.kind === 'table') return { how: 'table', file: file('table.csv', `table ${computation.id}`) };
  const rows = world.rows?.[contentOf(computation.file)];
  return rows === undefined ? { how: 'failed', message: 'the file holds no table' } : { how: 'rows', rows };
}

function computationText(computation: Computation): string {
  if (computation.kind === 'rows') return `asks for the rows of ${shown(computation.file)}`;
  const columns = computation.columns.map((column) => `${column.name}: ${column.kind}`).join(', ');
  return `asks for the table { ${columns} } of ${computation.rows.map((row) => row.join(' ')).join(' | ')}`;
}

const contentOf = (value: FileValue): string => value.digest.replace('blake3:', '');

type NameOf = (file: FileValue) => string;

function shownFields(fields: Readonly<Record<string, Value>>, nameOf: NameOf = contentOf): string {
  const texts = Object.entries(fields).map(([name, value]) => `${name} = ${shown(value, nameOf)}`);
  return texts.length === 0 ? 'it has no inputs' : texts.join(', ');
}

/** A value for reviewers; files by their content, or as `nameOf` says. */
export function shown(value: Value, nameOf: NameOf = contentOf): string {
  if (value === null) return 'nothing';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object') return String(value);
  if (isFile(value)) return `<${nameOf(value)}>${value.tags === undefined ? '' : JSON.stringify(value.tags)}`;
  if (isList(value)) return `[${value.map((one) => shown(one, nameOf)).join(', ')}]`;
  if (isQuantity(value)) return quantityShown(value);
  return isRecord(value) ? `{ ${shownFields(value.fields, nameOf)} }` : '?';
}

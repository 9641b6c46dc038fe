import { createFlow } from '../../src/engine/plan/flow.ts';
import type {
  Completion,
  Computation,
  ComputationResult,
  Flow,
  FlowStep,
  FlowTask,
  LoadedItem,
  ReadyTask,
} from '../../src/engine/plan/step.ts';
import type { FileValue, Tags, Value } from '../../src/engine/ports/value.ts';
import type { Program } from '../../src/parser/index.ts';
import { asDigest } from '../../src/util/brand.ts';

export function file(name: string, content = name): FileValue {
  return {
    kind: 'file',
    digest: asDigest(`blake3:${content}`),
    directory: false,
    size: content.length,
    name,
    info: { mediaType: 'image/tiff' },
  };
}

/** Items of a source, each a file named after its tags. */
export const fileItems = (name: string, tags: readonly Tags[]): readonly LoadedItem[] =>
  tags.map((one) => ({
    tags: one,
    value: file(
      `${name}${Object.entries(one)
        .map(([key, value]) => `-${key}${value}`)
        .join('')}.tif`,
    ),
  }));

export interface Driven {
  readonly flow: Flow;
  readonly tasks: FlowTask[];
  readonly ready: ReadyTask[];
  readonly steps: {
    -readonly [K in
      | 'skipped'
      | 'publishes'
      | 'expected'
      | 'assertions'
      | 'computations'
      | 'problems'
      | 'notes']: FlowStep[K][number][];
  };
  /** Everything that follows now. */
  settle(): void;
  /** Ends one ready task, by its id. */
  end(id: string, completion: Completion): void;
  id(task: number): string;
}

export interface World {
  readonly sources: Readonly<Record<string, readonly LoadedItem[]>>;
  /** What a task makes; `undefined` leaves it undone. */
  readonly complete?: (task: FlowTask, inputs: Readonly<Record<string, Value>>) => Completion | undefined;
  readonly compute?: (computation: Computation) => ComputationResult;
  /** Which of the ready tasks ends next. */
  readonly next?: (ready: readonly string[]) => number;
  /** Stops each `advance` after so many questions. */
  readonly patience?: number;
  readonly only?: readonly string[];
}

/** A flow with what it has said so far. */
export function begin(program: Program, world: World): Driven {
  const flow = createFlow(program, world.only === undefined ? {} : { only: world.only });
  for (const node of program.nodes) {
    const items = node.kind === 'source' ? world.sources[node.name] : undefined;
    if (items !== undefined) flow.supply(node.id, items);
  }
  const driven: Driven = {
    flow,
    tasks: [],
    ready: [],
    steps: { skipped: [], publishes: [], expected: [], assertions: [], computations: [], problems: [], notes: [] },
    settle() {
      for (let more = true; more; ) {
        let asked = 0;
        const step = flow.advance(() => {
          asked += 1;
          return asked >= (world.patience ?? Number.POSITIVE_INFINITY);
        });
        more = step.more;
        for (const task of step.tasks) driven.tasks.push(task);
        for (const one of step.ready) driven.ready.push(one);
        for (const one of step.publishes) driven.steps.publishes.push(one);
        for (const one of step.expected) driven.steps.expected.push(one);
        driven.steps.skipped.push(...step.skipped);
        driven.steps.assertions.push(...step.assertions);
        driven.steps.problems.push(...step.problems);
        driven.steps.notes.push(...step.notes);
        driven.steps.computations.push(...step.computations);
        for (const computation of step.computations) {
          if (world.compute !== undefined) flow.computed(computation.id, world.compute(computation));
        }
        if (step.computations.length > 0 && world.compute !== undefined) more = true;
      }
    },
    end(id, completion) {
      const task = driven.tasks.find((one) => one.id === id);
      const at = driven.ready.findIndex((one) => one.task === task?.index);
      if (task === undefined || at < 0)
        throw new Error(`${id} is not ready: ${driven.ready.map((one) => driven.id(one.task)).join(' ')}`);
      driven.ready.splice(at, 1);
      flow.complete(task.index, completion);
      driven.settle();
    },
    id: (task) => driven.tasks[task]?.id ?? `?${task}`,
  };
  driven.settle();
  return driven;
}

/** Runs all tasks to their end, in the order that the world chooses. */
export function runThrough(
  program: Program,
  world: World,
): Driven & { readonly ran: { id: string; inputs: Readonly<Record<string, Value>> }[] } {
  const driven = begin(program, world);
  const ran: { id: string; inputs: Readonly<Record<string, Value>> }[] = [];
  const left: ReadyTask[] = [];
  for (;;) {
    left.push(...driven.ready.splice(0));
    if (left.length === 0) break;
    const at = world.next?.(left.map((one) => driven.id(one.task))) ?? 0;
    const [chosen] = left.splice(at, 1);
    const task = chosen && driven.tasks[chosen.task];
    if (chosen === undefined || task === undefined) throw new Error('a task that is not there was chosen');
    const completion = (world.complete ?? succeed)(task, chosen.inputs);
    ran.push({ id: task.id, inputs: chosen.inputs });
    if (completion === undefined) continue;
    driven.flow.complete(task.index, completion);
    driven.settle();
  }
  return { ...driven, ran };
}

/** Every output is a file named after the task. */
export function succeed(task: FlowTask): Completion {
  const outputs = task.call.process.outputs.map((output) => {
    if (output.many !== undefined) return [output.name, { kind: 'many' as const, items: [] }] as const;
    return [
      output.name,
      { kind: 'one' as const, value: file(`${output.name}.tif`, `${task.id}.${output.name}`) },
    ] as const;
  });
  return { how: 'succeeded', outputs: Object.fromEntries(outputs) };
}

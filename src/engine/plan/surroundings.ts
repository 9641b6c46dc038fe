import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Node, NodeId, Program } from '../../parser/index.ts';
import type { FileValue, Value } from '../ports/value.ts';
import type { Entry, Rule, Site } from './entry.ts';
import type {
  CheckedAssertion,
  Completion,
  Computation,
  ComputationResult,
  ExpectedPublish,
  FlowTask,
  LoadedItem,
  PublishItem,
  ReadyTask,
  SkippedTask,
  TaskIndex,
} from './step.ts';

/** What the rules of all nodes share. */
export interface Surroundings {
  readonly program: Program;
  node(id: NodeId): Node;
  param(name: string): Value;
  /** The value of a plain node that is known to be present. */
  plainValue(id: NodeId): Value;
  /** The rule of a call, for its outputs. */
  call(id: NodeId): CallRule;
  problem(diagnostic: Diagnostic): void;
  note(text: string): void;
  /** Gives a call's entry its task. */
  newTask(rule: CallRule, entry: Entry, task: Omit<FlowTask, 'index'>): TaskIndex;
  /** Asks the engine; the answer comes back to `answer`. */
  compute(answer: (result: ComputationResult) => void, request: (id: number) => Computation): void;
  /** Which task made a file, for published files. */
  readonly madeBy: Map<FileValue, TaskIndex>;
  /** Whether any process looks at the tags of its list inputs' elements: then lists carry them. */
  readonly elementsCarryTags: boolean;
  readonly out: Draft;
}

/** The step that is being put together. */
export interface Draft {
  tasks: FlowTask[];
  ready: ReadyTask[];
  skipped: SkippedTask[];
  publishes: PublishItem[];
  expected: ExpectedPublish[];
  assertions: CheckedAssertion[];
  computations: Computation[];
}

/** A rule and the nodes whose changes it is told; their positions are the slots. */
export interface WiredRule extends Rule {
  readonly reads: readonly NodeId[];
}

export interface SourceRule extends WiredRule {
  supply(items: readonly LoadedItem[]): void;
}

export interface CallRule extends WiredRule {
  complete(entry: Entry, completion: Completion): void;
  /** The value of one output of a task that succeeded. */
  output(entry: Entry, name: string | undefined): Value;
  /** The items of a `many` output of a task that succeeded. */
  items(entry: Entry, name: string): readonly LoadedItem[];
  /** Of a quarantined task: what `p.failed` shows. */
  failure(entry: Entry): Value | undefined;
}

/** What every rule is made with. */
export interface Kit {
  readonly site: Site;
  readonly around: Surroundings;
}

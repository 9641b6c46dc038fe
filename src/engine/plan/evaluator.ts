import type { Expr, NodeId, TagType } from '../../parser/index.ts';
import type { Value } from '../ports/value.ts';
import type { Entry, Loss } from './entry.ts';
import { evaluate, type Scope } from './evaluate.ts';
import { EvaluationProblem } from './evaluation-problem.ts';
import { planErrors } from './plan-errors.ts';
import type { Surroundings } from './surroundings.ts';
import { type TagSlots, tagsText } from './tag-key.ts';

/** Evaluates the expressions of one node over its items. */
export interface Evaluator {
  /** Throws `EvaluationProblem`. */
  value(expr: Expr, tags: TagSlots, item: Value): Value;
  /** Calls `work` and gives what it gives; an evaluation problem becomes a reported problem and the loss of the item. */
  attempt<T>(tags: TagSlots, work: () => T): T | Loss;
  /** For what reads more than tags and the item. */
  scope(tags: TagSlots, item: Value): Scope;
}

export function evaluator(types: readonly TagType[], around: Surroundings): Evaluator {
  const positions = new Map(types.map((type, i) => [type.name, i]));
  let tags: TagSlots = [];
  let item: Value = null;
  const scope: Scope = {
    param: around.param,
    node: around.plainValue,
    tag: (name) => {
      const value = tags[positions.get(name) ?? -1];
      if (value === undefined) throw new Error(`tag \`${name}\` is not known here`);
      return value;
    },
    item: () => item,
  };
  return {
    value(expr, itsTags, itsItem) {
      tags = itsTags;
      item = itsItem;
      return evaluate(expr, scope);
    },
    attempt(itsTags, work) {
      try {
        return work();
      } catch (problem) {
        if (!(problem instanceof EvaluationProblem)) throw problem;
        const { message, help } = problem;
        around.problem(planErrors.evaluation(problem.span, { message, help, item: itemText(itsTags) }));
        return { state: 'failed', because: problem.message };
      }
    },
    scope(itsTags, itsItem) {
      tags = itsTags;
      item = itsItem;
      return scope;
    },
  };

  function itemText(of: TagSlots): string | undefined {
    return types.length === 0 ? undefined : tagsText(of, types);
  }
}

/** Whether an `attempt` ended in a loss; values and entries have no `because` of their own kind. */
export const isLoss = (result: unknown): result is Loss =>
  typeof result === 'object' && result !== null && 'because' in result && 'state' in result && !('index' in result);

/** What an expression has to know: which tags, whether the item's value, and which plain nodes. */
export interface Needs {
  readonly tags: ReadonlySet<string>;
  readonly item: boolean;
  readonly nodes: readonly NodeId[];
}

export function needsOf(exprs: readonly (Expr | undefined)[]): Needs {
  const tags = new Set<string>();
  const nodes = new Set<NodeId>();
  let item = false;
  const walk = (expr: Expr): void => {
    switch (expr.kind) {
      case 'tag':
        tags.add(expr.name);
        break;
      case 'item':
        item = true;
        break;
      case 'node':
        nodes.add(expr.node);
        break;
      case 'field':
      case 'property':
      case 'unary':
        walk(expr.of);
        break;
      case 'at':
        walk(expr.of);
        walk(expr.index);
        break;
      case 'apply':
        expr.args.forEach(walk);
        break;
      case 'binary':
        walk(expr.left);
        walk(expr.right);
        break;
      case 'if':
        walk(expr.test);
        walk(expr.then);
        walk(expr.else);
        break;
      case 'list':
        expr.items.forEach(walk);
        break;
      case 'record':
        for (const field of expr.fields) walk(field.value);
        break;
      case 'text':
        for (const part of expr.parts) if (typeof part !== 'string') walk(part.value);
        break;
      default:
        break;
    }
  };
  for (const expr of exprs) if (expr !== undefined) walk(expr);
  return { tags, item, nodes: [...nodes] };
}

/** Whether all the tags that an expression reads are known. */
export function knowsTags(needs: Needs, tags: TagSlots, types: readonly TagType[]): boolean {
  if (needs.tags.size === 0) return true;
  return types.every((type, i) => !needs.tags.has(type.name) || tags[i] !== undefined);
}

/** The plain nodes that a rule's expressions read, as the last slots of the rule. */
export interface PlainInputs {
  readonly nodes: readonly NodeId[];
  /** Whether the slot is one of these; then the change is taken note of. */
  changed(slot: number, entry: Entry): boolean;
  /** As far as they are known, for `waitsFor`. */
  readonly entries: readonly (Entry | undefined)[];
  /** All are there, or what is missing for good; `undefined` while some are being made. */
  state(): 'ready' | Loss | undefined;
}

export function plainInputs(nodes: readonly NodeId[], firstSlot: number): PlainInputs {
  const entries: (Entry | undefined)[] = nodes.map(() => undefined);
  let known: 'ready' | Loss | undefined = nodes.length === 0 ? 'ready' : undefined;
  return {
    nodes,
    entries,
    changed(slot, entry) {
      if (slot < firstSlot) return false;
      // A node whose existence is undecided shows an open entry first; the item itself comes before that one is closed.
      if (!entry.isOpen || entries[slot - firstSlot] === undefined || entries[slot - firstSlot]?.isOpen === true) {
        entries[slot - firstSlot] = entry;
      }
      return true;
    },
    state() {
      if (known !== undefined) return known;
      if (!entries.every((entry) => entry !== undefined && entry.state !== 'waiting')) return undefined;
      const losses = entries.flatMap((entry): Loss[] => {
        if (entry === undefined || entry.state === 'present') return [];
        if (entry.state === 'gone') return [{ state: 'failed', because: 'a value it uses does not exist' }];
        return [{ state: entry.state === 'failed' ? 'failed' : 'aside', because: entry.because ?? '' }];
      });
      known = losses.find((loss) => loss.state === 'failed') ?? losses[0] ?? 'ready';
      return known;
    },
  };
}

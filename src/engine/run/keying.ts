import type { Process } from '../../parser/index.ts';
import { EvaluationProblem } from '../plan/evaluation-problem.ts';
import type { FlowTask, ReadyTask } from '../plan/step.ts';
import type { CallRecord, Event, PlannedTask } from '../ports/event.ts';
import { type Board, taskAt } from './board.ts';
import { callRecord } from './call-record.ts';
import type { Preparation } from './preparation.ts';
import { inputFiles, type Work, work } from './work.ts';

/** Gives tasks whose inputs are there their keys, and records what the keys are made of. */
export interface Keying {
  /** Work to look up; tasks whose key is known already have joined that work. */
  key(ready: readonly ReadyTask[]): readonly Work[];
}

export function createKeying(
  board: Board,
  parts: {
    readonly preparation: Preparation;
    /** The environment of this process is not built yet: the task comes again when it is. */
    readonly wait: (process: Process, ready: ReadyTask) => void;
    readonly fail: (task: FlowTask, message: string) => void;
  },
): Keying {
  const calls = new Set<string>();
  const texts = new Set<string>();
  const { ledger, works } = board;

  return {
    key(ready) {
      const keyed: Work[] = [];
      const newCalls: CallRecord[] = [];
      const newTexts: Extract<Event, { type: 'texts-recorded' }>['texts'][number][] = [];
      for (const one of ready) {
        const task = taskAt(board, one.task);
        const prepared = parts.preparation.prepared(task.call.process);
        if (!prepared) {
          parts.wait(task.call.process, one);
          continue;
        }
        if (!calls.has(task.call.path)) {
          calls.add(task.call.path);
          newCalls.push(
            callRecord(task.call, { runner: prepared.environment.runner, environment: prepared.environment.name }),
          );
          for (const text of prepared.shared.texts) if (!texts.has(text.digest)) newTexts.push(text);
          for (const text of prepared.shared.texts) texts.add(text.digest);
        }
        try {
          keyed.push(work(task, one, prepared));
        } catch (error) {
          if (!(error instanceof EvaluationProblem)) throw error;
          parts.fail(task, `${error.message}. ${error.help}`);
        }
      }
      if (newCalls.length > 0) ledger.record({ type: 'calls-recorded', calls: newCalls });
      if (newTexts.length > 0) ledger.record({ type: 'texts-recorded', texts: newTexts });
      // A run that is taken over has planned some of them before.
      const planned = keyed.filter((one) => ledger.state.tasks.get(one.task.id)?.key !== one.key).map(plannedTask);
      if (planned.length > 0) ledger.record({ type: 'tasks-planned', tasks: planned });
      return keyed.filter((one) => {
        const same = works.get(one.key);
        if (same) same.push(one);
        else works.set(one.key, [one]);
        return same === undefined;
      });
    },
  };
}

const plannedTask = (one: Work): PlannedTask => ({
  task: one.task.id,
  call: one.task.call.path,
  tags: one.task.tags,
  key: one.key,
  parts: one.parts,
  inputs: inputFiles(one.inputs).map(({ name, file }) => ({ name, digest: file.digest })),
});

import type { ExitRecord } from '../../engine/ports/runner.ts';
import { callOff, readEnding } from '../wrapper/call-off.ts';
import { isTerminated, readLauncherRecord, type TerminatedRecord } from '../wrapper/exit-record.ts';
import { lastWords } from './batch-folder.ts';
import { heldInWords } from './held.ts';
import type { JobState } from './job-state.ts';
import type { Seen } from './queue.ts';
import type { Asked } from './standing.ts';
import type { Telling } from './telling.ts';
import { type Attempt, type Batch, type Element, hasBegun, jobOf, unsettled } from './tracked.ts';
import { forgotten, type Verdict, verdict } from './verdict.ts';

/** What follows from records and from what Slurm says: the record first, and Slurm's word only where there will be none. */
export interface Hearing {
  /** Tells of the end by the record; false where there is no whole one. */
  onRecord(attempt: Attempt): boolean;
  onStanding(batches: readonly Batch[], asked: Asked): void;
}

export interface HearingOptions {
  readonly tell: Telling;
  /** How long a record may be on its way when its job is over. */
  readonly lateMs: number;
  /** Something is about to change: look again soon. */
  readonly soon: () => void;
  /** It never began: it goes into another job. */
  readonly again: (attempt: Attempt) => void;
  /** Slurm is to end these. */
  readonly withdraw: (elements: readonly Element[]) => void;
}

export function hearing(options: HearingOptions): Hearing {
  const { tell, lateMs, soon } = options;

  function onRecord(attempt: Attempt): boolean {
    if (attempt.settled || attempt.terminated !== undefined) return true;
    const record = readLauncherRecord(attempt.directory, attempt.token);
    if (record === undefined) return false;
    if (!isTerminated(record)) tell.ended(attempt, record);
    else if (attempt.cancelledBy !== undefined || attempt.element?.state?.standing === 'over') explain(attempt, record);
    else {
      attempt.terminated = record;
      soon();
    }
    return true;
  }

  /** Somebody ended the task: the state of its job says who and why, now that it is over. */
  function explain(attempt: Attempt, record: TerminatedRecord): void {
    // A job that began again has said by itself that it was taken off its node before.
    const now = readLauncherRecord(attempt.directory, attempt.token);
    if (now !== undefined && !isTerminated(now)) {
      tell.ended(attempt, now);
      return;
    }
    const said = verdictOn(attempt);
    const how: ExitRecord['how'] = said.kind === 'ended' ? said.how : { kind: 'signalled', signal: 'SIGTERM' };
    tell.ended(attempt, { ...record, how });
  }

  function verdictOn({ directory, element, cancelledBy }: Attempt): Verdict {
    const ending = readEnding(directory) ?? (cancelledBy === undefined ? undefined : 'cancelled');
    return verdict({ job: jobOf(element), state: element?.state, ending });
  }

  function onSeen(element: Element, seen: Seen | undefined): void {
    const before = element.state?.standing;
    if (seen !== undefined) element.batch.job ??= seen.job;
    element.state = seen?.state ?? forgotten;
    if (element.state.standing !== before) delete element.doneSince;
    const own = element.attempts.filter((attempt) => !attempt.settled);
    if (own.length === 0) return;
    switch (element.state.standing) {
      case 'running':
        element.wasRunning = true;
        onRunning(element, own);
        return;
      case 'waiting':
        onHeld(element, element.state);
        if (element.wasRunning) onBackInQueue(element, own);
        else delete element.doneSince;
        return;
      case 'over': {
        const isLate = isLongAgo(element);
        for (const attempt of own) onOver(attempt, element.state, { isLate });
        return;
      }
      case 'unknown': {
        const [first] = own;
        if (first === undefined || element.isDoubted === true) return;
        element.isDoubted = true;
        tell.doubted(first, `job ${jobOf(element)} is in a state that is not known here: ${element.state.word}`);
      }
    }
  }

  /** Said once for all elements of a batch: they are held together. */
  function onHeld({ batch, attempts }: Element, state: JobState): void {
    const words = heldInWords(batch.job ?? '?', state);
    const [first] = attempts;
    if (words === undefined || words === batch.heldFor || first === undefined) return;
    batch.heldFor = words;
    tell.held(first, words);
  }

  /** True once what a node wrote before it let go must have arrived. */
  function isLongAgo(element: Element): boolean {
    element.doneSince ??= Date.now();
    const isLate = Date.now() - element.doneSince >= lateMs;
    if (!isLate) soon();
    return isLate;
  }

  function onRunning(element: Element, own: readonly Attempt[]): void {
    const [first] = own;
    if (first !== undefined && hasBegun(first)) tell.started(first, new Date().toISOString());
    const asked = own.filter(({ cancelledBy }) => cancelledBy !== undefined);
    if (asked.length === 0) return;
    soon();
    // The launcher was to see to their end and has not.
    const isOverdue = ({ cancelledBy }: Attempt): boolean => Date.now() > (cancelledBy ?? Infinity) + overdueMs;
    if (asked.length === own.length && own.every(isOverdue)) options.withdraw([element]);
  }

  /** What had begun was ended with its node, and is not begun again. */
  function onBackInQueue(element: Element, own: readonly Attempt[]): void {
    const isLate = isLongAgo(element);
    const why = `job ${jobOf(element)} was taken off its node and put back into the queue`;
    for (const attempt of own) {
      if (!hasBegun(attempt) || (onRecord(attempt) && attempt.terminated === undefined)) continue;
      const how: ExitRecord['how'] =
        attempt.cancelledBy === undefined ? { kind: 'preempted', why } : { kind: 'cancelled' };
      // Its launcher was told to end, and this is why.
      if (attempt.terminated !== undefined) tell.ended(attempt, { ...attempt.terminated, how });
      else if (isLate) tell.concluded(attempt, how);
    }
    if (element.attempts.every(({ settled }) => settled)) options.withdraw([element]);
  }

  function onOver(attempt: Attempt, state: JobState, when: { readonly isLate: boolean }): void {
    if (attempt.terminated !== undefined) {
      explain(attempt, attempt.terminated);
      return;
    }
    // A record may be on its way, and so may the sign that the task began.
    if (onRecord(attempt) || !when.isLate) return;
    const said = verdictOn(attempt);
    if (hasBegun(attempt)) {
      if (said.kind === 'ended') tell.concluded(attempt, said.how);
      else tell.lost(attempt, said.why);
    } else if (said.kind === 'ended' && said.how.kind === 'cancelled') {
      if (callOff(attempt.directory)) tell.concluded(attempt, said.how);
    } else if (attempt.tries < mostTries) options.again(attempt);
    else if (callOff(attempt.directory)) tell.notStarted(attempt, neverBegan(attempt, state));
  }

  return {
    onRecord,
    onStanding(batches, asked) {
      if ('silent' in asked) {
        tell.silent(batches.flatMap(unsettled)[0], asked.silent);
        return;
      }
      tell.answered();
      for (const batch of batches) {
        const elements = asked.standing.get(batch.name);
        for (const element of batch.elements) onSeen(element, elements?.get(element.index));
      }
    },
  };
}

function neverBegan({ element, tries }: Attempt, state: JobState): string {
  const words = element === undefined ? '' : lastWords(element.batch);
  return `job ${jobOf(element)} ended (${state.word}) before the task began, the ${tries}rd time${words === '' ? '' : `: ${words}`}`;
}

const mostTries = 3;
const overdueMs = 5000;

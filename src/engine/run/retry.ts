import { inScriptUnit, type Process } from '../../parser/index.ts';
import { unreachable } from '../../util/unreachable.ts';
import type { Outcome } from '../ports/outcome.ts';
import type { ProcessSettings } from '../ports/process-settings.ts';

export interface Ending {
  readonly outcome: Exclude<Outcome, 'succeeded'>;
  readonly exitCode?: number;
}

/** How often an attempt that vanished through no fault of the tool is tried again without being asked to. */
const lostAgain = 2;

/**
 * Whether to try again, and after how long; `attempt` counts from 1. Backoff doubles with each attempt. The site may grant further attempts,
 * whatever the cause.
 */
export function retry(
  process: Pick<Process, 'retry'>,
  settings: Pick<ProcessSettings, 'retry'>,
  ending: Ending,
  attempt: number,
): { readonly again: false } | { readonly again: true; readonly delayMs: number } {
  const { times, on, backoff } = process.retry;
  if (ending.outcome === 'cancelled') return { again: false };
  const vanished = ending.outcome === 'lost' || ending.outcome === 'preempted';
  const asked =
    attempt <= (settings.retry ?? 0) ||
    (attempt <= times && (on.length === 0 || on.some((cause) => covers(cause, ending))));
  if (!asked && !(vanished && attempt <= lostAgain)) return { again: false };
  const base = backoff ? inScriptUnit(backoff) * 1000 : 0;
  return { again: true, delayMs: base * 2 ** (attempt - 1) };
}

function covers(cause: Process['retry']['on'][number], ending: Ending): boolean {
  switch (cause.kind) {
    case 'any':
      return true;
    case 'exit':
      return ending.exitCode !== undefined && cause.codes.includes(ending.exitCode);
    case 'timeout':
    case 'oom':
      return ending.outcome === cause.kind;
    default:
      return unreachable(cause);
  }
}

import type { CallProgress } from '../../engine/index.ts';
import type { Output } from '../terminal.ts';
import { marksStep } from './environment-lines.ts';
import { callOf } from './failure-report.ts';
import { failureLines } from './live.ts';
import { noticeInWords, type Reporter } from './reporter.ts';
import { createTransfers } from './transfers.ts';

/** A line now and then, for logs: what is built, which call is through, what failed, and every minute how far it is. */
export function plainReporter(options: { readonly output: Output; readonly now: () => number }): Reporter {
  const { output, now } = options;
  const through = new Set<string>();
  /** Tasks that ran, by call: what is over may also have been skipped. */
  const told = new Set<string>();
  const ran = new Map<string, number>();
  let calls: readonly CallProgress[] = [];
  let lastSaid = '';
  let lastAt = now();
  const say = (line: string): void => {
    lastAt = now();
    output.line(line);
  };
  const sayOnce = (line: string): void => {
    if (line !== lastSaid) say(line);
    lastSaid = line;
  };
  const transfers = createTransfers();
  let toldOfTransfers: number | undefined;
  const timer = setInterval(() => {
    if (calls.length > 0 && now() - lastAt >= 60_000) say(stand(calls));
  }, 5_000);
  timer.unref();
  const endTransfers = (): void => {
    const total = transfers.total();
    if (total !== undefined) say(total);
    toldOfTransfers = undefined;
  };
  return {
    onEvent: (event) => {
      for (const line of failureLines(event, output)) say(line);
      if (event.type !== 'tasks-succeeded') return;
      for (const { task } of event.tasks) ran.set(callOf(task), (ran.get(callOf(task)) ?? 0) + 1);
    },
    onNotice: (notice) => {
      if (notice.kind === 'progress') {
        calls = notice.calls;
        for (const call of calls) {
          const count = ran.get(call.call) ?? 0;
          if (!call.exact || call.done < call.total || count === 0 || through.has(call.call)) continue;
          through.add(call.call);
          say(`${call.call}: ${callInWords(call, count)}`);
        }
        return;
      }
      if (notice.kind === 'environment') {
        const { name, line } = notice;
        // Installers write pages: what they say is for a terminal, where each line replaces the one before.
        if (!marksStep(line) || told.has(`${name} ${line}`)) return;
        told.add(`${name} ${line}`);
        say(`environment ${name}: ${line}`);
        return;
      }
      if (notice.kind === 'fetching' || notice.kind === 'sending') {
        transfers.note(notice);
        // The first at once, so that it is known what is waited for.
        if (toldOfTransfers !== undefined && now() - toldOfTransfers < transferMilliseconds) return;
        toldOfTransfers = now();
        say(transfers.line() ?? '');
        return;
      }
      if (notice.kind === 'phase') endTransfers();
      const words = noticeInWords(notice);
      if (words !== undefined) sayOnce(words);
    },
    say,
    close: () => {
      endTransfers();
      clearInterval(timer);
    },
  };
}

/** Between two lines about what comes and goes. */
const transferMilliseconds = 10_000;

function callInWords(call: CallProgress, ran: number): string {
  const parts = [
    `${ran} ran`,
    ...(call.reused > 0 ? [`${call.reused} reused`] : []),
    ...(call.failed > 0 ? [`${call.failed} failed`] : []),
  ];
  return `${call.total} ${call.total === 1 ? 'task' : 'tasks'}, ${parts.join(', ')}`;
}

function stand(calls: readonly CallProgress[]): string {
  const sum = (field: 'done' | 'total' | 'running' | 'failed'): number =>
    calls.reduce((total, call) => total + call[field], 0);
  const more = calls.every((call) => call.exact) ? '' : ' or more';
  const failed = sum('failed');
  return `${sum('done')} of ${sum('total')}${more} tasks done, ${sum('running')} running${failed > 0 ? `, ${failed} failed` : ''}`;
}

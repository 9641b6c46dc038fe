import type { CallProgress } from '../../engine/index.ts';
import type { Output } from '../terminal.ts';
import { failureLines } from './live.ts';
import { noticeInWords, type Reporter } from './reporter.ts';

/** A line now and then, for logs: what is built, which call is through, what failed, and every minute how far it is. */
export function plainReporter(options: { readonly output: Output; readonly now: () => number }): Reporter {
  const { output, now } = options;
  const through = new Set<string>();
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
  const timer = setInterval(() => {
    if (calls.length > 0 && now() - lastAt >= 60_000) say(stand(calls));
  }, 5_000);
  timer.unref();
  return {
    onEvent: (event) => {
      for (const line of failureLines(event, output)) say(line);
    },
    onNotice: (notice) => {
      if (notice.kind === 'progress') {
        calls = notice.calls;
        for (const call of calls) {
          const ran = call.done - call.reused;
          if (!call.exact || call.done < call.total || ran === 0 || through.has(call.call)) continue;
          through.add(call.call);
          say(`${call.call}: ${callInWords(call)}`);
        }
        return;
      }
      const words = noticeInWords(notice);
      if (words !== undefined) sayOnce(words);
    },
    say,
    close: () => clearInterval(timer),
  };
}

function callInWords(call: CallProgress): string {
  const parts = [
    `${call.done - call.reused - call.failed} ran`,
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

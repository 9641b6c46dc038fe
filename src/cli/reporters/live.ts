import { createLogUpdate } from 'log-update';
import type { CallProgress, Notice } from '../../engine/index.ts';
import type { StoredEvent } from '../../engine/ports/event.ts';
import type { Output } from '../terminal.ts';
import { asideLine, failureInWords } from './failure-report.ts';
import { type CallPace, progressLines, roughDuration } from './progress-lines.ts';
import { noticeInWords, type Reporter } from './reporter.ts';
import { createTransfers } from './transfers.ts';

/** Often enough to look alive, seldom enough to cost nothing beside the work. */
const redrawMilliseconds = 150;

/** Lines that are drawn over and over in a terminal; failures and messages scroll up above them. */
export function liveReporter(options: {
  readonly pipeline: string;
  readonly output: Output;
  readonly stream: NodeJS.WriteStream;
  readonly now: () => number;
}): Reporter {
  const { output, stream, now } = options;
  const log = createLogUpdate(stream, { showCursor: false });
  const startedAt = now();
  let phase: string = phaseWords.sources;
  let note = '';
  const transfers = createTransfers();
  let calls: CallPace[] = [];
  let dirty = true;
  let closed = false;

  const draw = (): void => {
    const { bold, dim } = output.colors;
    const seconds = Math.floor((now() - startedAt) / 1000);
    // Environments are made while other tasks run already.
    const doing = calls.some(({ progress }) => progress.running > 0) ? phaseWords.running : phase;
    const head = `${bold(options.pipeline)} ${dim(`${doing} · ${seconds === 0 ? '0 s' : roughDuration(seconds)}`)}`;
    const rows = Math.max(3, (stream.rows ?? 24) - 4);
    const lines = progressLines(calls, { now: now(), columns: output.columns, rows, colors: output.colors });
    log([head, ...lines, ...(note === '' ? [] : [dim(cut(note, output.columns - 1))])].join('\n'));
    dirty = false;
  };
  const timer = setInterval(() => {
    // The clock in the head line moves once a second even when nothing else does.
    if (dirty || Math.floor((now() - startedAt) / 1000) !== lastSecond) {
      lastSecond = Math.floor((now() - startedAt) / 1000);
      draw();
    }
  }, redrawMilliseconds);
  let lastSecond = 0;

  const say = (line: string): void => {
    if (closed) output.line(line);
    else {
      log.clear();
      output.line(line);
      draw();
    }
  };
  return {
    onEvent: (event) => {
      for (const line of failureLines(event, output)) say(line);
    },
    onNotice: (notice) => {
      switch (notice.kind) {
        case 'phase':
          phase = phaseWords[notice.phase];
          note = '';
          transfers.total();
          break;
        case 'fetching':
        case 'sending':
          transfers.note(notice);
          note = transfers.line() ?? '';
          break;
        case 'progress':
          calls = notice.calls.map((progress, index) => pace(progress, { before: calls[index], now: now() }));
          break;
        case 'environment':
        case 'waiting':
        case 'unreachable':
        case 'held':
          note = noticeInWords(notice) ?? '';
          break;
      }
      dirty = true;
    },
    say,
    close: () => {
      if (closed) return;
      closed = true;
      clearInterval(timer);
      log.clear();
      log.done();
    },
  };
}

/** A line for each task that failed or was set aside; the whole story stands in the summary. */
export function failureLines(event: StoredEvent, output: Output): readonly string[] {
  if (event.type === 'tasks-quarantined') return event.tasks.map((failure) => asideLine(failure, output));
  if (event.type !== 'tasks-failed') return [];
  return event.tasks.map((failure) => `${output.colors.red('✗')} ${failure.task}: ${failureInWords(failure)}`);
}

export const phaseWords: Readonly<Record<(Notice & { kind: 'phase' })['phase'], string>> = {
  sources: 'reading sources',
  planning: 'planning',
  environments: 'preparing environments',
  running: 'running',
  publishing: 'publishing',
};

/** Keeps since when a call has been at work: the first time it was seen running. */
function pace(
  progress: CallProgress,
  known: { readonly before: CallPace | undefined; readonly now: number },
): CallPace {
  const before = known.before?.progress.call === progress.call ? known.before.startedAt : undefined;
  return { progress, startedAt: before ?? (progress.running > 0 ? known.now : undefined) };
}

const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;

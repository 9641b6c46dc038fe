import type { Notice } from '../../engine/index.ts';
import type { StoredEvent } from '../../engine/ports/event.ts';

/** Shows a run while it goes on, folded from its events and notices. What is shown at the end is the summary's. */
export interface Reporter {
  onEvent(event: StoredEvent): void;
  onNotice(notice: Notice): void;
  /** A line for the person who waits, above whatever is live. */
  say(line: string): void;
  /** Leaves the terminal as it was: called however the run ends, more than once without harm. */
  close(): void;
}

/** For `--quiet` and `--json`: what a person must know still gets through `say`. */
export function silentReporter(options: { readonly say: (line: string) => void }): Reporter {
  return { onEvent: () => undefined, onNotice: () => undefined, say: options.say, close: () => undefined };
}

/** For `--events`: each event as a line of JSON, in commit order. */
export function eventReporter(options: {
  readonly write: (text: string) => void;
  readonly say: (line: string) => void;
}): Reporter {
  return {
    onEvent: ({ seq, at, run, type, ...rest }) => options.write(`${JSON.stringify({ seq, at, run, type, ...rest })}\n`),
    onNotice: () => undefined,
    say: options.say,
    close: () => undefined,
  };
}

/** What may be said in a line when a notice comes, wherever it is shown. */
export function noticeInWords(notice: Notice): string | undefined {
  switch (notice.kind) {
    case 'environment':
      return `${notice.name}: ${notice.line}`;
    case 'waiting':
      return notice.keys === 0
        ? undefined
        : `waiting for another run, which computes ${notice.keys === 1 ? 'a task' : `${notice.keys} tasks`} that this one needs`;
    case 'unreachable':
      return notice.why === undefined ? undefined : `${notice.why}; what runs goes on, and is asked about again`;
    case 'held':
      return notice.why;
    // These come by the thousand; they are added up where they are shown.
    case 'fetching':
    case 'sending':
    case 'phase':
    case 'progress':
      return undefined;
  }
}

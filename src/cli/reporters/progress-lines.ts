import stringWidth from 'string-width';
import type { CallProgress } from '../../engine/index.ts';
import type { Colors } from '../terminal.ts';

/** What is shown of a call, with the moment it first had work, from which its pace is measured. */
export interface CallPace {
  readonly progress: CallProgress;
  readonly startedAt: number | undefined;
}

/**
 * A line per call: name, done/total, a bar, and what is happening in it. `+` where more items may come. When there are more
 * calls than `rows`, those at work are kept, and a line says how many are not shown.
 */
export function progressLines(
  calls: readonly CallPace[],
  options: { readonly now: number; readonly columns: number; readonly rows: number; readonly colors: Colors },
): readonly string[] {
  const shown = choose(calls, Math.max(1, options.rows));
  const nameWidth = Math.min(32, Math.max(0, ...shown.map(({ progress }) => stringWidth(progress.call))));
  const countWidth = Math.max(0, ...shown.map(({ progress }) => counts(progress).length));
  const barWidth = options.columns >= 72 ? 12 : 0;
  const lines = shown.map((call) => line(call, { ...options, nameWidth, countWidth, barWidth }));
  const hidden = calls.length - shown.length;
  return hidden === 0 ? lines : [...lines, options.colors.dim(`  and ${hidden} more, done or waiting`)];
}

/** Seconds until a call is done at its present pace; undefined while that is a guess. */
export function secondsLeft(call: CallPace, now: number): number | undefined {
  const { progress, startedAt } = call;
  const ran = progress.done - progress.reused;
  const elapsed = startedAt === undefined ? 0 : now - startedAt;
  if (!progress.exact || ran < 2 || elapsed < 2_000 || progress.done >= progress.total) return undefined;
  return ((progress.total - progress.done) * elapsed) / ran / 1000;
}

/** `42 s`, `3 min`, `2 h 05 min`. */
export function roughDuration(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${String(minutes % 60).padStart(2, '0')} min` : `${Math.round(hours / 24)} d`;
}

function choose(calls: readonly CallPace[], rows: number): readonly CallPace[] {
  if (calls.length <= rows) return calls;
  const kept = new Set([...calls].sort((a, b) => weight(b) - weight(a)).slice(0, Math.max(1, rows - 1)));
  return calls.filter((call) => kept.has(call));
}

const weight = ({ progress }: CallPace): number => (progress.running > 0 ? 2 : 0) + (progress.failed > 0 ? 1 : 0);

function line(
  call: CallPace,
  options: {
    readonly now: number;
    readonly columns: number;
    readonly colors: Colors;
    readonly nameWidth: number;
    readonly countWidth: number;
    readonly barWidth: number;
  },
): string {
  const { progress } = call;
  const { colors } = options;
  const { dim, green, red, cyan } = colors;
  const over = progress.exact && progress.done >= progress.total;
  const mark = progress.failed > 0 ? red('✗') : over ? green('✓') : progress.running > 0 ? cyan('▸') : dim('·');
  const left = secondsLeft(call, options.now);
  const notes = [
    progress.running > 0 ? `${progress.running} running` : '',
    progress.reused > 0 ? dim(`${progress.reused} reused`) : '',
    progress.failed > 0 ? red(`${progress.failed} failed`) : '',
    left === undefined ? '' : dim(`${roughDuration(left)} left`),
  ].filter((note) => note !== '');
  const name = fitted(progress.call, options.nameWidth);
  const count = counts(progress).padStart(options.countWidth);
  const bar = options.barWidth === 0 ? '' : `  ${drawBar(progress, { width: options.barWidth, colors })}`;
  return `${mark} ${name}  ${count}${bar}  ${notes.join(dim(' · '))}`.trimEnd();
}

/** `3/16`, `3/16+` where more may come, `?` where nothing is known yet. */
function counts(progress: CallProgress): string {
  if (progress.total === 0 && !progress.exact) return '?';
  return `${progress.done}/${progress.total}${progress.exact ? '' : '+'}`;
}

function drawBar(progress: CallProgress, options: { readonly width: number; readonly colors: Colors }): string {
  const share = (count: number): number => (progress.total === 0 ? 0 : count / progress.total);
  const done = Math.floor(share(progress.done) * options.width);
  const running = Math.min(options.width - done, Math.ceil(share(progress.running) * options.width));
  const { green, cyan, dim } = options.colors;
  return green('━'.repeat(done)) + cyan('╸'.repeat(running)) + dim('─'.repeat(options.width - done - running));
}

function fitted(text: string, width: number): string {
  const own = stringWidth(text);
  if (own <= width) return text + ' '.repeat(width - own);
  let kept = '';
  for (const character of text) {
    if (stringWidth(kept + character) > width - 1) break;
    kept += character;
  }
  return `${kept}…${' '.repeat(Math.max(0, width - 1 - stringWidth(kept)))}`;
}

import type { RunSummary } from '../../engine/index.ts';
import { naturalOrder } from '../../engine/plan/natural-order.ts';
import type { Counts, PublishedFile } from '../../engine/ports/event.ts';
import type { Colors } from '../terminal.ts';

const filesShown = 5;

/** What `bit run` says when it is over: what happened, where the results are, and what deserves a look. */
export function summaryLines(
  summary: RunSummary,
  options: { readonly colors: Colors; readonly outdir: string; readonly command: string; readonly stub?: boolean },
): readonly string[] {
  const { bold, dim, green, red, yellow } = options.colors;
  const mark = summary.status === 'succeeded' ? green('✓') : red('✗');
  return [
    `${mark} ${options.stub === true ? yellow('stub run ') : ''}${bold(statusInWords(summary))} ${dim(`· ${secondsInWords(summary.seconds)}${summary.run === undefined ? '' : ` · run ${summary.run}`}`)}`,
    ...(summary.counts.total === 0 ? [] : [`  ${countsInWords(summary.counts)}`]),
    ...(options.stub === true
      ? [`  ${yellow('note')}  stub scripts stood in for processes that have one: these are no results`]
      : []),
    ...publishedLines(summary, options),
    ...summary.notes.map((note) => `  ${yellow('note')}  ${note}`),
    ...staleLines(summary, options),
    ...(summary.status === 'cancelled' ? [`  The same command goes on from here: ${options.command}`] : []),
  ];
}

function statusInWords(summary: RunSummary): string {
  const aside = summary.counts.quarantined;
  switch (summary.status) {
    case 'succeeded':
      return aside === 0 ? 'succeeded' : `succeeded with ${aside} quarantined`;
    case 'failed':
      return 'failed';
    case 'cancelled':
      return 'cancelled';
    case 'not-started':
      return 'not started';
  }
}

/** `24 tasks: 20 ran, 4 reused` */
export function countsInWords(counts: Counts): string {
  const kinds = ['ran', 'reused', 'failed', 'quarantined', 'skipped', 'cancelled'] as const;
  const parts = kinds.filter((kind) => counts[kind] > 0).map((kind) => `${counts[kind]} ${kind}`);
  return `${counts.total} ${counts.total === 1 ? 'task' : 'tasks'}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`;
}

export function secondsInWords(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 10) return `${seconds.toFixed(1)} s`;
  if (whole < 120) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 120 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function publishedLines(summary: RunSummary, options: { readonly outdir: string; readonly colors: Colors }): string[] {
  const { cyan, dim } = options.colors;
  const lines = (files: readonly PublishedFile[], where: string, nameOf: (file: PublishedFile) => string): string[] => {
    if (files.length === 0) return [];
    const sorted = [...files].sort((a, b) => naturalOrder(nameOf(a), nameOf(b)));
    const shown = firstOfEach(sorted).slice(0, filesShown).map(nameOf).sort(naturalOrder);
    const more = files.length - shown.length;
    return [
      `  ${files.length} ${files.length === 1 ? 'file' : 'files'} in ${where}`,
      ...shown.map((name) => `    ${name}`),
      ...(more === 0 ? [] : [dim(`    and ${more} more`)]),
    ];
  };
  const isElsewhere = (file: PublishedFile): boolean => file.path.includes('://');
  const [here, elsewhere] = [
    summary.published.filter((file) => !isElsewhere(file)),
    summary.published.filter(isElsewhere),
  ];
  return [
    ...lines(here, cyan(withSlash(options.outdir)), (file) => file.relative),
    ...lines(elsewhere, 'other places', (file) => file.path),
  ];
}

function staleLines(summary: RunSummary, options: { readonly colors: Colors }): string[] {
  const { yellow } = options.colors;
  const pruned = summary.pruned.length;
  return [
    ...(pruned === 0
      ? []
      : [`  ${pruned} ${pruned === 1 ? 'file' : 'files'} of items that are no longer made removed`]),
    ...(summary.stale.length === 0
      ? []
      : [
          `  ${yellow('note')}  published earlier and no longer made; \`--prune\` removes ${summary.stale.length === 1 ? 'it' : 'them'}:`,
          ...summary.stale.slice(0, filesShown).map((path) => `    ${path}`),
          ...(summary.stale.length > filesShown ? [`    and ${summary.stale.length - filesShown} more`] : []),
        ]),
  ];
}

/** One file of each result first, so that the few that are shown tell what there is. */
function firstOfEach(published: readonly PublishedFile[]): readonly PublishedFile[] {
  const groups = [...Map.groupBy(published, (file) => file.name).values()];
  const longest = Math.max(...groups.map((group) => group.length));
  return Array.from({ length: Math.min(longest, filesShown) }, (_, index) =>
    groups.flatMap((group) => group[index] ?? []),
  ).flat();
}

const withSlash = (folder: string): string => (folder.endsWith('/') ? folder : `${folder}/`);

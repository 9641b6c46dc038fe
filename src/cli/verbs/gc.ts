import { inScriptUnit, quantity } from '../../parser/index.ts';
import type { GcPolicy } from '../../store/index.ts';
import { bytesInWords } from '../../util/bytes-in-words.ts';
import { formats } from '../formats.ts';
import { CommandProblem } from '../problem.ts';
import { changing } from '../queries/reading.ts';
import { defineVerb } from '../verb.ts';

const day = 24 * 60 * 60 * 1000;

export const verb = defineVerb({
  name: 'gc',
  summary: 'free space without breaking reuse or lineage',
  details: [
    'Removes results that no kept run needs, directories of tasks that are over, and content that was found damaged. Kept are runs of the last 30 days (`--keep`),',
    'the newest run of each pipeline, with what they fetched, and what is published or was imported into the store. Runs, lineage and tags are never forgotten; what was removed is computed again when it is asked for.',
  ].join('\n'),
  operands: [],
  flags: {
    'dry-run': { kind: 'switch', help: 'say what would be freed, and leave it' },
    keep: { kind: 'text', value: '30d|N', help: 'keep runs of so many days, or the newest N of each pipeline' },
    'max-size': {
      kind: 'text',
      value: '2TB',
      help: 'keep older runs too, as long as the store is not larger than this',
    },
  },
  examples: [
    ['bit gc --dry-run', 'what could be freed'],
    ['bit gc --keep 5', 'the newest five runs of each pipeline stay as they are'],
    ['bit gc --keep 1 --max-size 2TB', 'as much of the past as fits'],
  ],
  async run(invocation) {
    const { terminal, global, flags } = invocation;
    const maxBytes = flags['max-size'] === undefined ? undefined : bytesOf(flags['max-size']);
    const policy: GcPolicy = {
      keep: keepOf(flags.keep ?? (maxBytes === undefined ? '30d' : '1')),
      ...(maxBytes !== undefined && { maxBytes }),
      dryRun: flags['dry-run'],
      graceMilliseconds: 60 * 60 * 1000,
    };
    const done = await changing(invocation, {}, (store) => store.collect(policy));
    if (global.json) {
      terminal.json({ format: formats.gc, dryRun: policy.dryRun, ...done });
      return 0;
    }
    const { objects, directories, damaged, unfinished } = done;
    const freed = objects.removedBytes + directories.removedBytes + damaged.removedBytes + unfinished.removedBytes;
    terminal.out.line(`${policy.dryRun ? 'Would free' : 'Freed'} ${bytesInWords(freed)}`);
    const parts = [
      `${objects.removed} results (${bytesInWords(objects.removedBytes)})`,
      `${directories.removed} directories of tasks (${bytesInWords(directories.removedBytes)})`,
      ...(damaged.removed === 0 ? [] : [`${damaged.removed} damaged (${bytesInWords(damaged.removedBytes)})`]),
      ...(unfinished.removed === 0
        ? []
        : [`${unfinished.removed} unfinished arrivals (${bytesInWords(unfinished.removedBytes)})`]),
    ];
    terminal.out.line(`  ${parts.join(', ')}`);
    terminal.out.line(
      `  kept: ${done.keptRuns} ${done.keptRuns === 1 ? 'run' : 'runs'}, ${objects.kept} results (${bytesInWords(objects.keptBytes)})`,
    );
    if (maxBytes !== undefined && objects.keptBytes > maxBytes) {
      terminal.err.line(
        `The store holds more than ${flags['max-size']}: what is left is published, or belongs to the runs that are kept.`,
      );
    }
    return 0;
  },
});

function keepOf(text: string): GcPolicy['keep'] {
  const days = /^(\d+(?:\.\d+)?)\s*d$/.exec(text)?.[1];
  if (days !== undefined) return { kind: 'since', at: new Date(Date.now() - Number(days) * day) };
  if (/^[1-9]\d*$/.test(text)) return { kind: 'runs', count: Number(text) };
  throw new CommandProblem({
    exit: 2,
    message: `\`--keep\` cannot be \`${text}\``,
    help: 'Days, as in `--keep 30d`, or a number of runs, as in `--keep 5`.',
  });
}

function bytesOf(text: string): number {
  const [, amount, unit = 'B'] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]+)?$/.exec(text) ?? [];
  const size = amount === undefined ? undefined : quantity(amount, unit);
  if (size?.dimension === 'size') return inScriptUnit(size);
  throw new CommandProblem({
    exit: 2,
    message: `\`--max-size\` cannot be \`${text}\``,
    help: 'A size, as in `--max-size 500GB`.',
  });
}

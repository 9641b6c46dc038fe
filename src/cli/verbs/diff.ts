import { tables } from '../../data/formats/engine-tables.ts';
import { formats } from '../formats.ts';
import { CommandProblem } from '../problem.ts';
import { diffRuns } from '../queries/diff.ts';
import { reading } from '../queries/reading.ts';
import { resolveRun } from '../queries/resolve.ts';
import { tagsInWords } from '../queries/wording.ts';
import { defineVerb } from '../verb.ts';

const shown = 20;

export const verb = defineVerb({
  name: 'diff',
  summary: 'what differs between two runs',
  details:
    'Tasks, parts of keys, and results by tag. Tables are compared by value, with a tolerance for numbers, TIFF and PNG images by pixels; everything else by digest.',
  operands: [
    { name: 'RUN', how: 'required', help: 'as `bit log` shows it, or the beginning of it' },
    { name: 'RUN', how: 'required', help: 'the other one; `latest` is the newest' },
  ],
  flags: {
    tolerance: {
      kind: 'text',
      value: '1e-6',
      help: 'relative difference of numbers in tables that counts as none; 1e-6 unless said',
    },
  },
  examples: [['bit diff 20261122-200612-k3f9 latest', 'what changed since']],
  async run(invocation) {
    const { terminal, global, flags, operands } = invocation;
    const tolerance = Number(flags.tolerance ?? '1e-6');
    if (!(tolerance >= 0 && tolerance < 1))
      throw new CommandProblem({
        exit: 2,
        message: `\`--tolerance\` cannot be \`${flags.tolerance}\``,
        help: 'A number from 0 to 1, for example `--tolerance 1e-6`.',
      });
    const [first = '', second = ''] = operands;
    const { runs, difference } = await reading(invocation, {}, async (store) => {
      const found = [await resolveRun(store, first), await resolveRun(store, second)] as const;
      return { runs: found, difference: await diffRuns(store, found, { tables, tolerance }) };
    });
    const { tasks, outputs, alike } = difference;
    const same = tasks.onlyFirst.length + tasks.onlySecond.length + tasks.changed.length + outputs.length === 0;
    if (global.json) {
      terminal.json({ format: formats.diff, first: runs[0].run, second: runs[1].run, same, ...difference });
      return same ? 0 : 1;
    }
    const { bold, dim, green, red } = terminal.out.colors;
    const list = (title: string, lines: readonly string[]): void => {
      if (lines.length === 0) return;
      terminal.out.line(bold(title));
      for (const line of lines.slice(0, shown)) terminal.out.line(`  ${line}`);
      if (lines.length > shown) terminal.out.line(dim(`  and ${lines.length - shown} more (\`--json\` has all)`));
    };
    list(
      `tasks only in ${runs[0].run}`,
      tasks.onlyFirst.map((task) => red(task)),
    );
    list(
      `tasks only in ${runs[1].run}`,
      tasks.onlySecond.map((task) => green(task)),
    );
    list(
      'tasks made from something else',
      tasks.changed.map(
        ({ task, changed }) =>
          `${task}  ${changed.map(({ part, was, is }) => `${part}: ${was || '(nothing)'} → ${is || '(nothing)'}`).join('; ')}`,
      ),
    );
    list(
      'results that differ',
      outputs.map(
        (output) => `${output.relative}  ${dim(`${output.name} ${tagsInWords(output.tags)}`)}  ${output.text}`,
      ),
    );
    list(
      'results in other bytes with the same values',
      alike.map((output) => `${output.relative}  ${dim(output.name)}`),
    );
    terminal.out.line(
      same
        ? `${green('✓')} nothing differs`
        : dim(`Numbers in tables count as equal within ${tolerance} of the larger one.`),
    );
    return same ? 0 : 1;
  },
});

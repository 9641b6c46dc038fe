import { type Change, UndoProblem } from '../../engine/ports/catalog.ts';
import type { Store } from '../../store/index.ts';
import { formats } from '../formats.ts';
import { CommandProblem, DiagnosticProblem } from '../problem.ts';
import { changeInWords, itemsOfChange, whoOfChange } from '../queries/change-words.ts';
import { experimentPlace } from '../queries/experiment-place.ts';
import { changing } from '../queries/reading.ts';
import { changeDocument } from '../queries/show-experiment.ts';
import { timeInWords } from '../queries/wording.ts';
import { usageErrors } from '../usage-errors.ts';
import { defineVerb, type Invocation } from '../verb.ts';

const flags = {
  last: { kind: 'text', value: 'EXPERIMENT', help: 'the newest change of this experiment that stands' },
} as const;

export const verb = defineVerb({
  name: 'undo',
  summary: 'take a change back',
  details:
    'An import, an annotation, a retraction or a change of the record, as a whole. One that a later change built on is not taken back before that one. Nothing is deleted: `bit changes` shows both.',
  operands: [{ name: 'CHANGE', how: 'optional', help: 'its number, as `bit changes` lists them' }],
  flags,
  examples: [
    ['bit undo 12', 'one change'],
    ['bit undo --last screen', 'what was done last to an experiment'],
  ],
  async run(invocation) {
    const { terminal, global, folder } = invocation;
    const wanted = wantedChange(invocation);
    const { change, by } = await changing(invocation, {}, async (store) => {
      const id = typeof wanted === 'number' ? wanted : await lastChange(store, wanted.experiment);
      try {
        const by = await store.catalog.undo(id);
        return { change: await store.catalog.change(id), by };
      } catch (problem) {
        if (!(problem instanceof UndoProblem)) throw problem;
        throw new CommandProblem({ exit: 2, message: problem.message, help: problem.help });
      }
    });
    if (change === undefined) throw new Error('a change that was undone is not there');
    if (global.json) {
      terminal.json({
        format: formats.undo,
        change: by,
        undone: { ...changeDocument(change), experiment: change.experiment },
      });
      return 0;
    }
    if (!global.quiet) for (const line of undoneLines(change, { by, folder })) terminal.out.line(line);
    return 0;
  },
});

function wantedChange({
  operands,
  operandPlaces,
  flags: given,
  places,
}: Invocation<typeof flags>): number | { readonly experiment: string } {
  const [text] = operands;
  const [at] = operandPlaces;
  if (given.last !== undefined) {
    const [last] = places('last');
    if (text !== undefined && last !== undefined)
      throw new DiagnosticProblem([
        usageErrors.together(last, { flags: [text, '--last'], help: 'Name the change, or the experiment.' }),
      ]);
    return { experiment: given.last };
  }
  if (text === undefined || at === undefined)
    throw new CommandProblem({
      exit: 2,
      message: 'Which change is meant is not said',
      help: '`bit changes` lists them; `bit undo 12` takes one back, `bit undo --last EXPERIMENT` the newest.',
    });
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new DiagnosticProblem([
    usageErrors.badValue(at, { what: 'CHANGE', text, expected: 'the number of a change', example: 'bit undo 12' }),
  ]);
}

async function lastChange(store: Store, name: string): Promise<number> {
  const { experiment } = await experimentPlace(store, name);
  const changes = await store.catalog.changes({ experiment: experiment.name, limit: Number.MAX_SAFE_INTEGER });
  const last = changes.find(({ state, kind }) => state === 'done' && kind !== 'undo');
  if (last !== undefined) return last.id;
  throw new CommandProblem({
    exit: 2,
    message: `No change of \`${name}\` stands`,
    help: `\`bit changes ${name}\` lists what was done and undone.`,
  });
}

function undoneLines(
  change: Change,
  { by, folder }: { readonly by: number; readonly folder: string },
): readonly string[] {
  const of = `${change.experiment}${change.dataset === undefined ? '' : `/${change.dataset}`}`;
  const words = changeInWords(change, { folder });
  return [
    `Took back change ${change.id}: ${change.kind}${of === '' ? '' : ` of ${of}`}${words === '' ? '' : `, ${words}`}`,
    `  made ${timeInWords(change.at)} by ${whoOfChange(change)}`,
    `  ${effect(change)}`,
    `Change ${by}.`,
  ];
}

function effect(change: Change): string {
  const items = itemsOfChange(change);
  const count = items === undefined ? 'Its items' : `${items} ${items === 1 ? 'item' : 'items'}`;
  switch (change.kind) {
    case 'import':
      return `${count} of this import ${items === 1 ? 'is' : 'are'} not there any more; files stay where they are, and what it replaced is back.`;
    case 'annotation':
      return `${count} ${items === 1 ? 'has' : 'have'} the tags from before; keys that it declared stay declared.`;
    case 'retraction':
      return 'What it retracted may be used again.';
    case 'experiment':
      return change.about.before === null || change.about.before === undefined
        ? 'It made the experiment, whose record stays as it is.'
        : 'The record is as it was before.';
    case 'undo':
      return 'What it undid stands again.';
  }
}

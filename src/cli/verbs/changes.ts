import { formats } from '../formats.ts';
import { changeInWords, itemsOfChange, whoOfChange } from '../queries/change-words.ts';
import { experimentPlace } from '../queries/experiment-place.ts';
import { reading } from '../queries/reading.ts';
import { changeDocument } from '../queries/show-experiment.ts';
import { timeInWords } from '../queries/wording.ts';
import { textTable } from '../text-table.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  name: 'changes',
  summary: 'what people did to experiments, newest first',
  details:
    'Imports, annotations, retractions, changes of the record, and what was taken back. `bit undo N` takes one back.',
  operands: [{ name: 'EXPERIMENT', how: 'optional', help: 'only changes of this experiment' }],
  flags: { limit: { kind: 'count', value: 'N', short: 'n', help: 'the newest so many; 20 unless said, 0 for all' } },
  examples: [
    ['bit changes', 'the newest of all experiments'],
    ['bit changes screen --limit 0', 'everything that was done to one'],
  ],
  async run(invocation) {
    const { terminal, global, folder, operands } = invocation;
    const [of] = operands;
    const limit = invocation.flags.limit ?? 20;
    // One more than is shown tells whether there is more.
    const found = await reading(invocation, {}, async (store) => {
      const name = of === undefined ? undefined : (await experimentPlace(store, of)).experiment.name;
      return store.catalog.changes({
        ...(name !== undefined && { experiment: name }),
        limit: limit === 0 ? Number.MAX_SAFE_INTEGER : limit + 1,
      });
    });
    const changes = limit === 0 ? found : found.slice(0, limit);
    if (global.json) {
      terminal.json({
        format: formats.changes,
        changes: changes.map((change) => ({
          ...changeDocument(change),
          experiment: change.experiment,
          words: changeInWords(change, { folder }),
          items: itemsOfChange(change) ?? null,
        })),
      });
      return 0;
    }
    if (changes.length === 0) {
      if (!global.quiet) terminal.err.line('Nothing was done yet: `bit import FOLDER --experiment NAME` begins.');
      return 0;
    }
    const rows = changes.map((change) => [
      change.id,
      timeInWords(change.at),
      whoOfChange(change),
      change.kind,
      `${change.experiment}${change.dataset === undefined ? '' : `/${change.dataset}`}`,
      itemsOfChange(change) ?? null,
      change.state === 'done' ? '' : change.undoneBy === undefined ? change.state : `undone by ${change.undoneBy}`,
      changeInWords(change, { folder }),
    ]);
    const header = ['change', 'when', 'who', 'kind', 'of', 'items', 'state', 'what'];
    for (const line of textTable(header, rows, { paint: terminal.out.colors.dim })) terminal.out.line(line);
    if (found.length > changes.length && !global.quiet)
      terminal.err.line(`The newest ${changes.length}; there are more. \`--limit 0\` shows all of them.`);
    return 0;
  },
});

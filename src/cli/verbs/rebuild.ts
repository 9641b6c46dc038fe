import { rebuildStore } from '../../store/index.ts';
import { formats } from '../formats.ts';
import { shortPath } from '../queries/wording.ts';
import { loadSettings } from '../settings/settings.ts';
import { existingStore } from '../store-folder.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  name: 'rebuild',
  summary: 'make the run database again from what is on disk',
  details:
    'For a store whose bit.db is lost or damaged. Everything comes back from the journal: runs, results, lineage, published files, tags. The old database is put aside, not deleted.',
  operands: [],
  flags: {},
  examples: [['bit rebuild', 'after a message that says so']],
  async run(invocation) {
    const { terminal, global, folder } = invocation;
    const store = await existingStore(invocation);
    const { database } = (await loadSettings(invocation, { beside: folder })).values;
    const rebuilt = await rebuildStore(store, {
      now: () => new Date(),
      ...(database !== undefined && { database }),
    });
    if (global.json) {
      terminal.json({ format: formats.rebuild, store, ...rebuilt, old: rebuilt.old ?? null });
      return 0;
    }
    terminal.out.line(
      `The run database of ${shortPath(store, folder)} is there again: ${rebuilt.runs} runs, ${rebuilt.tasks} tasks, ${rebuilt.results} results, ${rebuilt.published} published files, ${rebuilt.items} imported items.`,
    );
    if (rebuilt.unreadable > 0)
      terminal.err.line(`${rebuilt.unreadable} lines of the journal could not be read; what they said is missing.`);
    if (rebuilt.old !== undefined) terminal.out.line(`The old one is ${shortPath(rebuilt.old, folder)}.`);
    return 0;
  },
});

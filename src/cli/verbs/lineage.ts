import { CommandProblem } from '../problem.ts';
import { affectedIn, lineageDocument, lineageLines } from '../queries/lineage-forms.ts';
import { lineageDot, lineageMermaid } from '../queries/lineage-pictures.ts';
import { reading } from '../queries/reading.ts';
import { resolveContent } from '../queries/resolve.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  name: 'lineage',
  summary: 'where a file came from, and what was made of it',
  details:
    'A file is known by its content: any copy of it anywhere, under any name, has the same answer. The history ends at the import: who, when, from where.',
  operands: [
    {
      name: 'PATH|ITEM|DIGEST',
      how: 'required',
      help: 'a file or folder, also one that is gone; a URI; an item, `EXPERIMENT/DATASET/NAME`; a digest as `bit find` prints it',
      complete: 'file',
    },
  ],
  flags: {
    up: { kind: 'switch', help: 'where it came from (what is shown unless said)' },
    down: { kind: 'switch', help: 'what was made of it' },
    depth: { kind: 'count', value: 'N', help: 'at most so many tasks away' },
    format: {
      kind: 'text',
      value: 'FORMAT',
      choices: ['text', 'json', 'mermaid', 'dot'],
      help: 'text, json, mermaid or dot',
    },
  },
  examples: [
    ['bit lineage results/tracks/A3.csv', 'back to the raw files'],
    ['bit lineage raw/A3_t001.tif --down', 'everything that was made of it'],
    ['bit lineage screen/raw/A3_t001.tif --down', 'the same, of an imported item by its name'],
    ['bit lineage results/plot.png --format dot | dot -Tsvg', 'a picture'],
  ],
  async run(invocation) {
    const { terminal, global, flags, folder } = invocation;
    const [text = ''] = invocation.operands;
    if (flags.depth === 0)
      throw new CommandProblem({
        exit: 2,
        message: '`--depth` counts tasks, from 1',
        help: 'For example `--depth 1`: the task that made it, and what that read.',
      });
    const direction = flags.up && flags.down ? 'both' : flags.down ? 'down' : 'up';
    const { lineage, path, affected } = await reading(invocation, { near: text }, async (store) => {
      const content = await resolveContent(store, text, folder);
      const lineage = await store.reader.lineage(content.digest, {
        direction,
        ...(flags.depth !== undefined && { depth: flags.depth }),
        ...(content.path !== undefined && { path: content.path }),
      });
      return { lineage, path: content.path, affected: await affectedIn(store, lineage, content.path) };
    });
    const format = flags.format ?? (global.json ? 'json' : 'text');
    switch (format) {
      case 'json':
        terminal.json(lineageDocument(lineage, affected));
        break;
      case 'mermaid':
        terminal.out.line(lineageMermaid(lineage, { folder, affected }));
        break;
      case 'dot':
        terminal.out.line(lineageDot(lineage, { folder, affected }));
        break;
      default: {
        const ways: readonly ('up' | 'down')[] = direction === 'both' ? ['up', 'down'] : [direction];
        for (const way of ways)
          for (const line of lineageLines(lineage, {
            direction: way,
            colors: terminal.out.colors,
            folder,
            affected,
            ...(path !== undefined && { path }),
          }))
            terminal.out.line(line);
      }
    }
    return 0;
  },
});

import { formats } from '../formats.ts';
import { reading } from '../queries/reading.ts';
import { why } from '../queries/why.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  name: 'why',
  summary: 'why a file or task is as it is, and what changed',
  operands: [
    {
      name: 'PATH|TASK',
      how: 'required',
      help: 'a published file, or a task as `bit show` names it',
      complete: 'file',
    },
  ],
  flags: {},
  examples: [
    ['bit why results/tracks/A3.csv', 'which task made it, and why it ran or was reused'],
    ["bit why 'segment[cell=A3]'", 'the same for a task; `TASK@RUN` asks about an earlier run'],
  ],
  async run(invocation) {
    const { terminal, global, folder } = invocation;
    const [text = ''] = invocation.operands;
    const answer = await reading(invocation, { near: text }, (store) => why(store, text, folder));
    if (global.json) {
      terminal.json({ format: formats.why, ...answer });
      return 0;
    }
    const { dim } = terminal.out.colors;
    terminal.out.line(answer.reason);
    for (const { part, was, is, source } of answer.changed) {
      terminal.out.line(
        `  ${part}: ${was === '' ? dim('(nothing)') : was} → ${is === '' ? dim('(nothing)') : is}${source === '' ? '' : dim(`  ${source}`)}`,
      );
    }
    return 0;
  },
});

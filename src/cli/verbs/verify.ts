import { resolve } from 'node:path';
import { alternatives } from '../../diagnostics/suggest.ts';
import type { VerifiedFile } from '../../store/index.ts';
import { bytesInWords } from '../amounts.ts';
import { formats } from '../formats.ts';
import { CommandProblem } from '../problem.ts';
import { changing, reading } from '../queries/reading.ts';
import { shortPath } from '../queries/wording.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  name: 'verify',
  summary: 'read everything again and compare it with its digest',
  details:
    'Without a path: every object of the store and every published file. An altered object is moved to `damaged/`, so that the next run computes it again.',
  operands: [{ name: 'PATH', how: 'any', help: 'published files, or folders of them', complete: 'file' }],
  flags: {},
  examples: [
    ['bit verify', 'the store and all that was published'],
    ['bit verify results/', 'published files in a folder'],
  ],
  async run(invocation) {
    const { terminal, global, operands, folder } = invocation;
    const [near] = operands;
    const checked =
      near === undefined
        ? await changing(invocation, {}, (store) => store.verify())
        : await reading(invocation, { near }, async (store) => ({
            objects: 0,
            bytes: 0,
            damaged: [],
            files: await store.verifyFiles(operands.map((path) => resolve(folder, path))),
          }));
    const wrong = checked.files.filter((file) => file.state !== 'intact');
    if (near !== undefined && checked.files.length === 0)
      throw new CommandProblem({
        exit: 2,
        message: `No run published ${alternatives(operands)} or anything below`,
        help: '`bit find true` lists what was published.',
      });
    const bad = checked.damaged.length + wrong.length;
    if (global.json) {
      terminal.json({
        format: formats.verify,
        objects: checked.objects,
        bytes: checked.bytes,
        damaged: checked.damaged,
        files: checked.files,
      });
      return bad === 0 ? 0 : 1;
    }
    const { green, red } = terminal.out.colors;
    for (const object of checked.damaged)
      terminal.out.line(
        `${red('damaged')}  ${object.digest}: its content is not what its name says; the next run that needs it computes it again`,
      );
    for (const file of wrong)
      terminal.out.line(`${red(file.state)}  ${shortPath(file.path, folder)}${explanation(file)}`);
    const intact = checked.files.length - wrong.length;
    const objects = near === undefined ? `${checked.objects} objects (${bytesInWords(checked.bytes)}), ` : '';
    terminal.out.line(
      `${bad === 0 ? green('✓') : red('✗')} ${objects}${intact} of ${checked.files.length} published files as they were published`,
    );
    return bad === 0 ? 0 : 1;
  },
});

function explanation(file: VerifiedFile): string {
  switch (file.state) {
    case 'changed':
      return ': someone changed it since it was published';
    case 'missing':
      return ': it was removed or moved; the next run publishes it again';
    case 'unreadable':
      return ': it may not be read';
    case 'intact':
      return '';
  }
}

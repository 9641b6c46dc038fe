import { resolve } from 'node:path';
import { alternatives } from '../../diagnostics/suggest.ts';
import type { VerifiedFile } from '../../store/index.ts';
import { bytesInWords } from '../../util/bytes-in-words.ts';
import { formats } from '../formats.ts';
import { CommandProblem } from '../problem.ts';
import { changing, reading } from '../queries/reading.ts';
import { shortPath } from '../queries/wording.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  name: 'verify',
  summary: 'read everything again and compare it with its digest',
  details:
    'Without a path: every object of the store, and every file that was published or imported. An altered object is moved to `damaged/`, so that the next run computes it again. Data in other places are not fetched again.',
  operands: [{ name: 'PATH', how: 'any', help: 'published or imported files, or folders of them', complete: 'file' }],
  flags: {},
  examples: [
    ['bit verify', 'the store, and all that was published or imported'],
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
        message: `Nothing at ${alternatives(operands)} or below was published or imported`,
        help: '`bit find true` lists what was.',
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
    const objects = near === undefined ? `${checked.objects} objects (${bytesInWords(checked.bytes)}), ` : '';
    terminal.out.line(`${bad === 0 ? green('✓') : red('✗')} ${objects}${counts(checked.files)}`);
    return bad === 0 ? 0 : 1;
  },
});

/** `11 of 12 published files as they were published, 4 of 4 imported files as they were imported`. */
function counts(files: readonly VerifiedFile[]): string {
  const published = files.filter(({ kind }) => kind === 'published');
  const imported = files.filter(({ kind }) => kind !== 'published');
  const intact = (of: readonly VerifiedFile[]): number => of.filter(({ state }) => state === 'intact').length;
  return [
    ...(published.length > 0 || imported.length === 0
      ? [`${intact(published)} of ${published.length} published files as they were published`]
      : []),
    ...(imported.length > 0 ? [`${intact(imported)} of ${imported.length} imported files as they were imported`] : []),
  ].join(', ');
}

function explanation({ kind, state }: VerifiedFile): string {
  if (kind === 'kept')
    return state === 'intact' ? '' : ': what the store had of it is gone or damaged; import it again with `--copy`';
  const isPublished = kind === 'published';
  switch (state) {
    case 'changed':
      return isPublished
        ? ': someone changed it since it was published'
        : ': someone changed it since it was imported; `bit import --update` takes what it is now';
    case 'missing':
      return isPublished
        ? ': it was removed or moved; the next run publishes it again'
        : ': it was removed or moved; import the folder that it is in now, and it is known again';
    case 'unreadable':
      return ': it may not be read';
    case 'intact':
      return '';
  }
}

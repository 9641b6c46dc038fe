import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { formats } from '../formats.ts';
import { CommandProblem } from '../problem.ts';
import { shellCommand } from '../shell-word.ts';
import { displayPath } from '../source-host.ts';
import { starterFiles } from '../starter.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  name: 'init',
  summary: 'a small pipeline with data, to start from',
  operands: [
    {
      name: 'DIR',
      how: 'optional',
      help: 'a folder, made where it is not there; the one you are in unless said',
      complete: 'folder',
    },
  ],
  flags: {},
  examples: [['bit init spots && bit run spots/spots.bit', 'a pipeline that runs, to change into yours']],
  async run({ operands, terminal, global, folder }) {
    const target = resolve(folder, operands[0] ?? '.');
    await refuseFile(target, { folder });
    const files = starterFiles();
    const taken = await existing(files.map((file) => join(target, file.path)));
    if (taken !== undefined) {
      throw new CommandProblem({
        exit: 2,
        message: `${displayPath(taken, { folder })} is there already; nothing was written`,
        help: 'Name an empty or a new folder: `bit init DIR`.',
      });
    }
    for (const file of files) {
      const path = join(target, file.path);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, file.text, { flag: 'wx' });
    }
    const pipeline = displayPath(join(target, 'spots.bit'), { folder });
    if (global.json) {
      terminal.json({
        format: formats.init,
        folder: target,
        pipeline: join(target, 'spots.bit'),
        files: files.map((file) => file.path),
      });
    } else if (!global.quiet) {
      terminal.out.line(
        `A pipeline and its data are in ${target === folder ? 'this folder' : displayPath(target, { folder })}. Run it:\n\n  ${shellCommand(['bit', 'run', pipeline])}`,
      );
    }
    return 0;
  },
});

/** A file where the folder is to be, or above it. */
async function refuseFile(target: string, options: { readonly folder: string }): Promise<void> {
  for (let at = target; at !== dirname(at); at = dirname(at)) {
    const facts = await stat(at).catch(() => undefined);
    if (facts === undefined) continue;
    if (facts.isDirectory()) return;
    throw new CommandProblem({
      exit: 2,
      message: `${displayPath(at, options)} is a file, so no folder can be made there; nothing was written`,
      help: 'Name an empty or a new folder: `bit init DIR`.',
    });
  }
}

async function existing(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    if ((await stat(path).catch(() => undefined)) !== undefined) return path;
  }
  return undefined;
}

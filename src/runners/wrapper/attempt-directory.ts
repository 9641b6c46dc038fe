import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Launch } from '../../engine/ports/runner.ts';
import { copyReadOnly } from './copy-read-only.ts';
import { invocation, type Place } from './languages.ts';
import { launchFile } from './launch-file.ts';
import { taskJson } from './task-json.ts';

/**
 * Makes an attempt's directory: `task/` with the staged inputs and the folders of outputs, `tmp/`, the script, `task.json`, and `launch`,
 * which the launcher sources. Throws what the file system says; the half-made directory is then the engine's to remove.
 */
export function makeAttemptDirectory(launch: Launch, place: Omit<Place, 'directory'>): void {
  const { directory } = launch;
  const started = invocation(launch, { ...place, directory });
  const text = launchFile(launch, started, place);
  if (text.includes('\0') || started?.files.some((file) => file.text.includes('\0')) === true)
    throw new Error('a value holds a NUL character, which no program can be handed');
  makeAttemptFolder(directory);
  mkdirSync(`${directory}/task`);
  mkdirSync(`${directory}/tmp`);
  for (const folder of launch.folders) mkdirSync(`${directory}/task/${folder}`, { recursive: true });
  if (started !== undefined) {
    writeFileSync(`${directory}/${started.scriptName}`, started.script);
    for (const file of started.files) writeFileSync(`${directory}/${file.name}`, file.text);
  }
  writeFileSync(`${directory}/task.json`, taskJson(launch.document));
  writeFileSync(`${directory}/launch`, text);
  // For an engine that takes the attempt over: this launch file must not stay.
  if ((launch.activation.secrets?.length ?? 0) > 0) writeFileSync(`${directory}/secret`, '');
}

/** Links to the files themselves, links followed: where the task is shown its inputs read-only, that is by where they really lie. */
export function linkInputs(launch: Launch, sources: readonly string[]): void {
  launch.staged.forEach((file, index) => {
    const target = `${launch.directory}/task/${file.target}`;
    const source = sources[index] ?? file.source;
    try {
      symlinkSync(source, target);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      mkdirSync(dirname(target), { recursive: true });
      symlinkSync(source, target);
    }
  });
}

export async function copyInputs(launch: Launch): Promise<'reflink' | 'copy'> {
  let how: 'reflink' | 'copy' = 'reflink';
  for (const file of launch.staged) {
    const target = `${launch.directory}/task/${file.target}`;
    mkdirSync(dirname(target), { recursive: true });
    if ((await copyReadOnly(file.source, target)) === 'copy') how = 'copy';
  }
  return how;
}

export const realSources = (launch: Launch): string[] => launch.staged.map((file) => realpathSync.native(file.source));

/** The directory itself, for its owner alone; one that is there already, made for this attempt, will do. */
export function makeAttemptFolder(directory: string): void {
  try {
    mkdirSync(directory, 0o700);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT') throw error;
    mkdirSync(dirname(directory), { recursive: true, mode: 0o700 });
    mkdirSync(directory, 0o700);
  }
}

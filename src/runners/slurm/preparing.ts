import { renameSync, writeFileSync } from 'node:fs';
import type { Launch } from '../../engine/ports/runner.ts';
import { guardOf } from '../local/isolation.ts';
import { linkInputs, makeAttemptDirectory, realSources } from '../wrapper/attempt-directory.ts';
import { bashQuote } from '../wrapper/bash-quote.ts';
import { execLines, type Place } from '../wrapper/languages.ts';
import { apptainerArguments } from './apptainer-arguments.ts';
import { type Attempt, newAttempt } from './tracked.ts';

/**
 * Makes an attempt's directory, with what a launcher on another machine needs to know: `inputs`, the names of links that it may have to turn
 * into copies, and `limits`, since nobody else looks after the task.
 */
export function prepare(
  launch: Launch,
  options: {
    readonly workFolder: string;
    readonly place: Omit<Place, 'directory'>;
    readonly elsewhere: boolean;
    readonly apptainer: string | undefined;
  },
): Attempt {
  const { directory, timeoutSeconds, resources } = launch;
  const { workFolder } = options;
  const { elsewhere } = options;
  const { container } = launch.activation;
  // In a container no task is a fork of the launcher, which is not in it.
  const { languages } = options.place;
  makeAttemptDirectory(launch, { ...(container === undefined ? options.place : { languages }), elsewhere });
  const guards = new Set<string>();
  const guard = (path: string): void => {
    const found = guardOf(path);
    if (found !== undefined && found !== workFolder) guards.add(found);
  };
  guard(workFolder);
  const sources: string[] = [];
  if (launch.staged.length > 0) {
    sources.push(...realSources(launch));
    linkInputs(launch, sources);
    writeFileSync(`${directory}/inputs`, launch.staged.map(({ target }) => `${target}\0`).join(''));
    for (const source of sources) if (!source.startsWith(`${workFolder}/`)) guard(source);
  }
  if (container !== undefined) {
    renameSync(`${directory}/launch`, `${directory}/inside`);
    writeFileSync(
      `${directory}/launch`,
      containerLaunch(launch, { inputs: [languages, ...sources], apptainer: options.apptainer }),
    );
  }
  if (timeoutSeconds !== undefined || resources.memoryBytes !== undefined) {
    const microseconds = Math.ceil((timeoutSeconds ?? 0) * 1e6);
    writeFileSync(`${directory}/limits`, `${microseconds} ${Math.ceil(resources.memoryBytes ?? 0)}\n`);
  }
  return newAttempt(launch, { hasSecrets: (launch.activation.secrets?.length ?? 0) > 0, guards: [...guards] });
}

/** Becomes the container, in which the launch file proper is then read. Its own variables reach it by the names that Apptainer passes on. */
function containerLaunch(
  launch: Launch,
  of: { readonly inputs: readonly string[]; readonly apptainer: string | undefined },
): string {
  const { directory, activation, resources } = launch;
  const { image = '', network = false, options = [] } = activation.container ?? {};
  const inputs = [...new Set(of.inputs)];
  const argv = (program: string): readonly string[] => [
    ...apptainerArguments({ program, image, directory, inputs, network, gpus: resources.gpus, options }),
    'bash',
    '--norc',
    '--noprofile',
    `${directory}/inside`,
  ];
  const programs = [...(of.apptainer === undefined ? [] : [of.apptainer]), 'singularity'];
  return `for bitl_name in LANG TZ CUDA_VISIBLE_DEVICES; do
  [[ -z \${!bitl_name-} ]] || export "APPTAINERENV_$bitl_name=\${!bitl_name}" "SINGULARITYENV_$bitl_name=\${!bitl_name}"
done
if [[ $bitl_here != "$bitl_directory" ]]; then
  export APPTAINER_BIND=$bitl_here SINGULARITY_BIND=$bitl_here APPTAINERENV_bitl_here=$bitl_here SINGULARITYENV_bitl_here=$bitl_here
fi
${programs.map((program) => `if [[ -n $(type -P -- ${bashQuote(program)}) ]]; then\n${execLines(argv(program), directory)}fi\n`).join('')}${execLines(argv('apptainer'), directory)}`;
}

import { bashArray, bashQuote } from '../wrapper/bash-quote.ts';
import { launcherVariables } from '../wrapper/launch-file.ts';

/** The script that Slurm copies to each node: what job.bash has to know, and that file. Needs bash and coreutils there. */
export function jobScript(of: {
  readonly batchFolder: string;
  readonly workFolder: string;
  readonly wrapper: string;
  readonly guards: readonly string[];
  readonly scratch: string | undefined;
  /** Files come late to this machine: records say what to wait for. */
  readonly listed: boolean;
}): string {
  const words = ['alone', `marks=${of.batchFolder}/ended`, ...(of.listed ? ['listed'] : [])];
  // Without -p it would read what BASH_ENV names, which some sites set to something slow.
  return `#!/bin/bash -p
bitl_batch=${bashQuote(of.batchFolder)}
bitl_work=${bashQuote(of.workFolder)}
bitl_wrapper=${bashQuote(of.wrapper)}
bitl_words=${bashArray(words)}
bitl_guards=${bashArray(of.guards)}
bitl_scratch=${of.scratch === undefined ? '' : withVariables(of.scratch)}
bitl_variables=${bashArray(Object.entries(launcherVariables).map(([name, value]) => `${name}=${value}`))}
. "$bitl_wrapper/job.bash"
`;
}

/** A text in which \`$NAME\` and \`\${NAME}\` stand for variables of the job and nothing else stands for anything. */
export function withVariables(text: string): string {
  return text
    .split(/(\$\w+|\$\{\w+\})/)
    .map((part, at) => (at % 2 === 1 ? `"${part}"` : part === '' ? '' : bashQuote(part)))
    .join('');
}

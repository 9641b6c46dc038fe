import type { Explanation } from '../diagnostics/diagnostic.ts';
import type { Outcome } from '../engine/ports/outcome.ts';

/** The code that each way of failing is shown under, BIT65xx. */
export const failureCodes: Readonly<Record<Outcome, string>> = {
  exit: 'BIT6501',
  signal: 'BIT6502',
  oom: 'BIT6503',
  timeout: 'BIT6504',
  lost: 'BIT6505',
  preempted: 'BIT6506',
  'invalid-output': 'BIT6507',
  'input-changed': 'BIT6508',
  'not-started': 'BIT6509',
  cancelled: 'BIT6510',
  // No message is ever made of a success.
  succeeded: 'BIT6501',
};

const rerun =
  'The message ends with the directory of the attempt, where `stdout`, `stderr` and everything the script made still lie, and with the command that runs this one task again by hand.';

export const failureExplanations: readonly Explanation[] = [
  {
    code: 'BIT6501',
    title: 'A task ended with an exit status other than 0',
    text: `The script or program said that it failed. Its own last words stand in the message. ${rerun} After a correction the same \`bit run\` runs only what depends on it. Processes that may fail now and then can say \`retry 2 on exit(1)\`; \`on_error quarantine\` sets the item aside and lets the others go on.`,
  },
  {
    code: 'BIT6502',
    title: 'A task was ended by a signal',
    text: `Something outside the script ended it, or it crashed: SIGSEGV and SIGABRT are crashes of a program, SIGKILL is most often the system's answer to a lack of memory, SIGTERM a request to stop. ${rerun}`,
  },
  {
    code: 'BIT6503',
    title: 'A task ran out of memory',
    text: 'It used more memory than its `resources { memory: … }` allow, or than the machine had. Ask for more, or let a retry do so: `memory: 4 GB * attempt` with `retry 2 on oom`.',
  },
  {
    code: 'BIT6504',
    title: 'A task took longer than it may',
    text: 'Its `resources { time: … }` were over, so it was ended. Ask for more time, or let a retry do so: `time: 1 h * attempt` with `retry 1 on timeout`.',
  },
  {
    code: 'BIT6505',
    title: 'A task disappeared without a result',
    text: 'Nothing of it runs any more and it left no exit record: the machine went down, or somebody ended the processes around it. The same `bit run` runs it again.',
  },
  {
    code: 'BIT6506',
    title: 'A task was taken off its machine',
    text: 'A scheduler gave the machine to somebody else. The same `bit run` runs it again; `retry 3 on any` does so by itself.',
  },
  {
    code: 'BIT6507',
    title: 'A task made something other than its outputs say',
    text: `It exited 0, but an output is missing, empty, damaged, of another format or shape than its type says, or leads outside the task's directory. The message names the output and what was found. ${rerun}`,
  },
  {
    code: 'BIT6508',
    title: "A task's input changed",
    text: 'Inputs are read-only: a script that alters one fails, and so does a task whose source file was changed by somebody else while it ran, because its result would belong to neither version. Write to the output instead, or run again once the file is at rest.',
  },
  {
    code: 'BIT6509',
    title: 'A task could not be started',
    text: 'Its interpreter or program is not there or may not be executed, or its directory could not be made. `bit doctor` says what this machine can run, `bit env list FILE` what the pipeline needs.',
  },
  {
    code: 'BIT6510',
    title: 'A task was cancelled',
    text: 'The run was interrupted, or stopped because another task failed. The same `bit run` goes on from there.',
  },
];

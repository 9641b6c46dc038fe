import { type Flags, globalFlags } from './verb.ts';

/** What `run` and `plan` both take: what is to be made, and where it goes. */
export const planFlags = {
  params: { kind: 'text', value: 'FILE', help: 'params from a JSON or TOML file; flags are stronger' },
  outdir: { kind: 'text', value: 'DIR', help: 'where published files go: results/ unless said' },
  runner: {
    kind: 'text',
    value: 'WHERE',
    choices: ['local', 'docker', 'slurm'],
    help: 'local, docker or slurm: for processes that settings send nowhere else',
  },
  'no-cache': { kind: 'switch', help: 'run every task again, and store what it makes' },
  fresh: { kind: 'list', value: 'PROCESS|CALL', help: 'run its tasks again' },
  only: { kind: 'list', value: 'PROCESS|CALL', help: 'this and what it needs, nothing else' },
  stub: { kind: 'switch', help: 'run the stub scripts of processes that have one' },
} as const satisfies Flags;

export const runFlags = {
  ...planFlags,
  cpus: { kind: 'text', value: 'N', help: 'cores to use at once' },
  memory: { kind: 'text', value: 'SIZE', help: 'memory to use at once, `8 GB`' },
  'on-error': {
    kind: 'text',
    value: 'HOW',
    choices: ['fail', 'finish', 'quarantine'],
    help: 'after a failure, where a process does not say: fail, finish or quarantine',
  },
  grace: { kind: 'text', value: 'TIME', help: 'between asking a task to end and ending it, `10 s`' },
  prune: { kind: 'switch', help: 'remove published files of items that are no longer made' },
  verify: { kind: 'switch', help: 'digest every reused result instead of trusting its stat' },
  strict: { kind: 'switch', help: 'exit 1 on warnings and items set aside too' },
  events: { kind: 'switch', help: 'print each event as a line of JSON' },
  name: { kind: 'text', value: 'NAME', help: 'a name for this run, for `bit log`' },
  tag: { kind: 'list', value: 'KEY=VALUE', help: 'a tag for this run' },
} as const satisfies Flags;

/** Names that a param may not have, because the command line means something else by them; also those of flags to come. */
export const reservedParams: readonly string[] = [
  ...new Set(
    [...Object.keys(globalFlags), ...Object.keys(runFlags), 'graph', 'all', 'watch', 'report'].map((name) =>
      name.replaceAll('-', '_'),
    ),
  ),
];

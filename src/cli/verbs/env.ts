import { basename } from 'node:path';
import type { BuiltEnvironment, Environments, ResolvedEnvironment } from '../../engine/ports/environments.ts';
import { EnvironmentFailure, listEnvironments, pruneEnvironments } from '../../runners/environment/index.ts';
import { layoutOf } from '../../store/layout.ts';
import { bytesInWords } from '../../util/bytes-in-words.ts';
import { unreachable } from '../../util/unreachable.ts';
import { openPlacedEnvironments } from '../compose.ts';
import { formats } from '../formats.ts';
import { columns } from '../help.ts';
import { readProcesses } from '../pipeline.ts';
import { CommandProblem, DiagnosticProblem } from '../problem.ts';
import { buildingLine, readyLine } from '../reporters/environment-lines.ts';
import { placementOf } from '../settings/placement.ts';
import { loadSettings } from '../settings/settings.ts';
import { existingStore, storeFor } from '../store-folder.ts';
import { defineVerb, type Invocation } from '../verb.ts';

const actions = ['list', 'build', 'lock', 'prune'] as const;

const flags = {
  all: { kind: 'switch', help: 'prune: every environment that is not in use at this moment' },
} as const;

export const verb = defineVerb({
  name: 'env',
  summary: 'the software environments of pipelines: list, build, lock, prune',
  details: [
    'list    what the processes of FILE need and whether it is there; without FILE, what lies in the store',
    'build   makes what is missing, so that a run need not',
    'lock    the versions that were resolved, which are part of every key',
    'prune   removes environments that none of the FILEs needs; asked for again they come back with the same versions',
  ].join('\n'),
  operands: [
    { name: 'ACTION', how: 'required', choices: actions, help: 'list, build, lock or prune', complete: actions },
    { name: 'FILE', how: 'any', help: 'pipelines', complete: 'pipeline' },
  ],
  flags,
  examples: [
    ['bit env list cells.bit', 'what each process needs'],
    ['bit env build cells.bit', 'before going offline'],
    ['bit env prune cells.bit', 'keep what cells.bit needs, remove the rest'],
  ],
  async run(invocation) {
    const action = actions.find((name) => name === invocation.operands[0]) ?? 'list';
    const pipelines = await readProcesses(invocation, { from: 1 });
    const [first] = pipelines;
    if (action === 'prune') return prune(invocation, pipelines);
    if (first === undefined) {
      if (action === 'list') return listStored(invocation);
      throw new CommandProblem({
        exit: 2,
        message: `\`bit env ${action}\` needs a pipeline`,
        help: `For example: \`bit env ${action} cells.bit\``,
      });
    }
    const environments = await environmentsOf(invocation, pipelines);
    const resolved = await environments.resolve(pipelines.flatMap((pipeline) => pipeline.processes));
    if (action === 'list') return listNeeded(invocation, resolved);
    const built = await build(invocation, { environments, resolved });
    return action === 'build' ? showBuilt(invocation, built) : showLocks(invocation, built);
  },
});

type Pipelines = Awaited<ReturnType<typeof readProcesses>>;

type Built = readonly { readonly process: string; readonly environment: BuiltEnvironment }[];

async function environmentsOf(invocation: Invocation<typeof flags>, pipelines: Pipelines): Promise<Environments> {
  const path = pipelines[0]?.path ?? invocation.folder;
  const settings = await loadSettings(invocation, { beside: path.replace(/\/[^/]*$/, '') });
  const { values } = settings;
  const store = storeFor(path, { said: values.store });
  return openPlacedEnvironments(layoutOf(store).environments, {
    offline: values.offline === 'true',
    placement: placementOf(settings),
  });
}

async function listStored(invocation: Invocation<typeof flags>): Promise<number> {
  const { terminal, global } = invocation;
  const stored = await listEnvironments(layoutOf(await existingStore(invocation, { remembered: true })).environments);
  if (global.json) {
    terminal.json({
      format: formats.environments,
      environments: stored.map(({ name, folder, kind, bytes, packages, python, builtAt }) => ({
        name,
        folder,
        kind,
        bytes,
        packages,
        python: python ?? null,
        builtAt,
      })),
    });
    return 0;
  }
  if (stored.length === 0) terminal.out.line('No environment is built in this store.');
  for (const { name, bytes, packages, python, builtAt } of stored) {
    const { dim } = terminal.out.colors;
    const what = [bytesInWords(bytes), ...(python === undefined ? [] : [`Python ${python}`]), packages.join(', ')];
    terminal.out.line(`${[name, ...what, dim(builtAt)].join('  ')}`);
  }
  return 0;
}

function listNeeded(invocation: Invocation<typeof flags>, resolved: readonly ResolvedEnvironment[]): number {
  const { terminal, global } = invocation;
  if (global.json) {
    terminal.json({
      format: formats.environments,
      processes: resolved.map((one) => ({
        process: one.process.name,
        state: one.state,
        name: one.state === 'missing' ? null : one.name,
        problems: one.diagnostics.map(({ code, message, help }) => ({ code, message, help })),
      })),
    });
    return 0;
  }
  const { cyan, red, yellow, green } = terminal.out.colors;
  const rows = resolved.map((one) => {
    switch (one.state) {
      case 'ready':
        return [one.process.name, `${green('ready')}    ${one.name}`] as const;
      case 'unbuilt':
        return [one.process.name, `${yellow('unbuilt')}  ${one.name}`] as const;
      case 'missing':
        return [
          one.process.name,
          `${red('missing')}  ${one.diagnostics.map(({ message, help }) => `${message}. ${help}`).join(' ')}`,
        ] as const;
      default:
        return unreachable(one);
    }
  });
  terminal.out.line(rows.length === 0 ? 'The pipeline calls no process.' : columns(rows, { paint: cyan }).join('\n'));
  return 0;
}

/** Makes what is not there. What is missing on the machine, or cannot be installed, is a diagnostic at its process. */
async function build(
  invocation: Invocation<typeof flags>,
  options: { readonly environments: Environments; readonly resolved: readonly ResolvedEnvironment[] },
): Promise<Built> {
  const { terminal, global } = invocation;
  const missing = options.resolved.flatMap((one) => (one.state === 'missing' ? one.diagnostics : []));
  if (missing.length > 0) throw new DiagnosticProblem(missing, { exit: 3 });
  const begun = new Set<string>();
  const built: { process: string; environment: BuiltEnvironment }[] = [];
  for (const one of options.resolved) {
    const shown =
      one.state === 'unbuilt' && !global.quiet && !begun.has(one.name) ? `environment ${one.name}` : undefined;
    if (one.state === 'unbuilt') begun.add(one.name);
    if (one.state === 'unbuilt' && shown !== undefined) terminal.err.line(`${shown}: ${buildingLine(one.describe)}`);
    try {
      const environment = await options.environments.build(one, (line) => {
        if (!global.quiet && terminal.err.interactive) terminal.err.line(`  ${line}`);
      });
      if (shown !== undefined) terminal.err.line(`${shown}: ${readyLine}`);
      built.push({ process: one.process.name, environment });
    } catch (error) {
      if (error instanceof EnvironmentFailure) throw new DiagnosticProblem([error.diagnostic], { exit: 3 });
      throw error;
    }
  }
  return built;
}

function showBuilt(invocation: Invocation<typeof flags>, built: Built): number {
  const { terminal, global } = invocation;
  if (global.json) {
    terminal.json({
      format: formats.environments,
      processes: built.map(({ process, environment }) => ({
        process,
        state: 'ready',
        name: environment.name,
        problems: [],
      })),
    });
  } else if (!global.quiet) {
    terminal.out.line(
      columns(
        built.map(({ process, environment }) => [process, `ready  ${environment.name}`] as const),
        { paint: terminal.out.colors.cyan },
      ).join('\n'),
    );
  }
  return 0;
}

/** Processes with the same environment are named together, above what it holds. */
function showLocks(invocation: Invocation<typeof flags>, built: Built): number {
  const { terminal, global } = invocation;
  const groups = [...Map.groupBy(built, ({ environment }) => JSON.stringify(environment.identity)).values()];
  if (global.json) {
    terminal.json({
      format: formats.environments,
      locks: groups.map((group) => ({
        processes: group.map(({ process }) => process),
        name: group[0]?.environment.name ?? '',
        identity: (group[0]?.environment.identity ?? []).map(([part, value]) => ({ part, value })),
      })),
    });
    return 0;
  }
  const blocks = groups.map((group) =>
    [
      `# ${group.map(({ process }) => process).join(', ')}`,
      ...(group[0]?.environment.identity ?? []).flatMap(([part, value]) =>
        part === 'pip' || part === 'conda' ? value.trimEnd().split('\n') : [`# ${part}: ${value}`],
      ),
    ].join('\n'),
  );
  terminal.out.line(blocks.join('\n\n'));
  return 0;
}

async function prune(invocation: Invocation<typeof flags>, pipelines: Pipelines): Promise<number> {
  const { terminal, global } = invocation;
  const [first] = pipelines;
  if (first === undefined && !invocation.flags.all) {
    throw new CommandProblem({
      exit: 2,
      message: '`bit env prune` needs the pipelines whose environments are to be kept',
      help: 'Name them: `bit env prune cells.bit`; or remove all with `bit env prune --all`.',
    });
  }
  const store = await existingStore(
    invocation,
    first === undefined ? {} : { from: first.path.replace(/\/[^/]*$/, '') },
  );
  const { environments: folder } = layoutOf(store);
  const stored = await listEnvironments(folder);
  const needed =
    first === undefined
      ? []
      : await openPlacedEnvironments(folder, {
          offline: true,
          placement: placementOf(await loadSettings(invocation, { beside: first.path.replace(/\/[^/]*$/, '') })),
        }).resolve(pipelines.flatMap((pipeline) => pipeline.processes));
  const inUse = needed.flatMap((one) => {
    if (one.state !== 'ready') return [];
    const { variables, container } = one.activation;
    return [variables.VIRTUAL_ENV, variables.CONDA_PREFIX, container?.image].filter((path) => path !== undefined);
  });
  // Images are for the cluster: only those who are about to run there can say which they need.
  const judgesImages = first === undefined || needed.some((one) => one.state !== 'missing' && one.runner === 'slurm');
  const keep = new Set(
    stored
      .filter(
        (one) =>
          (one.kind === 'image' && !judgesImages) || inUse.some((path) => `${path}/`.startsWith(`${one.folder}/`)),
      )
      .map((one) => basename(one.folder)),
  );
  const { removed, bytes } = await pruneEnvironments(folder, { keep });
  if (global.json) terminal.json({ format: formats.environments, removed, bytes });
  else if (!global.quiet) {
    terminal.out.line(
      removed.length === 0
        ? 'Nothing to remove.'
        : `Removed ${removed.length} ${removed.length === 1 ? 'environment' : 'environments'}, ${bytesInWords(bytes)}: ${removed.join(', ')}`,
    );
  }
  return 0;
}

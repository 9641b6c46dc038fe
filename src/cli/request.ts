import { dirname } from 'node:path';
import type { RunOptions } from '../engine/index.ts';
import { type Placement, whoRuns } from './compose.ts';
import { loadPipeline, type Pipeline, refuseUnknownCalls } from './pipeline.ts';
import { printDiagnostics } from './print-problems.ts';
import { DiagnosticProblem } from './problem.ts';
import type { planFlags, runFlags } from './run-flags.ts';
import { placementOf } from './settings/placement.ts';
import { loadSettings, type Settings } from './settings/settings.ts';
import { unusedTables } from './settings/unused-tables.ts';
import { storeFor } from './store-folder.ts';
import { usageErrors } from './usage-errors.ts';
import type { Flags, Invocation } from './verb.ts';

/** A command that names a pipeline, read to the end: program, settings, and what the engine is to do. */
export interface PipelineRequest {
  readonly pipeline: Pipeline;
  readonly settings: Settings;
  /** Absolute. */
  readonly store: string;
  readonly outdir: string;
  readonly options: RunOptions;
  readonly placement: Placement;
}

/** Of `bit plan`: as `bit run` with these flags would do it. */
export function planRequest(
  invocation: Invocation<typeof planFlags>,
  options: { readonly flags: Flags },
): Promise<PipelineRequest> {
  return readRequest(invocation, { flags: options.flags, example: 'bit plan cells.bit' });
}

export async function runRequest(
  invocation: Invocation<typeof runFlags>,
  options: { readonly flags: Flags },
): Promise<PipelineRequest> {
  const { flags } = invocation;
  const tags = readTags(invocation);
  refuseName(invocation);
  refuseTwoForms(invocation);
  const request = await readRequest(invocation, {
    flags: options.flags,
    example: 'bit run cells.bit',
    settings: {
      cpus: { text: flags.cpus, at: invocation.places('cpus')[0] },
      memory: { text: flags.memory, at: invocation.places('memory')[0] },
      on_error: { text: flags['on-error'], at: invocation.places('on-error')[0] },
      grace: { text: flags.grace, at: invocation.places('grace')[0] },
    },
  });
  return {
    ...request,
    options: {
      ...request.options,
      prune: flags.prune,
      verify: flags.verify,
      tags,
      ...(flags.name !== undefined && { name: flags.name }),
    },
  };
}

async function readRequest(
  invocation: Invocation<typeof planFlags>,
  given: {
    readonly flags: Flags;
    readonly example: string;
    readonly settings?: Parameters<typeof loadSettings>[1]['flags'];
  },
): Promise<PipelineRequest> {
  const { flags } = invocation;
  const pipeline = await loadPipeline(invocation, {
    flags: given.flags,
    example: given.example,
    paramsFile: flags.params,
  });
  const settings = await loadSettings(invocation, {
    beside: dirname(pipeline.path),
    flags: {
      ...given.settings,
      outdir: { text: flags.outdir, at: invocation.places('outdir')[0] },
      runner: { text: flags.runner, at: invocation.places('runner')[0] },
    },
  });
  const { values } = settings;
  const placement = placementOf(settings);
  const unused = await unusedTables(settings, pipeline);
  if (unused.length > 0 && !invocation.global.json)
    await printDiagnostics(unused, { terminal: invocation.terminal, json: false });
  for (const flag of ['only', 'fresh'] as const) {
    const places = invocation.places(flag);
    refuseUnknownCalls(
      pipeline.program,
      flags[flag].flatMap((text, index) => (places[index] === undefined ? [] : [{ text, at: places[index] }])),
    );
  }
  return {
    pipeline,
    settings,
    store: storeFor(pipeline.path, { said: values.store }),
    placement,
    outdir: values.outdir,
    options: {
      onError: values.on_error,
      cache: !flags['no-cache'],
      fresh: flags.fresh,
      only: flags.only,
      stub: flags.stub,
      fetch: 'all',
      prune: false,
      verify: false,
      tags: {},
      limits: {
        ...(values.cpus !== undefined && { cpus: values.cpus }),
        ...(values.memory !== undefined && { memoryBytes: values.memory }),
      },
      argv: ['bit', ...invocation.commandLine.words.map((word) => word.text)],
      graceSeconds: values.grace / 1000,
      settingsOf: placement.settingsOf,
      identity: whoRuns(),
    },
  };
}

/** `bit show latest` is the newest run, whatever its name. */
function refuseName(invocation: Invocation<typeof runFlags>): void {
  const { name } = invocation.flags;
  const [at] = invocation.places('name');
  if (at === undefined || name === undefined) return;
  const why = name === 'latest' ? 'it stands for the newest run' : name.trim() === '' ? 'it is empty' : undefined;
  if (why !== undefined) throw new DiagnosticProblem([usageErrors.reservedName(at, { name, why })]);
}

function refuseTwoForms(invocation: Invocation<typeof runFlags>): void {
  const [at] = invocation.places('events');
  if (!invocation.global.json || !invocation.flags.events || at === undefined) return;
  throw new DiagnosticProblem([
    usageErrors.together(at, {
      flags: ['--json', '--events'],
      help: 'Choose one: `--events` prints a line of JSON for each event while it runs, `--json` one document at the end.',
    }),
  ]);
}

/** `--tag kind=test`: a tag of the run, for `bit log`. */
function readTags(invocation: Invocation<typeof runFlags>): Record<string, string> {
  const places = invocation.places('tag');
  const wrong = invocation.flags.tag.findIndex((text) => !/^[A-Za-z_][A-Za-z0-9_]*=/.test(text));
  const at = places[wrong];
  if (at !== undefined) {
    const text = invocation.flags.tag[wrong] ?? '';
    throw new DiagnosticProblem([
      usageErrors.badValue(at, { what: '--tag', text, expected: 'a name and a value', example: '--tag batch=3' }),
    ]);
  }
  return Object.fromEntries(
    invocation.flags.tag.map((text) => {
      const equals = text.indexOf('=');
      return [text.slice(0, equals), text.slice(equals + 1)];
    }),
  );
}

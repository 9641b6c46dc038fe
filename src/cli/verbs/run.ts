import { dirname, join } from 'node:path';
import type { RunSummary } from '../../engine/index.ts';
import { storeProblem } from '../../store/problem.ts';
import { runDocument } from '../documents.ts';
import { exitBeforeStart } from '../exit-before-start.ts';
import { type Interruption, listenForInterruption } from '../interruption.ts';
import { rememberStore } from '../known-stores.ts';
import { refuseOutdir } from '../outdir.ts';
import { printPipelineHelp } from '../params-help.ts';
import { printDiagnostics } from '../print-problems.ts';
import { asideLine, failureDiagnostic, failuresShownWhole } from '../reporters/failure-report.ts';
import { eventReporter, type Reporter, silentReporter } from '../reporters/reporter.ts';
import { summaryLines } from '../reporters/summary.ts';
import { type PipelineRequest, runRequest } from '../request.ts';
import { runFlags } from '../run-flags.ts';
import { remoteSettings } from '../settings/remote-settings.ts';
import { shellCommand } from '../shell-word.ts';
import { displayPath } from '../source-host.ts';
import { defineVerb, type Invocation, type Verb } from '../verb.ts';

const flags = runFlags;

/** Of items set aside, where no line told of each while it happened. */
const linesShown = 20;

export const verb: Verb = defineVerb({
  name: 'run',
  summary: 'run a pipeline: plan, reuse what is known, execute, publish',
  details:
    'Running the same command again goes on where it stopped, and reuses every result that is still right: there is no resume flag. Each param of the pipeline is a flag; `bit run FILE --help` lists them.',
  operands: [{ name: 'FILE', how: 'required', help: 'a pipeline, `cells.bit`', complete: 'pipeline' }],
  flags,
  openFlags: true,
  examples: [
    ['bit run cells.bit', 'with its defaults'],
    ["bit run cells.bit --raw 'night/{cell}_t{time:Int}.tif' --outdir night", 'with other data'],
    ['bit run cells.bit --only segment --fresh segment', 'one process again, with what it needs'],
  ],
  async run(invocation) {
    if (invocation.help) return printPipelineHelp(verb, invocation);
    const request = await runRequest(invocation, { flags });
    await refuseOutdir(resultsOf(request), { folder: invocation.folder });
    const reporter = await openReporter(invocation, request);
    const interruption = listenForInterruption({
      onDrain: () =>
        reporter.say(
          `Stopping: nothing new is started, and what runs has ${request.options.graceSeconds} s to end. Ctrl-C again ends it now.`,
        ),
      onKill: () => reporter.say('Ending everything now.'),
      onLeave: () => reporter.close(),
    });
    try {
      const summary = await execute(request, { reporter, interruption, environment: invocation.environment });
      await rememberStore(
        [
          { kind: 'pipeline', folder: dirname(request.pipeline.path) },
          ...(summary.published.length === 0 ? [] : [{ kind: 'outdir', folder: request.outdir } as const]),
        ],
        { store: request.store, environment: invocation.environment },
      );
      reporter.close();
      const silent = invocation.flags.events || invocation.global.quiet;
      await report(summary, { invocation, request, silent });
      return exitStatus(summary, { strict: invocation.flags.strict, request, interruption });
    } finally {
      reporter.close();
      interruption.close();
    }
  },
});

/** Where published files go: what stubs make stays apart, in a folder that says so. */
const resultsOf = (request: PipelineRequest): string =>
  request.options.stub ? join(request.outdir, 'stub') : request.outdir;

async function execute(
  request: PipelineRequest,
  options: {
    readonly reporter: Reporter;
    readonly interruption: Interruption;
    readonly environment: Readonly<Record<string, string | undefined>>;
  },
): Promise<RunSummary> {
  const { reporter, interruption } = options;
  const [{ openWorld }, { run }] = await Promise.all([import('../compose.ts'), import('../../engine/index.ts')]);
  const world = await openWorld({
    store: request.store,
    cpus: request.options.limits.cpus,
    offline: request.settings.values.offline === 'true',
    database: request.settings.values.database,
    placement: request.placement,
    remote: remoteSettings(request.settings.values),
    environment: options.environment,
  });
  try {
    return await run({
      program: request.pipeline.program,
      pipeline: request.pipeline.path,
      outdir: request.outdir,
      workFolder: world.workFolder,
      options: request.options,
      ports: world.ports,
      onEvent: reporter.onEvent,
      onNotice: reporter.onNotice,
      signals: { drain: interruption.drain, kill: interruption.kill },
    });
  } catch (error) {
    // Attempts' directories and launchers' files lie beside the store: a disk that is full there is as full as the store's.
    throw storeProblem(error, { path: world.workFolder, doing: 'prepare tasks' });
  } finally {
    await world.close();
  }
}

async function openReporter(invocation: Invocation<typeof flags>, request: PipelineRequest): Promise<Reporter> {
  const { terminal, global } = invocation;
  const now = (): number => performance.now();
  const say = (line: string): void => terminal.err.line(line);
  if (invocation.flags.events) return eventReporter({ write: terminal.out.write, say });
  if (global.json || global.quiet) return silentReporter({ say });
  if (terminal.err.interactive) {
    const { liveReporter } = await import('../reporters/live.ts');
    return liveReporter({ pipeline: request.pipeline.shown, output: terminal.err, stream: process.stderr, now });
  }
  const { plainReporter } = await import('../reporters/plain.ts');
  return plainReporter({ output: terminal.err, now });
}

/** What happened: wrong inputs and failures under the lines they are about, on stderr; results on stdout. */
async function report(
  summary: RunSummary,
  options: {
    readonly invocation: Invocation<typeof flags>;
    readonly request: PipelineRequest;
    /** No line was said while it ran. */
    readonly silent: boolean;
  },
): Promise<void> {
  const { invocation, request } = options;
  const { terminal, global, folder } = invocation;
  if (summary.status === 'not-started') return printDiagnostics(summary.diagnostics, { terminal, json: global.json });
  const display = (path: string): string => displayPath(path, { folder });
  const troubles = [
    ...summary.diagnostics,
    ...summary.quarantined
      .slice(0, 1)
      .map((failure) => failureDiagnostic(failure, { program: request.pipeline.program, display, aside: true })),
    ...summary.failures
      .slice(0, failuresShownWhole)
      .map((failure) => failureDiagnostic(failure, { program: request.pipeline.program, display, aside: false })),
  ];
  if (global.json) return terminal.json(runDocument(summary));
  if (troubles.length > 0) {
    terminal.err.line();
    await printDiagnostics(troubles, { terminal, json: false });
  }
  const { silent } = options;
  const aside = summary.quarantined.slice(1);
  if (silent) for (const failure of aside.slice(0, linesShown)) terminal.err.line(asideLine(failure, terminal.err));
  const unsaid = silent ? aside.length - linesShown : aside.length;
  if (unsaid > 0)
    terminal.err.line(
      `\n${unsaid} more ${unsaid === 1 ? 'was' : 'were'} set aside: \`bit show ${summary.run ?? ''}\` lists them.`,
    );
  const hidden = Math.max(0, summary.failures.length - failuresShownWhole);
  if (hidden > 0) terminal.err.line(`\n${hidden} more failed: \`bit show ${summary.run ?? ''}\` lists them.`);
  const { red, bold } = terminal.err.colors;
  for (const problem of summary.problems) {
    const place =
      problem.file === undefined
        ? ''
        : ` (${display(problem.file)}${problem.line === undefined ? '' : `:${problem.line}`})`;
    terminal.err.line(`\n${red(bold('error'))} ${bold(problem.code)}  ${problem.message}${place}\n  ${problem.help}`);
  }
  for (const assertion of summary.assertions.filter((one) => !one.holds)) {
    const tags = Object.entries(assertion.tags).map(([name, value]) => `${name}=${value}`);
    terminal.err.line(
      `\n${red(bold('error'))}  ${assertion.message}${tags.length === 0 ? '' : ` [${tags.join(', ')}]`}\n  \`assert ${assertion.text}\` does not hold (${display(assertion.file)}:${assertion.line})`,
    );
  }
  if (global.quiet) return;
  const output = invocation.flags.events ? terminal.err : terminal.out;
  const lines = summaryLines(
    { ...summary, stale: summary.stale.map(display) },
    {
      colors: output.colors,
      outdir: display(resultsOf(request)),
      stub: request.options.stub,
      command: shellCommand(request.options.argv),
    },
  );
  output.line(lines.join('\n'));
}

async function exitStatus(
  summary: RunSummary,
  options: { readonly strict: boolean; readonly request: PipelineRequest; readonly interruption: Interruption },
): Promise<number> {
  const { strict, request, interruption } = options;
  switch (summary.status) {
    case 'not-started':
      return exitBeforeStart(summary.diagnostics);
    case 'cancelled':
      return interruption.exitStatus() ?? 1;
    case 'failed':
      return 1;
    case 'succeeded': {
      const spotless =
        summary.quarantined.length === 0 &&
        [...summary.diagnostics, ...request.pipeline.warnings].every(({ severity }) => severity === 'info');
      return strict && !spotless ? 1 : 0;
    }
  }
}

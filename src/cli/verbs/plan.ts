import { planDocument } from '../documents.ts';
import { exitBeforeStart } from '../exit-before-start.ts';
import { formats } from '../formats.ts';
import { dataflow } from '../graph/dataflow.ts';
import { printPipelineHelp } from '../params-help.ts';
import { planText } from '../plan-text.ts';
import { printDiagnostics } from '../print-problems.ts';
import { plainReporter } from '../reporters/plain.ts';
import { type PipelineRequest, planRequest } from '../request.ts';
import { planFlags } from '../run-flags.ts';
import { remoteSettings } from '../settings/remote-settings.ts';
import { defineVerb, type Invocation, type Verb } from '../verb.ts';

const graphs = ['mermaid', 'dot', 'svg', 'json'] as const;

const flags = {
  ...planFlags,
  graph: {
    kind: 'text',
    value: 'FORM',
    choices: graphs,
    help: 'the pipeline as a drawing instead: mermaid, dot, svg or json',
  },
  all: { kind: 'switch', help: 'name every task' },
  fetch: { kind: 'switch', help: 'bring remote data into the store first, where they are not there yet' },
} as const;

export const verb: Verb = defineVerb({
  name: 'plan',
  summary: 'what a run would do, and why, without doing it',
  details:
    'A true dry run: the same sources, keys and lookups as `bit run` with the same flags. Nothing is written but remembered digests of files; with `--fetch`, remote data come into the store.',
  operands: [{ name: 'FILE', how: 'required', help: 'a pipeline, `cells.bit`', complete: 'pipeline' }],
  flags,
  openFlags: true,
  examples: [
    ['bit plan cells.bit', 'which tasks would run, and why'],
    ['bit plan cells.bit --graph svg > cells.svg', 'the pipeline drawn'],
  ],
  async run(invocation) {
    const { terminal, global } = invocation;
    const { colors } = terminal.out;
    if (invocation.help) return printPipelineHelp(verb, invocation);
    const request = await planRequest(invocation, { flags });
    if (invocation.flags.graph !== undefined) return drawGraph(invocation, request);
    const report = await makePlan(request, { fetch: invocation.flags.fetch, invocation });
    const errors = report.diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
    if (report.diagnostics.length > 0 && !(global.json && errors.length === 0)) {
      await printDiagnostics(report.diagnostics, { terminal, json: global.json });
    }
    if (errors.length > 0) return exitBeforeStart(errors);
    if (global.json) terminal.json(planDocument(report));
    else terminal.out.line(planText(report, { colors, all: invocation.flags.all }));
    return 0;
  },
});

async function makePlan(
  request: PipelineRequest,
  { fetch, invocation }: { readonly fetch: boolean; readonly invocation: Invocation<typeof flags> },
) {
  const [{ openPlanningWorld }, { plan }] = await Promise.all([
    import('../compose.ts'),
    import('../../engine/index.ts'),
  ]);
  const world = await openPlanningWorld({
    store: request.store,
    offline: request.settings.values.offline === 'true',
    placement: request.placement,
    fetch,
    remote: remoteSettings(request.settings.values),
    environment: invocation.environment,
  });
  const silent = invocation.global.quiet || invocation.global.json;
  const reporter = silent
    ? undefined
    : plainReporter({ output: invocation.terminal.err, now: () => performance.now() });
  try {
    return await plan({
      program: request.pipeline.program,
      pipeline: request.pipeline.path,
      outdir: request.outdir,
      options: { ...request.options, fetch: fetch ? 'all' : 'none' },
      ports: world.ports,
      onNotice: (notice) => {
        if (notice.kind === 'fetching' || notice.kind === 'phase') reporter?.onNotice(notice);
      },
    });
  } finally {
    reporter?.close();
    await world.close();
  }
}

async function drawGraph(invocation: Invocation<typeof flags>, request: PipelineRequest): Promise<number> {
  const { terminal, global } = invocation;
  const graph = dataflow(request.pipeline.program);
  const form = global.json ? 'json' : (invocation.flags.graph ?? 'mermaid');
  switch (form) {
    case 'json':
      terminal.json({ format: formats.graph, ...graph });
      return 0;
    case 'mermaid':
    case 'dot': {
      const text = await import('../graph/text-graphs.ts');
      terminal.out.line(text[form](graph));
      return 0;
    }
    case 'svg': {
      const { svg } = await import('../graph/svg.ts');
      terminal.out.line(svg(graph));
      return 0;
    }
  }
}

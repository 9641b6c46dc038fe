import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { type Program, quantityText } from '../../parser/index.ts';
import { blake3 } from '../../util/blake3.ts';
import type { Digest } from '../../util/brand.ts';
import { createFlow } from '../plan/flow.ts';
import { type LoadedSources, loadSources } from '../plan/load-sources.ts';
import { paramValues } from '../plan/param-values.ts';
import { retractedInputs } from '../plan/retracted-inputs.ts';
import type { Flow, FlowStep } from '../plan/step.ts';
import { isFile, isList, isQuantity, isRecord, type Value } from '../ports/value.ts';
import { type Preparation, prepareProcesses, programDigest } from './preparation.ts';
import type { RunRequest } from './request.ts';

/** Everything that is known before the first task: by `run` and `plan` alike, so that one never says what the other does not do. */
export interface Start {
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: LoadedSources;
  readonly preparation: Preparation;
  readonly flow: Flow;
  /** The plan as far as it is known without a result. */
  readonly steps: readonly FlowStep[];
  readonly params: Readonly<Record<string, unknown>>;
  readonly program: Digest;
  /** Of program, params and items: what the same command has in common with itself. */
  readonly identity: Digest;
}

export async function start(
  request: Pick<RunRequest, 'program' | 'ports' | 'options' | 'onNotice' | 'outdir'> & {
    readonly signals?: RunRequest['signals'];
  },
): Promise<Start> {
  const { program, ports, options } = request;
  request.onNotice({ kind: 'phase', phase: 'sources' });
  // Probing interpreters and listing files wait for different things.
  const [preparation, sources] = await Promise.all([
    prepareProcesses(program.processes, ports, options),
    loadSources(program, ports, {
      only: options.only,
      fetch: options.fetch,
      signal: request.signals?.drain ?? new AbortController().signal,
      progress: (progress) => request.onNotice({ kind: 'fetching', ...progress }),
    }),
  ]);
  const diagnostics = [...preparation.diagnostics, ...sources.diagnostics];
  if (ports.impact !== undefined) diagnostics.push(...(await retractedInputs(program, sources.frozen, ports.impact)));
  request.onNotice({ kind: 'phase', phase: 'planning' });
  const flow = createFlow(program, { only: options.only });
  const steps: FlowStep[] = [];
  if (!hasErrors(diagnostics)) {
    for (const [node, items] of sources.items) flow.supply(node, items);
    for (let more = true; more; ) {
      const until = ports.clock.milliseconds() + 8;
      const step = flow.advance(() => ports.clock.milliseconds() > until);
      steps.push(step);
      diagnostics.push(...step.problems.map((problem) => problem.diagnostic));
      more = step.more;
      if (more) await nextTurn();
    }
  }
  const params = paramsJson(program);
  const digest = programDigest(program.sources);
  const frozen = sources.frozen.map((source) => ({
    source: source.source,
    items: source.items.map((item) => [item.tags, item.files.map((file) => file.digest)]),
  }));
  const identity = blake3(
    JSON.stringify([
      'bit/run/1',
      digest,
      params,
      frozen,
      request.outdir,
      options.stub,
      options.only,
      options.name ?? null,
      options.tags,
    ]),
  );
  return { diagnostics, sources, preparation, flow, steps, params, program: digest, identity };
}

export const hasErrors = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some((diagnostic) => diagnostic.severity === 'error');

/** Plain params as JSON; datasets are in the frozen items, named here by their source's text. */
function paramsJson(program: Program): Record<string, unknown> {
  const valueOfParam = paramValues(program, () => null);
  return Object.fromEntries(
    program.params.map((param) => {
      if (param.value.kind !== 'dataset') return [param.name, plainJson(valueOfParam(param.name))];
      return [param.name, { dataset: param.from === 'default' ? (param.defaultText ?? '') : 'given' }];
    }),
  );
}

function plainJson(value: Value): unknown {
  if (isQuantity(value)) return quantityText(value);
  if (isFile(value)) return value.digest;
  if (isList(value)) return value.map(plainJson);
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value.fields).map(([name, field]) => [name, plainJson(field)]));
  return value;
}

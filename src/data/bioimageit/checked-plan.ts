import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { CatalogReader, Experiment } from '../../engine/ports/catalog.ts';
import { bioimageitErrors } from './bioimageit-errors.ts';
import type { BioImageITExperiment } from './bioimageit-experiment.ts';
import { type ImportPlan, planImport } from './plan-import.ts';
import type { BioImageITReading } from './read-bioimageit.ts';

export interface PlanRequest {
  readonly reading: BioImageITReading;
  /** The experiment's own name where absent. */
  readonly name: string | undefined;
  readonly catalog: Pick<CatalogReader, 'experiment'>;
}

export type CheckedPlan =
  | { readonly ok: false; readonly problems: readonly Diagnostic[] }
  | {
      readonly ok: true;
      readonly experiment: BioImageITExperiment;
      readonly plan: ImportPlan;
      /** What the catalog has under this name. */
      readonly known: Experiment | undefined;
      readonly warnings: readonly Diagnostic[];
    };

/** What an import would do, held against what the catalog has; nothing is written, and no data are read. */
export async function checkedPlan({ reading, name, catalog }: PlanRequest): Promise<CheckedPlan> {
  const { experiment } = reading;
  const isError = (problem: Diagnostic): boolean => problem.severity === 'error';
  if (experiment === undefined || reading.problems.some(isError)) return { ok: false, problems: reading.problems };
  const known = await catalog.experiment(name ?? experiment.name);
  const plan = planImport(experiment, { name: name ?? experiment.name, known });
  const problems = [...reading.problems, ...catalogProblems(experiment, { plan, known })];
  return problems.some(isError) ? { ok: false, problems } : { ok: true, experiment, plan, known, warnings: problems };
}

function catalogProblems(
  experiment: BioImageITExperiment,
  of: { readonly plan: ImportPlan; readonly known: Experiment | undefined },
): readonly Diagnostic[] {
  const at = { source: { name: experiment.folder, text: '' }, start: 0, end: 0 };
  const theirs = of.known && extraOf(of.known);
  if (of.known !== undefined && theirs?.identity !== of.plan.identity)
    return [bioimageitErrors.otherExperiment(at, { name: of.plan.record.name, folder: theirs?.folder })];
  return of.plan.misfits.map(({ item, key, text }) =>
    bioimageitErrors.otherType(
      { ...at, source: { name: item.place, text: '' } },
      { item: item.name, key: key.tag.name, value: JSON.stringify(text), type: key.tag.type },
    ),
  );
}

function extraOf(known: Experiment): { readonly identity?: string; readonly folder?: string } {
  const extra = known.extra?.bioimageit;
  if (typeof extra !== 'object' || extra === null) return {};
  const text = (name: string): string | undefined => {
    const value: unknown = Reflect.get(extra, name);
    return typeof value === 'string' ? value : undefined;
  };
  const [identity, folder] = [text('identity'), text('folder')];
  return { ...(identity !== undefined && { identity }), ...(folder !== undefined && { folder }) };
}

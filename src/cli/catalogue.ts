import { annotateExplanations } from '../data/annotate/annotate-explanations.ts';
import { bioimageitExplanations } from '../data/bioimageit/bioimageit-errors.ts';
import { experimentExplanations } from '../data/experiments/experiment-errors.ts';
import { importExplanations } from '../data/import/import-explanations.ts';
import { remoteExplanations } from '../data/remote/remote-errors.ts';
import { explanations as sources } from '../data/sources/source-errors.ts';
import { catalogue } from '../diagnostics/catalogue.ts';
import { explanations as plan } from '../engine/plan/plan-explanations.ts';
import { retractionExplanations as retractedInputs } from '../engine/plan/retracted-inputs.ts';
import { explanations as run } from '../engine/run/run-errors.ts';
import { explanations as callArguments } from '../parser/graph/argument-explanations.ts';
import { explanations as datasets } from '../parser/graph/dataset-explanations.ts';
import { explanations as params } from '../parser/graph/param-explanations.ts';
import { explanations as processes } from '../parser/graph/process-explanations.ts';
import { explanations as workflows } from '../parser/graph/workflow-explanations.ts';
import { explanations as modules } from '../parser/names/module-explanations.ts';
import { explanations as names } from '../parser/names/name-explanations.ts';
import { explanations as queries } from '../parser/query/query-errors.ts';
import { explanations as syntax } from '../parser/syntax/syntax-errors.ts';
import { explanations as types } from '../parser/types/type-explanations.ts';
import { dockerExplanations } from '../runners/docker/docker-errors.ts';
import { environmentExplanations } from '../runners/environment/environment-errors.ts';
import { apptainerExplanations } from '../runners/slurm/apptainer-errors.ts';
import { slurmExplanations } from '../runners/slurm/slurm-errors.ts';
import { failureExplanations } from './failure-codes.ts';
import { retractionExplanations } from './queries/retraction-errors.ts';
import { usageExplanations } from './usage-errors.ts';

/** The long form of every code, for `bit explain` and SARIF; a phase with a catalogue of its own adds a line. */
export const explanations = catalogue([
  syntax,
  names,
  types,
  params,
  processes,
  callArguments,
  datasets,
  workflows,
  modules,
  sources,
  annotateExplanations,
  importExplanations,
  bioimageitExplanations,
  experimentExplanations,
  queries,
  remoteExplanations,
  environmentExplanations,
  dockerExplanations,
  apptainerExplanations,
  slurmExplanations,
  plan,
  run,
  failureExplanations,
  retractedInputs,
  retractionExplanations,
  usageExplanations,
]);

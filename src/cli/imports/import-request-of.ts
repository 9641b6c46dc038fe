import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { experimentNameProblem } from '../../data/experiments/changed-experiment.ts';
import { importErrors } from '../../data/import/import-errors.ts';
import type { ImportRequest, ImportSource } from '../../data/import/import-request.ts';
import { isOmeroUri, omeroAddress } from '../../data/omero/omero-address.ts';
import { schemeOf } from '../../data/remote/address.ts';
import { remoteDiagnostic } from '../../data/remote/remote-errors.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Span } from '../../diagnostics/span.ts';
import { RemoteProblem } from '../../engine/ports/remote.ts';
import { DiagnosticProblem } from '../problem.ts';
import { usageErrors } from '../usage-errors.ts';
import type { Flags, Invocation } from '../verb.ts';
import { readRules, ruleFlags } from './rule-flags.ts';

export const importFlags = {
  experiment: {
    kind: 'text',
    value: 'NAME',
    short: 'e',
    help: 'the experiment that the data belong to; made where there is none',
  },
  dataset: { kind: 'text', value: 'NAME', help: 'the dataset within it; `raw` unless said' },
  ...ruleFlags,
  recursive: { kind: 'switch', short: 'r', help: 'look into folders below, too' },
  reference: { kind: 'switch', help: 'leave the files where they are; this is what happens unless said' },
  copy: { kind: 'switch', help: 'copy the files into the store' },
  link: { kind: 'switch', help: 'share the files with the store, where both are on one disk' },
  update: { kind: 'switch', help: 'take the new content of files that changed since they were imported' },
  retag: { kind: 'switch', help: 'give items that are there already the tags of these rules' },
  'new-keys': { kind: 'switch', help: 'declare tags that the experiment does not have yet' },
  reader: {
    kind: 'text',
    value: 'READER',
    offers: ['bioformats', 'python'],
    help: 'for headers that Bitflow does not read: bioformats or python, or python=PROGRAM',
  },
  'dry-run': { kind: 'switch', help: 'say what would be imported, and leave it' },
  strict: { kind: 'switch', help: 'exit 1 where there was a warning' },
} as const satisfies Flags;

export type Importing = Invocation<typeof importFlags>;

/** What the words ask for. Throws with all that is wrong with them. */
export async function importRequestOf(
  invocation: Importing,
  of: {
    readonly omeroServer: string | undefined;
    /** Of an experiment that brings its own name and tags. */
    readonly isWhole: boolean;
  },
): Promise<ImportRequest> {
  const { flags, operandPlaces, commandLine } = invocation;
  const end = commandLine.source.text.length;
  const after: Span = { source: commandLine.source, start: end, end };
  const at = (flag: keyof typeof importFlags): Span => invocation.places(flag)[0] ?? after;
  const rules = await readRules(invocation);
  const sources = sourceOf(invocation, { omeroServer: of.omeroServer, after });
  const [mode = 'reference', otherMode] = (['reference', 'copy', 'link'] as const).filter((each) => flags[each]);
  const problems: Diagnostic[] = [
    ...sources.problems,
    ...rules.diagnostics,
    ...(flags.experiment === undefined && !of.isWhole ? [importErrors.noExperiment(after)] : []),
    ...nameProblems('experiment', flags.experiment, at('experiment')),
    ...nameProblems('dataset', flags.dataset, at('dataset')),
    ...(otherMode === undefined
      ? []
      : [
          usageErrors.together(at(otherMode), {
            flags: [`--${mode}`, `--${otherMode}`],
            help: 'Files are left where they are, copied, or shared with the store; name one of them.',
          }),
        ]),
    ...(mode === 'link' && sources.source.kind === 'remote'
      ? [importErrors.cannotLink(at('link'), [{ path: sources.source.uris[0] ?? '', why: 'it is in another place' }])]
      : []),
    ...(of.isWhole && (rules.rules.length > 0 || flags.dataset !== undefined)
      ? [
          importErrors.badRules(rules.places[0] ?? at('dataset'), {
            message: 'This is an experiment of BioImageIT, which brings its own tags and datasets',
            help: 'Leave the rule and `--dataset` out; annotate it once it is imported.',
          }),
        ]
      : []),
  ];
  if (problems.length > 0) throw new DiagnosticProblem(problems);
  const source = operandPlaces[0] ?? after;
  const firstRule = rules.places[0] ?? source;
  return {
    source: sources.source,
    experiment: flags.experiment ?? '',
    dataset: flags.dataset ?? 'raw',
    mode,
    recursive: flags.recursive,
    dryRun: flags['dry-run'],
    rules: rules.rules,
    typed: rules.typed,
    newKeys: flags['new-keys'] ? 'declare' : 'refuse',
    duplicates: rules.allowsDuplicates ? 'allow' : 'refuse',
    changed: flags.update ? 'replace' : 'leave',
    tags: flags.retag ? 'replace' : 'keep',
    places: {
      source,
      dataset: invocation.places('dataset')[0] ?? source,
      mode: invocation.places(mode)[0] ?? source,
      rule: (rule) => (rule === undefined ? firstRule : (rules.places[rule] ?? firstRule)),
    },
  };
}

export const isElsewhere = (operand: string): boolean => schemeOf(operand) !== undefined || isOmeroUri(operand);

function sourceOf(
  { operands, operandPlaces, folder }: Importing,
  { omeroServer, after }: { readonly omeroServer: string | undefined; readonly after: Span },
): { readonly source: ImportSource; readonly problems: readonly Diagnostic[] } {
  const problems: Diagnostic[] = [];
  const paths: string[] = [];
  const uris: string[] = [];
  for (const [index, operand] of operands.entries()) {
    const at = operandPlaces[index] ?? after;
    if (!isElsewhere(operand)) {
      const path = resolve(folder, operand);
      const why = whyNot(path);
      if (why !== undefined) problems.push(importErrors.noSource(at, { source: operand, why }));
      paths.push(path);
      continue;
    }
    try {
      uris.push(isOmeroUri(operand) ? omeroAddress(operand, { server: omeroServer }) : operand);
    } catch (problem) {
      if (!(problem instanceof RemoteProblem)) throw problem;
      problems.push(remoteDiagnostic(at, problem));
    }
  }
  const [, second] = operandPlaces;
  const schemes = new Set(uris.map(schemeOf));
  if (problems.length === 0 && ((paths.length > 0 && uris.length > 0) || schemes.size > 1))
    problems.push(
      importErrors.noSource(second ?? after, {
        source: operands[1] ?? '',
        why: 'it is in another place than the first source, and one import is from one place',
      }),
    );
  return {
    source: uris.length > 0 ? { kind: 'remote', uris } : { kind: 'local', paths },
    problems,
  };
}

function nameProblems(what: 'experiment' | 'dataset', name: string | undefined, at: Span): readonly Diagnostic[] {
  const why = name === undefined ? undefined : experimentNameProblem(name);
  return name === undefined || why === undefined ? [] : [importErrors.badName(at, { what, name, why })];
}

function whyNot(path: string): string | undefined {
  try {
    statSync(path);
    return undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'it does not exist';
    if (code === 'ELOOP') return 'it is a link that leads to itself';
    return 'you may not read it';
  }
}

import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { importErrors } from '../../data/import/import-errors.ts';
import { importFiles } from '../../data/import/import-files.ts';
import type { ImportPorts, ImportRequest } from '../../data/import/import-request.ts';
import { lookAtImport } from '../../data/import/look-at-import.ts';
import { SourceLost } from '../../data/import/source-lost.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Span } from '../../diagnostics/span.ts';
import { openStore, type Store } from '../../store/index.ts';
import { clock } from '../compose.ts';
import { doneLines, importDocument, previewLines } from '../imports/import-forms.ts';
import { importProgress } from '../imports/import-progress.ts';
import { readRules, ruleFlags } from '../imports/rule-flags.ts';
import { listenForInterruption } from '../interruption.ts';
import { printDiagnostics } from '../print-problems.ts';
import { CommandProblem, DiagnosticProblem } from '../problem.ts';
import { loadSettings } from '../settings/settings.ts';
import { storeFor } from '../store-folder.ts';
import { usageErrors } from '../usage-errors.ts';
import { defineVerb, type Invocation } from '../verb.ts';

const flags = {
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
    choices: ['bioformats', 'python'],
    help: 'for headers that Bitflow does not read: bioformats or python',
  },
  'dry-run': { kind: 'switch', help: 'say what would be imported, and leave it' },
  strict: { kind: 'switch', help: 'exit 1 where there was a warning' },
} as const;

export const verb = defineVerb({
  name: 'import',
  summary: 'bring data into an experiment, once, with tags',
  details: [
    'Files that belong together (an image with its metadata, the parts of a set, an OME-Zarr folder) are one item. Every item is known by its content; importing again adds only what is new. All of it is',
    'imported, or nothing: everything that is wrong is listed at once. Repeating an import that was interrupted goes on where it was. docs/import.md has all of it.',
  ].join('\n'),
  operands: [
    {
      name: 'SOURCE',
      how: 'some',
      help: 'a folder, files, or the folder of a BioImageIT experiment',
      complete: 'file',
    },
  ],
  flags,
  examples: [
    [`bit import plate1/ --experiment screen --pattern '{cell}_{condition}_t{time:Int}.tif'`, 'tags from names'],
    ['bit import plate1/ -e screen --sheet plate1.xlsx --dry-run', 'tags from a table; only show them'],
    ['bit import /mnt/scope/run7 -e screen --dataset run7 --recursive --copy', 'with a copy in the store'],
    [
      'bit import a.czi b.czi -e screen --separator _ --position 2 --tag condition',
      'files; one tag from a piece of the name',
    ],
  ],
  async run(invocation) {
    const { global, terminal, folder } = invocation;
    const store = storeFor(resolve(folder, 'import'), {
      said: (await loadSettings(invocation, { beside: folder })).values.store,
    });
    const { database } = (await loadSettings(invocation, { beside: folder })).values;
    const dryRun = invocation.flags['dry-run'];
    const request = await requestOf(invocation);
    const opened = await openStore(store, {
      create: !dryRun,
      readOnly: dryRun,
      ...(database !== undefined && { database }),
    });
    const progress = importProgress({ output: terminal.err, quiet: global.quiet || global.json });
    const interruption = listenForInterruption({
      onDrain: () => terminal.err.line('Stopping: nothing of this import is kept.'),
      onKill: () => undefined,
      onLeave: () => progress.close(),
    });
    try {
      return await perform(invocation, { request, store: opened, progress, signal: interruption.drain });
    } catch (error) {
      const status = interruption.exitStatus();
      if (status !== undefined && interruption.drain.aborted && isAbort(error)) {
        progress.close();
        terminal.err.line(
          'Nothing was imported. The same command goes on where this was: what was read is remembered.',
        );
        return status;
      }
      if (error instanceof SourceLost)
        throw new CommandProblem({
          exit: 75,
          message: error.message,
          help: 'Nothing was imported. Connect it again and run the same command: it goes on where it was.',
        });
      throw error;
    } finally {
      progress.close();
      interruption.close();
      await opened.close();
    }
  },
});

type Importing = Invocation<typeof flags>;

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';

async function perform(
  invocation: Importing,
  of: {
    readonly request: ImportRequest;
    readonly store: Store;
    readonly progress: ReturnType<typeof importProgress>;
    readonly signal: AbortSignal;
  },
): Promise<number> {
  const { terminal, global } = invocation;
  const { request, store, progress, signal } = of;
  const dryRun = invocation.flags['dry-run'];
  const ports: ImportPorts = {
    catalog: store.catalog,
    content: store.content,
    keep: store.content.keep,
    reader: undefined,
    now: () => Date.now(),
    wait: (milliseconds, aborted) => clock.delay(milliseconds, aborted),
    signal,
    progress: progress.show,
  };
  const look = await lookAtImport(request, ports);
  progress.clear();
  const refused = look.problems.some(({ severity }) => severity === 'error');
  if (!global.json && !global.quiet && look.items.length > 0)
    for (const line of previewLines(look, {
      colors: terminal.out.colors,
      columns: terminal.out.interactive ? terminal.out.columns : 200,
    }))
      terminal.out.line(line);
  const refuse = async (problems: readonly Diagnostic[]): Promise<number> => {
    if (global.json) terminal.json(importDocument({ request, look, dryRun, done: undefined, problems }));
    else {
      await printDiagnostics(problems, { terminal, json: false });
      terminal.err.line('Nothing was imported.');
    }
    return 2;
  };
  if (refused) return refuse(look.problems);
  const done = await importFiles(request, { look, ports });
  progress.clear();
  if (done.how === 'refused') return refuse(done.problems);
  if (done.how === 'overtaken')
    throw new CommandProblem({
      exit: 75,
      message: `Somebody else (${done.user} on ${done.host}) imports into ${request.experiment}/${request.dataset} at this moment, or did just now`,
      help: 'Nothing was imported. Run the same command again when that has ended.',
    });
  if (global.json) terminal.json(importDocument({ request, look, dryRun, done, problems: done.warnings }));
  else {
    if (done.warnings.length > 0) await printDiagnostics(done.warnings, { terminal, json: false });
    if (!global.quiet)
      for (const line of doneLines({ request, done, dryRun, colors: terminal.out.colors })) terminal.out.line(line);
  }
  return invocation.flags.strict && done.warnings.length > 0 ? 1 : 0;
}

/** What the words ask for; throws with all that is wrong with them. */
async function requestOf(invocation: Importing): Promise<ImportRequest> {
  const { flags, operands, operandPlaces, commandLine, folder } = invocation;
  const end = commandLine.source.text.length;
  const after: Span = { source: commandLine.source, start: end, end };
  const rules = await readRules(invocation);
  const source: Span = operandPlaces[0] ?? after;
  const dataset = flags.dataset ?? 'raw';
  const modes = (['reference', 'copy', 'link'] as const).filter((mode) => flags[mode]);
  const [mode = 'reference', otherMode] = modes;
  const problems: Diagnostic[] = [
    ...rules.diagnostics,
    ...(flags.experiment === undefined ? [importErrors.noExperiment(after, { known: [] })] : []),
    ...nameProblems('experiment', flags.experiment, invocation.places('experiment')[0] ?? after),
    ...nameProblems('dataset', flags.dataset, invocation.places('dataset')[0] ?? after),
    ...(otherMode !== undefined
      ? [
          usageErrors.together(invocation.places(otherMode)[0] ?? after, {
            flags: [`--${mode}`, `--${otherMode}`],
            help: 'Files are left where they are, copied, or linked; name one of them.',
          }),
        ]
      : []),
    ...operands.flatMap((operand, at) => {
      const why = whyNot(resolve(folder, operand));
      return why === undefined ? [] : [importErrors.noSource(operandPlaces[at] ?? after, { source: operand, why })];
    }),
  ];
  if (problems.length > 0) throw new DiagnosticProblem(problems);
  const firstRule = rules.places[0] ?? source;
  return {
    sources: operands.map((operand) => resolve(folder, operand)),
    experiment: flags.experiment ?? '',
    dataset,
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

/** Names stand in commands and in paths like `screen/raw/A3.tif`. */
function nameProblems(what: 'experiment' | 'dataset', name: string | undefined, at: Span): readonly Diagnostic[] {
  if (name === undefined || /^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._-]{0,199}$/u.test(name)) return [];
  return [importErrors.badName(at, { what, name })];
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

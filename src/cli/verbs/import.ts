import { resolve } from 'node:path';
import { isBioImageIT } from '../../data/bioimageit/index.ts';
import { importFiles } from '../../data/import/import-files.ts';
import type { ImportPorts, ImportRequest } from '../../data/import/import-request.ts';
import { type ImportLook, lookAtImport } from '../../data/import/look-at-import.ts';
import { SourceLost } from '../../data/import/source-lost.ts';
import { remoteDiagnostic } from '../../data/remote/remote-errors.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { RemoteProblem } from '../../engine/ports/remote.ts';
import { openStore } from '../../store/index.ts';
import { clock, openElsewhere } from '../compose.ts';
import { importBioImageITFolder } from '../imports/import-bioimageit.ts';
import { doneLines, importDocument, previewLines } from '../imports/import-forms.ts';
import { importProgress } from '../imports/import-progress.ts';
import { type Importing, importFlags, importRequestOf, isElsewhere } from '../imports/import-request-of.ts';
import { openReader } from '../imports/open-reader.ts';
import { type Interruption, listenForInterruption } from '../interruption.ts';
import { printDiagnostics } from '../print-problems.ts';
import { CommandProblem, DiagnosticProblem } from '../problem.ts';
import { remoteSettings } from '../settings/remote-settings.ts';
import { loadSettings } from '../settings/settings.ts';
import { storeFor } from '../store-folder.ts';
import { defineVerb } from '../verb.ts';

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
      help: 'a folder, files, s3://bucket/prefix/, sftp://host/path/, https://…, omero:Project:5, or the folder of a BioImageIT experiment',
      complete: 'file',
    },
  ],
  flags: importFlags,
  examples: [
    [`bit import plate1/ --experiment screen --pattern '{cell}_{condition}_t{time:Int}.tif'`, 'tags from names'],
    ['bit import plate1/ -e screen --sheet plate1.xlsx --dry-run', 'tags from a table; only show them'],
    ['bit import /mnt/scope/run7 -e screen --dataset run7 --recursive --copy', 'with a copy in the store'],
    ['bit import a.czi b.czi -e screen --separator _ --position 2 --tag condition', 'one tag from a piece of the name'],
    ['bit import omero:Project:5 -e screen', 'images of a server, with their key-value pairs as tags'],
  ],
  async run(invocation) {
    const { global, terminal, folder, flags, operands } = invocation;
    const { values } = await loadSettings(invocation, { beside: folder });
    const remote = remoteSettings(values);
    const dryRun = flags['dry-run'];
    const [first = ''] = operands;
    const isWhole = operands.length === 1 && !isElsewhere(first) && (await isBioImageIT(resolve(folder, first)));
    const omeroServer = remote.omeroServer ?? invocation.environment.OMERO_SERVER;
    const request = await importRequestOf(invocation, { omeroServer, isWhole });
    const { database } = values;
    const store = await openStore(storeFor(resolve(folder, 'import'), { said: values.store }), {
      create: !dryRun,
      readOnly: dryRun,
      ...(database !== undefined && { database }),
    });
    const elsewhere = openElsewhere(store, { remote, environment: invocation.environment });
    const progress = importProgress({ output: terminal.err, quiet: global.quiet || global.json });
    const interruption = listenForInterruption({
      onDrain: () => terminal.err.line('Stopping: nothing of this import is kept.'),
      onKill: () => undefined,
      onLeave: () => progress.close(),
    });
    const signal = interruption.drain;
    try {
      if (isWhole)
        return await importBioImageITFolder(resolve(folder, first), {
          store,
          experiment: flags.experiment,
          mode: request.mode,
          dryRun,
          strict: flags.strict,
          json: global.json,
          quiet: global.quiet,
          terminal,
          progress,
          signal,
        });
      const at = invocation.places('reader')[0] ?? request.places.source;
      const reader = openReader(flags.reader, { at, searchPath: invocation.environment.PATH ?? '' });
      const ports: ImportPorts = {
        catalog: store.catalog,
        content: store.content,
        remotes: elsewhere.remotes,
        remote: elsewhere.content,
        drafts: store.drafts,
        reader,
        now: () => Date.now(),
        wait: clock.delay,
        signal,
        progress: progress.show,
      };
      try {
        return await perform(invocation, { request, ports, clear: progress.clear });
      } finally {
        await reader?.close();
      }
    } catch (error) {
      return outcomeOf(error, { invocation, request, interruption });
    } finally {
      progress.close();
      interruption.close();
      await elsewhere.close();
      await store.close();
    }
  },
});

async function perform(
  invocation: Importing,
  of: { readonly request: ImportRequest; readonly ports: ImportPorts; readonly clear: () => void },
): Promise<number> {
  const { terminal, global, flags } = invocation;
  const { request, ports } = of;
  const dryRun = flags['dry-run'];
  const look = await lookAtImport(request, ports);
  of.clear();
  if (!global.json && !global.quiet && look.found.items.length > 0) showPreview(invocation, look);
  const refuse = async (problems: readonly Diagnostic[]): Promise<number> => {
    if (global.json) terminal.json(importDocument({ request, look, dryRun, done: undefined, problems }));
    else {
      await printDiagnostics(problems, { terminal, json: false });
      terminal.err.line('Nothing was imported.');
    }
    return 2;
  };
  if (look.problems.some(({ severity }) => severity === 'error')) return refuse(look.problems);
  const done = await importFiles(request, { look, ports });
  of.clear();
  if (done.how === 'refused') return refuse(done.problems);
  if (done.how === 'overtaken')
    throw new CommandProblem({
      exit: 75,
      message: `${done.user} on ${done.host} imports into ${request.experiment}/${request.dataset} at this moment, or did just now`,
      help: 'Nothing was imported. Run the same command again when that has ended.',
    });
  if (global.json) terminal.json(importDocument({ request, look, dryRun, done, problems: done.warnings }));
  else {
    if (done.warnings.length > 0) await printDiagnostics(done.warnings, { terminal, json: false });
    if (!global.quiet)
      for (const line of doneLines({ request, done, dryRun, colors: terminal.out.colors })) terminal.out.line(line);
  }
  return flags.strict && done.warnings.length > 0 ? 1 : 0;
}

function showPreview({ terminal }: Importing, look: ImportLook): void {
  const { colors, interactive, columns } = terminal.out;
  for (const line of previewLines(look, { colors, columns: interactive ? columns : 200 })) terminal.out.line(line);
}

/** What ended an import from outside: an exit status, or what is thrown on as something that the user can act on. */
function outcomeOf(
  error: unknown,
  of: { readonly invocation: Importing; readonly request: ImportRequest; readonly interruption: Interruption },
): number {
  const { terminal } = of.invocation;
  const status = of.interruption.exitStatus();
  if (status !== undefined) {
    terminal.err.line('Nothing was imported. The same command goes on where this was: what was read is remembered.');
    return status;
  }
  if (error instanceof SourceLost)
    throw new CommandProblem({
      exit: 75,
      message: error.message,
      help: 'Nothing was imported. Connect it again and run the same command: it goes on where it was.',
    });
  if (error instanceof RemoteProblem) {
    const needsSomething = ['credentials', 'denied', 'unreachable'].includes(error.why);
    throw new DiagnosticProblem([remoteDiagnostic(of.request.places.source, error)], { exit: needsSomething ? 3 : 2 });
  }
  throw error;
}

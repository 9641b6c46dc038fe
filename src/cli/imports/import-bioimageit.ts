import { importBioImageIT, previewBioImageIT, readBioImageIT } from '../../data/bioimageit/index.ts';
import { formats as readers } from '../../data/formats/index.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { diagnosticsJson } from '../../diagnostics/json.ts';
import type { ImportMode } from '../../engine/ports/catalog.ts';
import type { Store } from '../../store/index.ts';
import { formats } from '../formats.ts';
import { printDiagnostics } from '../print-problems.ts';
import { CommandProblem } from '../problem.ts';
import { tagsInWords } from '../queries/wording.ts';
import type { Terminal } from '../terminal.ts';
import type { importProgress } from './import-progress.ts';

/** An experiment made by BioImageIT, with its datasets, tags and history. Gives the exit status. */
export async function importBioImageITFolder(
  folder: string,
  of: {
    readonly store: Store;
    /** Its own name unless said. */
    readonly experiment: string | undefined;
    readonly mode: ImportMode;
    readonly dryRun: boolean;
    readonly strict: boolean;
    readonly json: boolean;
    readonly quiet: boolean;
    readonly terminal: Terminal;
    readonly progress: ReturnType<typeof importProgress>;
    readonly signal: AbortSignal;
  },
): Promise<number> {
  const { store, terminal, mode, dryRun, json } = of;
  const plan = { reading: await readBioImageIT(folder), name: of.experiment, catalog: store.catalog };
  const document = (fields: {
    readonly experiment: string;
    readonly counts?: { readonly added: number; readonly changed: number; readonly unchanged: number };
    readonly change?: number | undefined;
    readonly runs?: number;
    readonly datasets?: readonly string[];
    readonly problems: readonly Diagnostic[];
  }) => ({
    format: formats.import,
    experiment: fields.experiment,
    dataset: null,
    dryRun,
    added: fields.counts?.added ?? 0,
    unchanged: fields.counts?.unchanged ?? 0,
    changed: fields.counts?.changed ?? 0,
    moved: 0,
    left: [],
    leftOut: [],
    bytes: 0,
    change: fields.change ?? null,
    tags: [],
    problems: diagnosticsJson(fields.problems).diagnostics,
    runs: fields.runs ?? 0,
  });
  const refuse = async (problems: readonly Diagnostic[]): Promise<number> => {
    if (json) terminal.json(document({ experiment: of.experiment ?? '', problems }));
    else {
      await printDiagnostics(problems, { terminal, json: false });
      terminal.err.line('Nothing was imported.');
    }
    return 2;
  };
  const preview = await previewBioImageIT(plan, { shown: 3 });
  if (!preview.ok) return refuse(preview.problems);
  const { bold, dim, cyan } = terminal.out.colors;
  if (!json && !of.quiet) {
    terminal.out.line(`${bold(preview.experiment)}, an experiment of BioImageIT`);
    for (const { name, kind, items, runs, first } of preview.datasets) {
      terminal.out.line(
        `  ${cyan(name)} ${dim(kind)}: ${items} ${items === 1 ? 'item' : 'items'}${runs > 0 ? `, ${runs} ${runs === 1 ? 'run' : 'runs'}` : ''}`,
      );
      for (const item of first) terminal.out.line(`    ${item.name}  ${dim(tagsInWords(item.tags))}`.trimEnd());
    }
  }
  if (dryRun) {
    const added = preview.datasets.reduce((sum, { items }) => sum + items, 0);
    if (json)
      terminal.json(
        document({
          experiment: preview.experiment,
          counts: { added, changed: 0, unchanged: 0 },
          problems: preview.warnings,
        }),
      );
    else if (preview.warnings.length > 0) await printDiagnostics(preview.warnings, { terminal, json: false });
    return of.strict && preview.warnings.length > 0 ? 1 : 0;
  }
  const imported = await importBioImageIT({
    ...plan,
    mode,
    runs: store.runs,
    content: store.content,
    formats: readers,
    keep: async (files, how) => {
      if (how === 'reference') return;
      const kept = files.map((file) => ({ ...file, size: sizeOf(file) }));
      const [refused] = await store.content.keep(kept, how);
      if (refused === undefined) return;
      const [path, why] = refused;
      throw new CommandProblem({
        exit: why === 'other-disk' ? 2 : 75,
        message:
          why === 'other-disk'
            ? `${path} cannot be shared with the store: it is on another disk, or this one cannot share files`
            : `${path} ${why === 'gone' ? 'went away' : 'changed'} while it was imported`,
        help:
          why === 'other-disk'
            ? 'Use `--copy`, or `--reference`.'
            : 'Nothing was imported. Run the same command again.',
      });
    },
    signal: of.signal,
    progress: ({ files, of: all }) => of.progress.show({ step: 'contents', done: files, of: all, bytes: 0 }),
  });
  of.progress.clear();
  if (!imported.ok) return refuse(imported.problems);
  const { items, runs, change, warnings } = imported;
  if (json)
    terminal.json(document({ experiment: imported.experiment, counts: items, change, runs, problems: warnings }));
  else {
    if (warnings.length > 0) await printDiagnostics(warnings, { terminal, json: false });
    if (!of.quiet)
      terminal.out.line(
        `${terminal.out.colors.green('✓')} ${imported.experiment}: ${items.added} added, ${items.unchanged} there already, ${items.changed} changed; ${runs} ${runs === 1 ? 'run' : 'runs'} of its history`,
      );
  }
  return of.strict && warnings.length > 0 ? 1 : 0;
}

/** The importer hands over what it writes, which says how large it is. */
const sizeOf = (file: object): number => ('size' in file && typeof file.size === 'number' ? file.size : 0);

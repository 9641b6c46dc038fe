import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  changedExperiment,
  type ExperimentSaid,
  experimentNameProblem,
  type SaidField,
} from '../../data/experiments/changed-experiment.ts';
import { experimentErrors } from '../../data/experiments/experiment-errors.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { diagnosticsJson } from '../../diagnostics/json.ts';
import type { Span } from '../../diagnostics/span.ts';
import { suggestions } from '../../diagnostics/suggest.ts';
import type { CatalogEvent, Experiment } from '../../engine/ports/catalog.ts';
import { findStore, openStore, type Store } from '../../store/index.ts';
import { chunks } from '../../util/chunks.ts';
import { changeAuthor } from '../change-author.ts';
import { experimentFromToml, experimentToml } from '../experiments/experiment-toml.ts';
import { type RecordChange, recordChanges } from '../experiments/record-changes.ts';
import { refittedItems } from '../experiments/refitted-items.ts';
import { experimentFlags, saidByFlags } from '../experiments/said-by-flags.ts';
import { formats } from '../formats.ts';
import { printDiagnostics } from '../print-problems.ts';
import { DiagnosticProblem } from '../problem.ts';
import { noExperiment } from '../queries/experiment-place.ts';
import { reading } from '../queries/reading.ts';
import { experimentDocument, experimentLines } from '../queries/show-experiment.ts';
import { beginningOf, oneLine } from '../queries/wording.ts';
import { loadSettings } from '../settings/settings.ts';
import { usageErrors } from '../usage-errors.ts';
import { defineVerb, type Invocation } from '../verb.ts';

const flags = {
  ...experimentFlags,
  numbers: {
    kind: 'text',
    value: 'HOW',
    choices: ['convert', 'keep'],
    help: 'where a key gets another unit: convert the numbers that items have, or keep them',
  },
  from: { kind: 'text', value: 'FILE', help: 'the whole record from a TOML file' },
  'to-toml': { kind: 'switch', help: 'print the record as TOML, to be edited and read back with `--from`' },
  'dry-run': { kind: 'switch', help: 'show what would change, and change nothing' },
} as const;

export const verb = defineVerb({
  name: 'experiment',
  summary: 'the record of an experiment: show, make or change it',
  details: [
    'Without a flag it shows what `bit show EXPERIMENT` shows. With one it changes the record, and makes an experiment that is not there. An empty text takes a field away.',
    'A key is `NAME:TYPE unit=… term=… values=a,b,c "description"`, the type one of Str, Int, Float, Bool and Date. Of a key that is there, what is not said stays. Items that do not fit a key as it would be are listed, and nothing changes. `bit undo` takes a change back. An experiment keeps its name.',
  ].join('\n'),
  operands: [{ name: 'NAME', how: 'required', help: 'the experiment' }],
  flags,
  examples: [
    ['bit experiment screen', 'everything about it'],
    [`bit experiment screen --title 'A dose screen' --licence CC-BY-4.0 --date 2026-11-24`, 'fields of the record'],
    [`bit experiment screen --author 'Ada Lovelace <ada@x.org> (0000-0002-1825-0097)'`, 'who made it'],
    [
      `bit experiment screen --key 'dose:Float unit=um "what was given"' --key 'condition:Str values=control,drug'`,
      'keys',
    ],
    ['bit experiment screen --to-toml > screen.toml', 'to edit it, for `--from screen.toml`'],
  ],
  async run(invocation) {
    const { operands, flags } = invocation;
    const [name = ''] = operands;
    const [toml] = invocation.places('to-toml');
    const byFlags = saidByFlags(flags, invocation.places);
    const changes = byFlags !== undefined || flags.from !== undefined;
    if (toml !== undefined && changes)
      throw new DiagnosticProblem([
        usageErrors.together(toml, {
          flags: ['--to-toml', flags.from === undefined ? 'flags that change it' : '--from'],
          help: 'Change it first, then print it.',
        }),
      ]);
    return changes ? changeRecord(invocation, { name, byFlags }) : showRecord(invocation, name);
  },
});

type Asked = Invocation<typeof flags>;

async function showRecord(invocation: Asked, name: string): Promise<number> {
  const { terminal, global, folder, flags } = invocation;
  return reading(invocation, {}, async (store) => {
    const experiment = await store.catalog.experiment(name);
    if (experiment === undefined) throw await noExperiment(store, name);
    if (flags['to-toml'] && !global.json) {
      terminal.out.write(await experimentToml(experiment));
      return 0;
    }
    const document = await experimentDocument(store, experiment);
    if (global.json)
      terminal.json({
        format: formats.experiment,
        experiment: document,
        change: null,
        dryRun: false,
        made: false,
        changed: [],
        items: 0,
        warnings: [],
      });
    else for (const line of experimentLines(document, { colors: terminal.out.colors, folder })) terminal.out.line(line);
    return 0;
  });
}

async function changeRecord(
  invocation: Asked,
  { name, byFlags }: { readonly name: string; readonly byFlags: ExperimentSaid | undefined },
): Promise<number> {
  const { terminal, global, flags, operandPlaces } = invocation;
  const [nameAt] = operandPlaces;
  const diagnostics: Diagnostic[] = [];
  const { author } = await changeAuthor(invocation);
  const isDry = flags['dry-run'];
  const folder = await storeFolder(invocation);
  const there = await stat(folder).catch(() => undefined);
  const store = there === undefined ? undefined : await openStore(folder, { create: false, readOnly: isDry });
  try {
    const [newest] = (await store?.catalog.changes({ experiment: name, limit: 1 })) ?? [];
    const known = await store?.catalog.experiment(name);
    // One that is there has its name already, whoever gave it.
    const why = known === undefined ? experimentNameProblem(name) : undefined;
    if (why !== undefined && nameAt !== undefined)
      diagnostics.push(experimentErrors.badName(nameAt, { text: name, why }));
    const before = known ?? { name, authors: [], funding: [], keys: [] };
    const planned = await plannedRecord(invocation, { before, byFlags, store });
    diagnostics.push(...planned.diagnostics);
    if (diagnostics.some(({ severity }) => severity === 'error')) throw new DiagnosticProblem(diagnostics);
    const changed = recordChanges(before, planned.experiment);
    const isNew = known === undefined;
    const others = isNew ? ((await store?.catalog.experiments()) ?? []).map((one) => one.name) : [];
    const write = async (into: Store): Promise<number> =>
      into.catalog.record(
        {
          kind: 'experiment',
          experiment: name,
          seen: newest?.id ?? 0,
          about: {
            what: isNew ? 'made' : 'changed',
            fields: changed.map(({ field }) => field),
            before: known ?? null,
            keys: planned.experiment.keys.map((key) => key.name),
            ...(planned.items.length > 0 && { items: planned.items.length }),
            ...(author !== undefined && { author }),
          },
        },
        [
          { type: 'experiment-set', experiment: planned.experiment },
          ...chunks(planned.items, 2000).map(
            (items): CatalogEvent => ({ type: 'tags-set', items, types: planned.types }),
          ),
        ],
      );
    const nothing = !isNew && changed.length === 0 && planned.items.length === 0;
    const change = isDry || nothing ? undefined : await (store === undefined ? making(folder, write) : write(store));
    if (global.json) {
      const document =
        store === undefined || change === undefined ? null : await experimentDocument(store, planned.experiment);
      terminal.json({
        format: formats.experiment,
        experiment: document,
        change: change ?? null,
        dryRun: isDry,
        made: isNew,
        changed,
        items: planned.items.length,
        warnings: diagnosticsJson(diagnostics).diagnostics,
      });
      return 0;
    }
    if (diagnostics.length > 0) await printDiagnostics(diagnostics, { terminal, json: false });
    if (global.quiet && !isDry) return 0;
    const near = suggestions(name, others);
    for (const line of changedLines({ name, isNew, isDry, changed, items: planned.items.length, change, near }))
      terminal.out.line(line);
    return 0;
  } finally {
    await store?.close();
  }
}

/** The record that file and flags make of it, the flags last, and what its items need for that. */
async function plannedRecord(
  invocation: Asked,
  given: {
    readonly before: Experiment;
    readonly byFlags: ExperimentSaid | undefined;
    readonly store: Store | undefined;
  },
): Promise<{
  readonly experiment: Experiment;
  readonly items: Awaited<ReturnType<typeof refittedItems>>['refit']['items'];
  readonly types: Awaited<ReturnType<typeof refittedItems>>['refit']['types'];
  readonly diagnostics: readonly Diagnostic[];
}> {
  const { flags, folder } = invocation;
  const { before, byFlags, store } = given;
  const diagnostics: Diagnostic[] = [];
  let experiment = before;
  const [fromAt] = invocation.places('from');
  const flagAt = (field: SaidField, index: number): Span =>
    invocation.places(field)[index] ?? fromAt ?? whole(invocation);
  const saidOf = (field: SaidField): readonly string[] => (field === 'key' ? flags.key : flags['drop-key']);
  let keyAt = (field: SaidField, name: string): Span => {
    const index = saidOf(field).findIndex((text) => keyIn(text) === name);
    return invocation.places(field)[index] ?? fromAt ?? whole(invocation);
  };
  if (flags.from !== undefined && fromAt !== undefined) {
    const read = await experimentFromToml(flags.from, { folder, name: before.name, at: fromAt });
    diagnostics.push(...read.diagnostics);
    if (read.file !== undefined) {
      const { said, at } = read.file;
      const made = changedExperiment(experiment, said, { at });
      diagnostics.push(...made.diagnostics);
      experiment = made.experiment;
      const onFlags = keyAt;
      keyAt = (field, name) => {
        const index = (said.keys ?? []).findIndex((key) => typeof key !== 'string' && key.name === name);
        const isOnFlags = saidOf(field).some((text) => keyIn(text) === name);
        return isOnFlags ? onFlags(field, name) : index < 0 ? fromAt : at('key', index);
      };
    }
  }
  if (byFlags !== undefined) {
    const made = changedExperiment(experiment, byFlags, { at: flagAt });
    diagnostics.push(...made.diagnostics);
    experiment = made.experiment;
  }
  // A key that could not be read would look like one that is dropped.
  const areKeysRead = !diagnostics.some(({ code }) => code === 'BIT5356' || code === 'BIT5358' || code === 'BIT5905');
  if (store === undefined || !areKeysRead) return { experiment, items: [], types: {}, diagnostics };
  const { refit, diagnostics: misfits } = await refittedItems(store, {
    before,
    after: experiment,
    numbers: flags.numbers,
    at: keyAt,
  });
  return { experiment, items: refit.items, types: refit.types, diagnostics: [...diagnostics, ...misfits] };
}

const keyIn = (text: string): string => text.split(/[:\s]/u)[0] ?? '';

const whole = ({ commandLine }: Asked): Span => ({
  source: commandLine.source,
  start: 0,
  end: commandLine.source.text.length,
});

/** An experiment may be what a store begins with. */
async function storeFolder(invocation: Asked): Promise<string> {
  const { folder } = invocation;
  const { values } = await loadSettings(invocation, { beside: folder });
  return values.store ?? findStore(folder) ?? join(folder, '.bit');
}

async function making<T>(folder: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(folder, { create: true, readOnly: false });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

function changedLines(of: {
  readonly name: string;
  readonly isNew: boolean;
  readonly isDry: boolean;
  readonly changed: readonly RecordChange[];
  readonly items: number;
  readonly change: number | undefined;
  readonly near: readonly string[];
}): readonly string[] {
  const { name, isNew, isDry, changed, items, change, near } = of;
  if (!isNew && changed.length === 0 && items === 0) return [`\`${name}\` is so already: nothing was changed.`];
  const verb = isNew ? (isDry ? 'Would make' : 'Made') : isDry ? 'Would change' : 'Changed';
  return [
    `${verb} the experiment ${name}`,
    ...changed.map(({ field, was, becomes }) =>
      was === null
        ? `  ${field}: ${text(becomes)}`
        : becomes === null
          ? `  ${field}: ${text(was)} → (none)`
          : `  ${field}: ${text(was)} → ${text(becomes)}`,
    ),
    ...(items === 0 ? [] : [`  with it the tags of ${items} ${items === 1 ? 'item' : 'items'}`]),
    ...(near[0] === undefined
      ? []
      : [`There is \`${near[0]}\`, too. If that was meant: \`bit experiment ${near[0]}\``]),
    ...(change === undefined || isNew ? [] : [`Change ${change}; \`bit undo ${change}\` takes it back.`]),
  ];
}

/** Texts of people on one line of a screen. */
const text = (value: string | null): string => oneLine(beginningOf(value ?? ''));

import type { CatalogEvent } from '../../engine/ports/catalog.ts';
import type { Store } from '../../store/index.ts';
import { changeAuthor } from '../change-author.ts';
import { DiagnosticProblem } from '../problem.ts';
import { noExperiment } from '../queries/experiment-place.ts';
import { changing, reading } from '../queries/reading.ts';
import { retractDocument, retractLines } from '../queries/retract-forms.ts';
import { standing, type Wanted, wantedByCondition, wantedByName } from '../queries/retraction.ts';
import { retractionErrors } from '../queries/retraction-errors.ts';
import { namedSuspects, unknownSuspect } from '../queries/suspects.ts';
import { shellWord } from '../shell-word.ts';
import { defineVerb, type Invocation } from '../verb.ts';

const flags = {
  reason: { kind: 'text', value: 'TEXT', help: 'what is wrong with it; whoever meets it later reads this' },
  dataset: { kind: 'text', value: 'NAME', help: 'only items of this dataset of the experiment' },
  tool: { kind: 'list', value: 'NAME==VERSION', help: 'a version of a tool, as environments list it' },
  environment: { kind: 'list', value: 'NAME', help: 'an environment, as `bit show TASK` names it' },
  restore: { kind: 'switch', help: 'take it back: it may be used again' },
  'dry-run': { kind: 'switch', help: 'say what would be retracted and what depends on it, and leave it' },
} as const;

export const verb = defineVerb({
  name: 'retract',
  summary: 'say that data, a tool or an environment must not be used any more',
  details: [
    'Nothing is deleted, and no result changes. What is retracted is marked wherever it shows, `catalog(…)` does not give it to pipelines any more, and `bit impact` lists what depends on it.',
    'An item is retracted by its content: every copy of it is.',
  ].join('\n'),
  operands: [
    {
      name: 'EXPERIMENT EXPR|ITEM',
      how: 'any',
      help: 'an experiment and a condition over its items, as `bit find` takes it; or items, files and digests',
      complete: 'file',
    },
  ],
  flags,
  examples: [
    [`bit retract screen 'cell == "A3"' --reason "out of focus"`, 'items by their tags'],
    ['bit retract screen/raw/A3_t001.tif --reason "wrong cell line"', 'one item; a path or a digest does too'],
    [`bit retract --tool 'cellpose==4.0.1' --reason "masks are shifted"`, 'a version of a tool'],
    [`bit retract --restore screen 'cell == "A3"'`, 'it was right after all'],
  ],
  async run(invocation) {
    const { terminal, global, flags, folder } = invocation;
    const restores = flags.restore;
    checkWords(invocation);
    const opened = flags['dry-run'] ? reading : changing;
    const { author } = await changeAuthor(invocation);
    return opened(invocation, {}, async (store) => {
      const wanted = await wantedOf(store, invocation);
      const subjects = await standing(store, wanted.subjects, { restores });
      const impact = await store.impact.impact(subjects);
      const change =
        subjects.length === 0 || flags['dry-run']
          ? undefined
          : await store.catalog.record(
              {
                kind: 'retraction',
                experiment: wanted.experiment,
                ...(flags.dataset !== undefined && { dataset: flags.dataset }),
                about: {
                  what: restores ? 'restored' : 'retracted',
                  ...(flags.reason !== undefined && { reason: flags.reason }),
                  ...(invocation.operands.length > 0 && { of: invocation.operands.join(' ') }),
                  ...(flags.tool.length > 0 && { tools: flags.tool }),
                  ...(flags.environment.length > 0 && { environments: flags.environment }),
                  subjects: subjects.length,
                  ...(author !== undefined && { author }),
                },
              },
              eventsOf(subjects, restores ? undefined : (flags.reason ?? '')),
            );
      if (global.json) {
        terminal.json(retractDocument({ wanted, subjects, impact, change, restores }));
        return 0;
      }
      for (const line of retractLines({ wanted, subjects, impact, change, restores, folder, isDry: flags['dry-run'] }))
        terminal.out.line(line);
      for (const suspect of impact.suspects)
        if (suspect.kind !== 'content' && suspect.results === 0)
          terminal.err.line(await unknownSuspect(store, suspect));
      return 0;
    });
  },
});

type Retracting = Invocation<typeof flags>;

/** What can be wrong before anything is looked up, all of it at once. */
function checkWords(invocation: Retracting): void {
  const { flags, operands, operandPlaces, commandLine } = invocation;
  const end = commandLine.source.text.length;
  const after = { source: commandLine.source, start: end, end };
  const isOther = flags.tool.length + flags.environment.length > 0;
  const [first] = operandPlaces;
  const wrong = [
    ...(!isOther && operands.length === 0 ? [retractionErrors.nothingNamed(after)] : []),
    ...flags.environment.flatMap((name, index) =>
      name.trim() === '' ? [retractionErrors.noEnvironment(invocation.places('environment')[index] ?? after)] : [],
    ),
    ...(isOther && first !== undefined ? [retractionErrors.twoThings(first)] : []),
    ...(!flags.restore && (flags.reason ?? '').trim() === ''
      ? [retractionErrors.noReason(invocation.places('reason')[0] ?? after, { example: exampleOf(invocation) })]
      : []),
  ];
  if (wrong.length > 0) throw new DiagnosticProblem(wrong);
}

const exampleOf = ({ flags, operands }: Retracting): string =>
  [
    'bit retract',
    ...operands.map(shellWord),
    ...flags.tool.map((tool) => `--tool ${shellWord(tool)}`),
    '--reason "out of focus"',
  ].join(' ');

async function wantedOf(store: Store, invocation: Retracting): Promise<Wanted> {
  const { flags, operands, operandPlaces, commandLine, folder } = invocation;
  const end = commandLine.source.text.length;
  const [first = '', ...rest] = operands;
  if (operands.length === 0) {
    const subjects = await namedSuspects(store, {
      tools: flags.tool,
      toolPlaces: invocation.places('tool'),
      environments: flags.environment,
      elsewhere: { source: commandLine.source, start: end, end },
    });
    return { experiment: '', subjects, items: [] };
  }
  if ((await store.catalog.experiment(first)) === undefined) {
    // A condition after a name that is no experiment: the name is what is wrong.
    if (flags.dataset !== undefined || rest.some((word) => /[=<>~]|^(true|false)$/.test(word)))
      throw await noExperiment(store, first);
    return wantedByName(store, operands, folder);
  }
  const [at] = operandPlaces;
  if (rest.length === 0 && at !== undefined)
    throw new DiagnosticProblem([retractionErrors.noCondition(at, { experiment: first })]);
  return wantedByCondition(store, {
    experiment: first,
    condition: rest.join(' '),
    restores: flags.restore,
    ...(flags.dataset !== undefined && { dataset: flags.dataset }),
  });
}

function eventsOf(subjects: Wanted['subjects'], reason: string | undefined): readonly CatalogEvent[] {
  const byKind = Map.groupBy(subjects, ({ kind }) => kind);
  return [...byKind].map(([kind, of]): CatalogEvent => {
    const names = of.map(({ subject }) => subject);
    return reason === undefined
      ? { type: 'restored', kind, subjects: names }
      : { type: 'retracted', kind, subjects: names, reason };
  });
}

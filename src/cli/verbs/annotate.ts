import type { TagRule } from '../../data/annotate/annotate.ts';
import { annotateErrors } from '../../data/annotate/annotate-errors.ts';
import type { TagProblem } from '../../data/annotate/tag-problem.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Span } from '../../diagnostics/span.ts';
import type { CatalogItem } from '../../engine/ports/catalog.ts';
import type { Store } from '../../store/index.ts';
import { annotateDocument, annotateLines } from '../annotation/annotation-forms.ts';
import { knownKeys } from '../annotation/known-keys.ts';
import { annotationEvents, plannedAnnotation } from '../annotation/planned-annotation.ts';
import { changeAuthor } from '../change-author.ts';
import { type ReadRules, readRules, ruleFlags } from '../imports/rule-flags.ts';
import { printDiagnostics } from '../print-problems.ts';
import { DiagnosticProblem } from '../problem.ts';
import { type ExperimentPlace, experimentPlace } from '../queries/experiment-place.ts';
import { changing, reading } from '../queries/reading.ts';
import { selectItems } from '../queries/select-items.ts';
import { defineVerb, type Invocation } from '../verb.ts';

const flags = {
  unset: { kind: 'list', value: 'TAG', help: 'take a tag away from all of them' },
  ...ruleFlags,
  'new-keys': { kind: 'switch', help: 'declare tags that the experiment does not have, with the type of their values' },
  'dry-run': { kind: 'switch', help: 'show what would change, and change nothing' },
} as const;

export const verb = defineVerb({
  name: 'annotate',
  summary: 'give items tags, by name, by sheet or by hand',
  details: [
    'Several rules may be given at once; they must agree. Values are read as the keys of the experiment say, units are converted. Everything that is wrong is listed, and then nothing is written.',
    'Who changed what and when is kept; `bit undo` takes a change back.',
  ].join('\n'),
  operands: [
    { name: 'EXPERIMENT[/DATASET]', how: 'required', help: 'whose items get tags; retracted ones are among them' },
    { name: 'EXPR', how: 'any', help: 'only those that meet a condition, as `bit find` takes it' },
  ],
  flags,
  examples: [
    [`bit annotate screen 'name ~ "ctl"' --set condition=control --set dose='0 um'`, 'by hand, what meets a condition'],
    [
      `bit annotate screen/raw --pattern '{cell}_{condition}_t{time:Int}.tif' --dry-run`,
      'from names, to look at first',
    ],
    ['bit annotate screen --separator _ --position 2 --tag condition', 'the second piece of the name'],
    ['bit annotate screen --words control,treated --tag condition --new-keys', 'the word that stands in the name'],
    ['bit annotate screen --sheet plate.xlsx --worksheet 2 --file-column Image', 'from a table, row by row'],
  ],
  async run(invocation) {
    const { terminal, global, flags, operands } = invocation;
    const [of = '', ...words] = operands;
    const isDry = flags['dry-run'];
    const opened = isDry ? reading : changing;
    const { author } = await changeAuthor(invocation);
    return opened(invocation, {}, async (store) => {
      const place = await experimentPlace(store, of);
      const condition = words.join(' ').trim();
      const { read, rules, items, all, diagnostics } = await wanted(store, { invocation, place, condition });
      const plan = plannedAnnotation({
        place,
        items,
        all,
        rules,
        keys: knownKeys(place.experiment.keys, await store.catalog.tagNames(place.experiment.name)),
        newKeys: flags['new-keys'] ? 'infer' : 'refuse',
        at: (problem) => problemPlace(problem, { read, rules, invocation }),
        duplicates: read.allowsDuplicates ? 'allow' : 'warn',
      });
      const found = [...diagnostics, ...plan.diagnostics];
      if (found.some(({ severity }) => severity === 'error')) throw new DiagnosticProblem(found);
      const events = annotationEvents(plan, place);
      const changed = events.flatMap((event) => (event.type === 'tags-set' ? event.items : []));
      const change =
        changed.length === 0 || isDry
          ? undefined
          : await store.catalog.record(
              {
                kind: 'annotation',
                experiment: place.experiment.name,
                seen: place.seen,
                ...(place.dataset !== undefined && { dataset: place.dataset.name }),
                about: {
                  rule: read.typed.join(' '),
                  ...(condition !== '' && { condition }),
                  items: changed.length,
                  tags: [...new Set(changed.flatMap(({ tags }) => Object.keys(tags)))],
                  ...(plan.annotated.newKeys.length > 0 && { newKeys: plan.annotated.newKeys }),
                  ...(author !== undefined && { author }),
                },
              },
              events,
            );
      const done = { place, plan, change, isDry };
      if (global.json) terminal.json(annotateDocument(done));
      else {
        if (plan.diagnostics.length > 0) await printDiagnostics(plan.diagnostics, { terminal, json: false });
        if (!global.quiet || isDry)
          for (const line of annotateLines(done, { colors: terminal.out.colors })) terminal.out.line(line);
      }
      return 0;
    });
  },
});

type Annotating = Invocation<typeof flags>;

/** The rules that could be read and the items they are for, with what is wrong with the others and with the condition. */
async function wanted(
  store: Store,
  asked: { readonly invocation: Annotating; readonly place: ExperimentPlace; readonly condition: string },
): Promise<{
  readonly read: ReadRules;
  /** Those of them that have something to say of these items. */
  readonly rules: readonly TagRule[];
  readonly items: readonly CatalogItem[];
  readonly all: readonly CatalogItem[];
  readonly diagnostics: readonly Diagnostic[];
}> {
  const { invocation, place, condition } = asked;
  const read = await readRules(invocation, { names: invocation.flags.unset, places: invocation.places('unset') });
  const diagnostics: Diagnostic[] = [...read.diagnostics];
  if (read.rules.length === 0 && diagnostics.length === 0) {
    const end = invocation.commandLine.source.text.length;
    diagnostics.push(
      annotateErrors.badRule(
        { source: invocation.commandLine.source, start: end, end },
        {
          kind: 'bad-rule',
          problem: 'Which tags are meant is not said',
          help: "Write `--set condition=control`, `--pattern '{cell}_{time:Int}.tif'`, or `--sheet FILE`; `bit annotate --help` shows all rules.",
        },
      ),
    );
  }
  const select = async (text: string): Promise<readonly CatalogItem[]> =>
    selectItems(store, {
      experiment: place.experiment.name,
      ...(place.dataset !== undefined && { dataset: place.dataset.name }),
      condition: text,
      retracted: 'with',
    });
  const items = await select(condition === '' ? 'true' : condition).catch((problem: unknown) => {
    if (!(problem instanceof DiagnosticProblem)) throw problem;
    diagnostics.push(...problem.diagnostics);
    return [];
  });
  const all = condition === '' ? items : await select('true');
  // Where no item is meant, every row of a sheet would be about none.
  const rules = items.length === 0 ? read.rules.filter(({ kind }) => kind !== 'sheet') : read.rules;
  return { read, rules, items, all, diagnostics };
}

function problemPlace(
  problem: TagProblem | undefined,
  of: { readonly read: ReadRules; readonly rules: readonly TagRule[]; readonly invocation: Annotating },
): Span {
  const { read, rules, invocation } = of;
  const rule = problem?.rule === undefined ? rules[0] : rules[problem.rule];
  const own = read.places[rule === undefined ? 0 : read.rules.indexOf(rule)];
  const place = own ?? { source: invocation.commandLine.source, start: 0, end: 0 };
  if (rule?.kind !== 'set' || problem === undefined) return place;
  const { set, unset } = invocation.flags;
  const about = 'name' in problem ? problem.name : 'key' in problem ? problem.key.name : undefined;
  const isMeant = (text: string): boolean =>
    about === undefined
      ? problem.kind === 'bad-rule' && problem.problem.includes(`\`${text.split('=')[0]}`)
      : text.split('=')[0]?.trim() === about;
  const places = [...invocation.places('set'), ...invocation.places('unset')];
  return places[[...set, ...unset].findIndex(isMeant)] ?? place;
}

import { resolve } from 'node:path';
import type { Span } from '../../diagnostics/span.ts';
import type { Suspect } from '../../engine/ports/impact.ts';
import type { Store } from '../../store/index.ts';
import { isUri } from '../../util/is-uri.ts';
import { DiagnosticProblem } from '../problem.ts';
import { impactDocument, impactLines, narrowed } from '../queries/impact-forms.ts';
import { reading } from '../queries/reading.ts';
import { resolveContent, resolveRun } from '../queries/resolve.ts';
import { retractionErrors } from '../queries/retraction-errors.ts';
import { namedSuspects, unknownSuspect } from '../queries/suspects.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  name: 'impact',
  summary: 'results that depend on retracted data, tools or environments',
  details: [
    'Lists published files, datasets and runs that depend on anything retracted (`bit retract`), with the reason and the shortest way there; of one experiment, run or place where',
    'these are named. With --of, --tool or --environment it asks what would be affected if that were retracted.',
  ].join('\n'),
  operands: [
    {
      name: 'PATH|EXPERIMENT|RUN',
      how: 'any',
      help: 'only what lies there, belongs to the experiment, or was made by the run',
      complete: 'file',
    },
  ],
  flags: {
    of: { kind: 'list', value: 'FILE', help: 'what depends on this file, item or digest' },
    tool: { kind: 'list', value: 'NAME==VERSION', help: 'what was made with this version of a tool' },
    environment: {
      kind: 'list',
      value: 'NAME',
      help: 'what was made in this environment, as `bit show TASK` names it',
    },
    strict: { kind: 'switch', help: 'exit status 1 where anything is affected' },
  },
  examples: [
    ['bit impact', 'everything that depends on something retracted'],
    ['bit impact screen --strict', 'a nightly check: exit status 1 where the experiment is affected'],
    ['bit impact --of raw/A3.tif', 'what would be affected, before retracting it'],
    ["bit impact --tool 'cellpose==4.0.1'", 'everything that was made with this version'],
  ],
  async run(invocation) {
    const { terminal, global, flags, folder, operands, operandPlaces, commandLine } = invocation;
    const end = commandLine.source.text.length;
    const isQuestion = flags.of.length + flags.tool.length + flags.environment.length > 0;
    const { impact, unknown } = await reading(invocation, {}, async (store) => {
      const suspects: readonly Suspect[] | 'retracted' = isQuestion
        ? [
            ...(await contents(store, flags.of, folder)),
            ...(await namedSuspects(store, {
              tools: flags.tool,
              toolPlaces: invocation.places('tool'),
              environments: flags.environment,
              elsewhere: { source: commandLine.source, start: end, end },
            })),
          ]
        : 'retracted';
      const whole = await store.impact.impact(suspects);
      const unknown: string[] = [];
      if (isQuestion)
        for (const suspect of whole.suspects)
          if (suspect.results === 0 && suspect.kind !== 'content') unknown.push(await unknownSuspect(store, suspect));
      const impact =
        operands.length === 0
          ? whole
          : narrowed(whole, await wantedParts(store, { operands, places: operandPlaces, folder }));
      return { impact, unknown };
    });
    if (global.json) terminal.json(impactDocument(impact));
    else
      for (const line of impactLines(impact, { colors: terminal.out.colors, folder, isQuestion }))
        terminal.out.line(line);
    const isAffected = impact.files.length + impact.items.length + impact.runs.length > 0;
    for (const line of unknown) terminal.err.line(line);
    if (!isAffected && unknown.length === 0 && !global.quiet)
      terminal.err.line(isQuestion ? 'Nothing depends on it.' : 'Nothing here depends on anything retracted.');
    return flags.strict && isAffected ? 1 : 0;
  },
});

async function contents(store: Store, texts: readonly string[], folder: string): Promise<readonly Suspect[]> {
  const out: Suspect[] = [];
  for (const text of texts) out.push({ kind: 'content', subject: (await resolveContent(store, text, folder)).digest });
  return out;
}

/** What the operands name. A name that is an experiment is one; else a run; else a place. */
async function wantedParts(
  store: Store,
  named: {
    readonly operands: readonly string[];
    readonly places: readonly Span[];
    readonly folder: string;
  },
) {
  const experiments = new Set<string>();
  const runs = new Set<string>();
  const paths: string[] = [];
  const known = (await store.catalog.experiments()).map(({ name }) => name);
  for (const [index, text] of named.operands.entries()) {
    if (known.includes(text)) {
      experiments.add(text);
      continue;
    }
    const path = isUri(text) ? text : resolve(named.folder, text);
    const place = await store.reader.isPlace(path);
    const run = place ? undefined : await runOf(store, text);
    if (run !== undefined) runs.add(run);
    else if (place) paths.push(path);
    else {
      const at = named.places[index];
      if (at === undefined) throw new Error('every operand has a place');
      throw new DiagnosticProblem([retractionErrors.unknownPart(at, { text, experiments: known })]);
    }
  }
  return { experiments, runs, paths };
}

/** More than one run by this beginning is an error that names a few. */
async function runOf(store: Store, text: string): Promise<string | undefined> {
  const found =
    text === 'latest' ? await store.reader.runs({ limit: 1, done: 'here' }) : await store.reader.runsNamed(text);
  return found.length === 0 ? undefined : (await resolveRun(store, text)).run;
}

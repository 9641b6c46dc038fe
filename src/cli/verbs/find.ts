import type { Filter } from '../../engine/ports/run-reader.ts';
import { DiagnosticProblem } from '../problem.ts';
import { noExperiment } from '../queries/experiment-place.ts';
import { findFilter } from '../queries/find-filter.ts';
import { foundDocument, foundLines, foundTable } from '../queries/found-forms.ts';
import { reading } from '../queries/reading.ts';
import { usageErrors } from '../usage-errors.ts';
import { defineVerb, type Invocation } from '../verb.ts';

const findFlags = {
  experiment: { kind: 'text', value: 'NAME', help: 'only what belongs to this experiment' },
  raw: { kind: 'switch', help: 'only what was imported as raw data' },
  processed: { kind: 'switch', help: 'only what was made from it' },
  limit: { kind: 'count', value: 'N', short: 'n', help: 'the first so many, by path; all unless said' },
  format: {
    kind: 'text',
    value: 'FORMAT',
    choices: ['text', 'json', 'csv', 'tsv', 'paths'],
    help: 'text, json, csv, tsv, or paths: one to a line',
  },
  print0: { kind: 'switch', help: 'paths with a zero byte behind each, for `xargs -0`' },
} as const;

export const verb = defineVerb({
  name: 'find',
  summary: 'raw and processed data by tag and property',
  details: [
    'The condition is what stands after `where` in the language, over what was imported and what was published alike. Names are tags, and properties:',
    'experiment, dataset, kind (the name of the result or dataset), origin ("raw" or "processed"), path, name, stem, ext, size, type, digest, at, user,',
    'run, process, task, pipeline, retracted; of images axes, dtype, shape, size_x (y, z, c, t), channels, excitation, emission, pixel_size.x (y, z), time_step,',
    'acquired_at, objective; and functions present(x), len(x), from("process"), derived_from("path, digest or condition"). docs/queries.md has all of it.',
  ].join('\n'),
  operands: [{ name: 'EXPR', how: 'some', help: 'a condition; `true` finds everything' }],
  flags: findFlags,
  examples: [
    [`bit find 'cell == "A3" and time < 10 and kind == "tracks"'`, 'by tags and the name of the result'],
    [`bit find 'pixel_size.x < 0.2 um and "DAPI" in channels' --raw`, 'by what the images are'],
    [`bit find 'condition in ["ctrl", "drug"] and not present(dose)'`, 'lists, and tags that are not there'],
    [`bit find 'derived_from("raw/A3.tif") and at >= "2026-11-01"'`, 'by where it came from, and when'],
    [`bit find 'size > 2 GB' --print0 | xargs -0 ls -l`, 'as paths for other commands'],
  ],
  async run(invocation) {
    const { terminal, global, flags, folder } = invocation;
    refuseOpposites(invocation);
    const text = invocation.operands.join(' ');
    const { limit } = flags;
    const format = formatOf(invocation);
    const { found, marks } = await reading(invocation, {}, async (store) => {
      const { experiment } = flags;
      if (experiment !== undefined && (await store.catalog.experiment(experiment)) === undefined)
        throw await noExperiment(store, experiment);
      const tags = await store.reader.tagNames(experiment === undefined ? {} : { experiment });
      const filter = restricted(findFilter(text, { name: 'find', tags }), flags);
      // One more than is shown tells whether there is more.
      const found = await store.reader.find(filter, limit === undefined || limit === 0 ? {} : { limit: limit + 1 });
      const told = format === 'text' || format === 'json';
      return { found, marks: told ? await store.impact.affected(found) : [] };
    });
    const files = limit === undefined || limit === 0 ? found : found.slice(0, limit);
    switch (format) {
      case 'json':
        terminal.json(foundDocument(files, marks));
        return 0;
      case 'csv':
        terminal.out.write(foundTable(files, ','));
        break;
      case 'tsv':
        terminal.out.write(foundTable(files, '\t'));
        break;
      case 'paths':
        terminal.out.write(files.map(({ path }) => `${path}${flags.print0 ? '\0' : '\n'}`).join(''));
        break;
      case 'text':
        for (const line of foundLines(files, marks, { colors: terminal.out.colors, folder })) terminal.out.line(line);
        break;
    }
    if (global.quiet) return 0;
    if (files.length === 0) terminal.err.line('Nothing was found. `bit find true` lists everything that there is.');
    else if (found.length > files.length)
      terminal.err.line(`The first ${files.length}; there are more. \`--limit 0\` shows all of them.`);
    return 0;
  },
});

function formatOf(invocation: Invocation<typeof findFlags>): 'text' | 'json' | 'csv' | 'tsv' | 'paths' {
  const { flags, global } = invocation;
  return flags.format ?? (flags.print0 ? 'paths' : global.json ? 'json' : 'text');
}

function refuseOpposites(invocation: Invocation<typeof findFlags>): void {
  const { flags, global } = invocation;
  const together = (name: 'processed' | 'print0', first: string, help: string): void => {
    const [at] = invocation.places(name);
    if (at !== undefined)
      throw new DiagnosticProblem([usageErrors.together(at, { flags: [first, `--${name}`], help })]);
  };
  if (flags.raw && flags.processed) together('processed', '--raw', 'Leave both out to find both.');
  if (flags.print0 && flags.format !== undefined && flags.format !== 'paths')
    together('print0', `--format ${flags.format}`, '`--print0` prints paths alone; leave one of them out.');
  if (flags.print0 && global.json)
    together('print0', '--json', '`--print0` prints paths alone; leave one of them out.');
}

function restricted(
  filter: Filter,
  flags: { readonly experiment: string | undefined; readonly raw: boolean; readonly processed: boolean },
): Filter {
  const { experiment, raw, processed } = flags;
  const is = (name: 'experiment' | 'origin', value: string): Filter => ({
    kind: 'compare',
    field: { kind: 'property', name },
    operator: '==',
    value,
  });
  const more = [
    ...(experiment === undefined ? [] : [is('experiment', experiment)]),
    ...(raw ? [is('origin', 'raw')] : []),
    ...(processed ? [is('origin', 'processed')] : []),
  ];
  return more.reduce((left, right) => ({ kind: 'and', left, right }), filter);
}

import type { TagKey } from '../../engine/ports/catalog.ts';
import { knownKeys } from '../annotation/known-keys.ts';
import { type NamedItem, namedItems } from '../annotation/named-items.ts';
import { formats } from '../formats.ts';
import { DiagnosticProblem } from '../problem.ts';
import { experimentPlace } from '../queries/experiment-place.ts';
import { reading } from '../queries/reading.ts';
import { selectItems } from '../queries/select-items.ts';
import { columnTitle, isDeclared, itemSheet, itemTable, type Table, valueCounts } from '../queries/tag-tables.ts';
import { delimitedTable, textTable } from '../text-table.ts';
import { usageErrors } from '../usage-errors.ts';
import { defineVerb, type Invocation } from '../verb.ts';

const flags = {
  values: { kind: 'switch', help: 'the values that each tag has, and in how many items' },
  keys: { kind: 'switch', help: 'the keys: type, unit, term, allowed values, and how many items have them' },
  missing: { kind: 'list', value: 'TAG', help: 'only items that do not have this tag' },
  limit: { kind: 'count', value: 'N', short: 'n', help: 'the first so many items; all unless said' },
  format: {
    kind: 'text',
    value: 'FORMAT',
    choices: ['text', 'csv', 'tsv', 'json'],
    help: 'text, csv, tsv or json; `bit annotate --sheet` reads csv and tsv back',
  },
} as const;

export const verb = defineVerb({
  name: 'tags',
  summary: 'items and their tags, as tables',
  details:
    'Without a flag a row for each item, retracted ones too. As CSV it can be edited in a spreadsheet and read back: `bit tags screen --format csv > tags.csv`, then `bit annotate screen --sheet tags.csv`. An empty cell changes nothing.',
  operands: [
    { name: 'EXPERIMENT[/DATASET]', how: 'required', help: 'whose items are shown' },
    { name: 'EXPR', how: 'any', help: 'only those that meet a condition, as `bit find` takes it' },
  ],
  flags,
  examples: [
    ['bit tags screen/raw', 'a row for each item'],
    [`bit tags screen 'condition == "control"' --values`, 'which values there are, and how often'],
    ['bit tags screen --keys', 'what is declared, and how complete it is'],
    ['bit tags screen --missing dose', 'what still has to be annotated'],
    ['bit tags screen --format csv > tags.csv', 'for a spreadsheet'],
  ],
  async run(invocation) {
    const { terminal, flags, operands, global } = invocation;
    const [of = '', ...words] = operands;
    const [both] = invocation.places('keys');
    if (flags.values && both !== undefined)
      throw new DiagnosticProblem([
        usageErrors.together(both, { flags: ['--values', '--keys'], help: 'Ask for one after the other.' }),
      ]);
    const format = flags.format ?? (global.json ? 'json' : 'text');
    const asked = await reading(invocation, {}, async (store) => {
      const place = await experimentPlace(store, of);
      const { experiment } = place;
      const keys = knownKeys(experiment.keys, await store.catalog.tagNames(experiment.name));
      refuseUnknown(invocation, keys);
      const items = await selectItems(store, {
        experiment: experiment.name,
        ...(place.dataset !== undefined && { dataset: place.dataset.name }),
        condition: words.join(' ').trim() || 'true',
        retracted: 'with',
      });
      const lacking = items.filter(({ tags }) => flags.missing.every((name) => !Object.hasOwn(tags, name)));
      return { place, keys, items: namedItems(lacking, place) };
    });
    const { keys, place } = asked;
    const isCut = flags.limit !== undefined && flags.limit > 0 && asked.items.length > flags.limit;
    const items = isCut ? asked.items.slice(0, flags.limit) : asked.items;
    const counts = valueCounts(asked.items, { keys });
    const declared = place.experiment.keys;
    if (format === 'json') {
      terminal.json({
        format: formats.tags,
        experiment: place.experiment.name,
        dataset: place.dataset?.name ?? null,
        items: asked.items.length,
        keys: counts.map(({ key, values, without }) => ({
          ...key,
          declared: isDeclared(key, declared),
          with: asked.items.length - without,
          without,
          distinct: values.length,
          ...(flags.values && { counts: values }),
        })),
        rows: flags.values || flags.keys ? [] : items.map(rowDocument),
      });
      return 0;
    }
    const table = flags.values
      ? valuesTable(counts)
      : flags.keys
        ? keysTable(counts, { declared, items: asked.items.length })
        : format === 'text'
          ? itemTable(items, { keys })
          : itemSheet(items, { keys });
    if (format !== 'text') {
      terminal.out.write(delimitedTable([table.header, ...table.rows], format === 'csv' ? ',' : '\t'));
      return 0;
    }
    if (asked.items.length === 0 && !flags.keys) {
      if (!global.quiet)
        terminal.err.line(
          flags.missing.length > 0
            ? `Every item has ${flags.missing.map((name) => `\`${name}\``).join(' and ')}.`
            : 'There are no such items.',
        );
      return 0;
    }
    for (const line of textTable(table.header, table.rows, { paint: terminal.out.colors.dim })) terminal.out.line(line);
    if (isCut && !global.quiet && !flags.values && !flags.keys)
      terminal.err.line(`The first ${items.length} of ${asked.items.length}. \`--limit 0\` shows all of them.`);
    return 0;
  },
});

function refuseUnknown(invocation: Invocation<typeof flags>, keys: readonly TagKey[]): void {
  const names = keys.map(({ name }) => name);
  const wrong = invocation.flags.missing.flatMap((text, index) => {
    const at = invocation.places('missing')[index];
    return names.includes(text) || at === undefined
      ? []
      : [usageErrors.notAChoice(at, { name: 'missing', text, choices: names })];
  });
  if (wrong.length > 0) throw new DiagnosticProblem(wrong);
}

const rowDocument = ({ item, path }: NamedItem) => ({
  dataset: item.dataset,
  name: item.name,
  file: path,
  path: item.path,
  tags: item.tags,
  retracted: item.retracted ?? null,
});

const valuesTable = (counts: ReturnType<typeof valueCounts>): Table => ({
  header: ['tag', 'value', 'items'],
  rows: counts.flatMap(({ key, values, without }) => [
    ...values.map(({ value, items }) => [key.name, String(value), items]),
    ...(without === 0 ? [] : [[key.name, '(none)', without]]),
  ]),
});

function keysTable(
  counts: ReturnType<typeof valueCounts>,
  of: { readonly declared: readonly TagKey[]; readonly items: number },
): Table {
  return {
    header: ['key', 'items', 'complete', 'different', 'term', 'values', 'description'],
    rows: counts.map(({ key, values, without }) => [
      columnTitle(key),
      of.items - without,
      of.items === 0 ? '' : `${Math.floor(((of.items - without) / of.items) * 100)} %`,
      values.length,
      key.term ?? '',
      (key.values ?? []).join(', '),
      isDeclared(key, of.declared) ? (key.description ?? '') : 'not declared',
    ]),
  };
}

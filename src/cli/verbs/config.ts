import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Span } from '../../diagnostics/span.ts';
import { checkProgram, type Process } from '../../parser/index.ts';
import { formats } from '../formats.ts';
import { columns } from '../help.ts';
import { DiagnosticProblem } from '../problem.ts';
import { reservedParams } from '../run-flags.ts';
import { type OfProcesses, processRows, type SettingRow, settingRows } from '../settings/setting-rows.ts';
import { loadSettings } from '../settings/settings.ts';
import { isSettingName, settingNames } from '../settings/table.ts';
import { fileSourceHost } from '../source-host.ts';
import { storeAround } from '../store-folder.ts';
import { usageErrors } from '../usage-errors.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  name: 'config',
  summary: 'the settings that hold here, and who set them',
  details: [
    'Settings come, weakest first, from: built in, /etc/bitflow.toml, $XDG_CONFIG_HOME/bitflow/config.toml, bit.toml beside the pipeline, [profile.NAME] of those files, BIT_… variables, flags.',
    'What [process.NAME] and [label.NAME] say is shown as it stands there; for a pipeline, as it comes to hold for each of its processes.',
  ].join('\n\n'),
  operands: [
    {
      name: 'FILE',
      how: 'optional',
      help: 'the pipeline whose bit.toml counts; the folder you are in unless said',
      complete: 'pipeline',
    },
  ],
  flags: {
    why: { kind: 'text', value: 'KEY', offers: settingNames, help: 'everybody who said something about one setting' },
  },
  examples: [
    ['bit config', 'all settings'],
    ['bit config --why cpus', 'which one won'],
    ['bit config cells.bit --why process.segment.memory', 'which one won for a process'],
  ],
  async run(invocation) {
    const { terminal, global, flags } = invocation;
    const { beside, processes } = await readOperand(invocation.operands[0], invocation);
    const settings = await loadSettings(invocation, { beside });
    const store = settings.values.store === undefined ? await storeAround(beside, invocation) : undefined;
    const ofProcesses = processRows(settings, processes);
    const [at] = invocation.places('why');
    const rows = asked(settingRows(settings), { ofProcesses, why: flags.why, at });
    if (global.json) {
      const isAsked = (row: SettingRow): boolean => rows.includes(row);
      const ofTable = (table: OfProcesses['process']) =>
        Object.fromEntries(
          [...table]
            .map(([name, own]) => [name, own.filter(isAsked)] as const)
            .filter(([, own]) => own.length > 0)
            .map(([name, own]) => [name, Object.fromEntries(own.map((row) => [keyOf(row), asJson(row)]))]),
        );
      terminal.json({
        format: formats.config,
        settings: Object.fromEntries(
          rows
            .filter((row) => isSettingName(row.name))
            .map((row) => [
              row.name,
              { ...asJson(row), ...(row.name === 'store' && store !== undefined && { found: store }) },
            ]),
        ),
        processes: ofTable(ofProcesses.process),
        labels: ofTable(ofProcesses.label),
      });
      return 0;
    }
    const { cyan, dim } = terminal.out.colors;
    const [first] = rows;
    const lines =
      flags.why !== undefined && first !== undefined
        ? [...why(first), ...(flags.why === 'store' && store !== undefined ? [foundLine(store)] : [])]
        : columns(
            rows.map((row) => [row.name, shown(row, { dim })] as const),
            { paint: cyan },
          );
    terminal.out.line(lines.join('\n'));
    return 0;
  },
});

/** The folder whose bit.toml counts; of a pipeline also its processes, as far as it can be read: what is wrong in it is for `bit check`. */
async function readOperand(
  file: string | undefined,
  around: { readonly folder: string; readonly operandPlaces: readonly Span[] },
): Promise<{ readonly beside: string; readonly processes?: readonly Process[] }> {
  const [at] = around.operandPlaces;
  if (file === undefined || at === undefined) return { beside: around.folder };
  const path = resolve(around.folder, file);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined)
    throw new DiagnosticProblem([usageErrors.noSuchFile(at, { path: file, what: 'pipeline', why: 'missing' })]);
  if (found.isDirectory()) return { beside: path };
  const host = fileSourceHost({ folder: around.folder });
  const { processes } = checkProgram(path, host, { arguments: [], reserved: reservedParams });
  return { beside: dirname(path), ...(processes.length > 0 && { processes }) };
}

/** All rows, or the one that `--why` names. */
function asked(
  settings: readonly SettingRow[],
  of: { readonly ofProcesses: OfProcesses; readonly why: string | undefined; readonly at: Span | undefined },
): readonly SettingRow[] {
  const { process, label } = of.ofProcesses;
  const ofAny = [...label.values(), ...process.values()].flat();
  if (of.why === undefined || of.at === undefined) return [...settings, ...ofAny.filter((row) => row.said.length > 0)];
  const rows = [...settings, ...ofAny];
  const found = rows.filter((row) => row.name === of.why);
  if (found.length > 0) return found;
  const choices = rows.map((row) => row.name);
  throw new DiagnosticProblem([usageErrors.notAChoice(of.at, { name: 'why', text: of.why, choices })]);
}

function shown(row: SettingRow, options: { readonly dim: (text: string) => string }): string {
  const { dim } = options;
  const won = row.said.at(-1);
  return won === undefined ? dim(`not set: ${row.help}`) : `${won.text}  ${dim(`(${won.by})`)}`;
}

function why(row: SettingRow): string[] {
  const won = row.said.at(-1);
  if (won === undefined) return [`${row.name} is not set: ${row.help}.`];
  const others = row.said.slice(0, -1).reverse();
  return [
    `${row.name} = ${won.text}, from ${won.by}`,
    ...others.map((one) => `  stronger than ${one.by}: ${one.text}`),
    ...(isSettingName(row.name) ? [`It is ${row.help}.`] : []),
  ];
}

function foundLine(store: NonNullable<Awaited<ReturnType<typeof storeAround>>>): string {
  return store.how === 'upwards'
    ? `Here it is ${store.folder}, the nearest upwards.`
    : `Questions asked here go to ${store.folder}, remembered from a run; what changes a store needs \`--store\`.`;
}

const keyOf = (row: SettingRow): string => row.name.slice(row.name.lastIndexOf('.') + 1);

function asJson(row: SettingRow) {
  const { form, said } = row;
  // As everywhere in JSON, durations are in seconds.
  const isDuration = form.kind === 'amount' && form.dimension === 'duration';
  const all = said.map(({ by, text, value }) => ({
    by,
    text,
    value: isDuration && typeof value === 'number' ? value / 1000 : value,
  }));
  const won = all.at(-1);
  return { value: won?.value ?? null, from: won?.by ?? null, said: all };
}

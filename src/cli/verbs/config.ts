import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { formats } from '../formats.ts';
import { columns } from '../help.ts';
import { DiagnosticProblem } from '../problem.ts';
import { loadSettings, type Said, type Settings } from '../settings/settings.ts';
import { isSettingName, type SettingName, settingNames, settingTable } from '../settings/table.ts';
import { storeAround } from '../store-folder.ts';
import { usageErrors } from '../usage-errors.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  name: 'config',
  summary: 'the settings that hold here, and who set them',
  details:
    'Settings come, weakest first, from: built in, /etc/bitflow.toml, $XDG_CONFIG_HOME/bitflow/config.toml, bit.toml beside the pipeline, [profile.NAME] of those files, BIT_… variables, flags.',
  operands: [
    {
      name: 'FILE',
      how: 'optional',
      help: 'the pipeline whose bit.toml counts; the folder you are in unless said',
      complete: 'pipeline',
    },
  ],
  flags: {
    why: { kind: 'text', value: 'KEY', choices: settingNames, help: 'everybody who said something about one setting' },
  },
  examples: [
    ['bit config', 'all settings'],
    ['bit config --why cpus', 'which one won'],
  ],
  async run(invocation) {
    const { terminal, global, flags } = invocation;
    const beside = await folderBeside(invocation.operands[0], invocation);
    const settings = await loadSettings(invocation, { beside });
    const store = settings.values.store === undefined ? await storeAround(beside, invocation) : undefined;
    const asked = flags.why !== undefined && isSettingName(flags.why) ? [flags.why] : settingNames;
    if (global.json) {
      terminal.json({
        format: formats.config,
        settings: Object.fromEntries(
          asked.map((name) => [
            name,
            { ...asJson(name, settings), ...(name === 'store' && store !== undefined && { found: store }) },
          ]),
        ),
      });
      return 0;
    }
    const { cyan, dim } = terminal.out.colors;
    const lines =
      flags.why !== undefined && asked[0] !== undefined
        ? [...why(asked[0], settings), ...(flags.why === 'store' && store !== undefined ? [foundLine(store)] : [])]
        : columns(
            asked.map((name) => [name, shown(settings.said[name].at(-1), { name, dim })] as const),
            { paint: cyan },
          );
    terminal.out.line(lines.join('\n'));
    return 0;
  },
});

async function folderBeside(
  file: string | undefined,
  around: { readonly folder: string; readonly operandPlaces: readonly import('../../diagnostics/span.ts').Span[] },
): Promise<string> {
  const [at] = around.operandPlaces;
  if (file === undefined || at === undefined) return around.folder;
  const path = resolve(around.folder, file);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined)
    throw new DiagnosticProblem([usageErrors.noSuchFile(at, { path: file, what: 'pipeline', why: 'missing' })]);
  return found.isDirectory() ? path : dirname(path);
}

function shown(
  said: Said | undefined,
  options: { readonly name: SettingName; readonly dim: (text: string) => string },
): string {
  const { dim } = options;
  return said === undefined
    ? dim(`not set: ${settingTable[options.name].help}`)
    : `${said.text}  ${dim(`(${said.by})`)}`;
}

function why(name: SettingName, settings: Settings): string[] {
  const said = settings.said[name];
  const won = said.at(-1);
  if (won === undefined) return [`${name} is not set: ${settingTable[name].help}.`];
  const others = said.slice(0, -1).reverse();
  return [
    `${name} = ${won.text}, from ${won.by}`,
    ...others.map((one) => `  stronger than ${one.by}: ${one.text}`),
    `It is ${settingTable[name].help}.`,
  ];
}

function foundLine(store: NonNullable<Awaited<ReturnType<typeof storeAround>>>): string {
  return store.how === 'upwards'
    ? `Here it is ${store.folder}, the nearest upwards.`
    : `Questions asked here go to ${store.folder}, remembered from a run; what changes a store needs \`--store\`.`;
}

const asJson = (name: SettingName, settings: Settings) => {
  const said = settings.said[name];
  return {
    value: said.at(-1)?.value ?? null,
    from: said.at(-1)?.by ?? null,
    said: said.map(({ by, text, value }) => ({ by, text, value })),
  };
};

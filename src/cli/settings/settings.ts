import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Span } from '../../diagnostics/span.ts';
import { printDiagnostics } from '../print-problems.ts';
import { DiagnosticProblem } from '../problem.ts';
import { shellWord } from '../shell-word.ts';
import { usageErrors } from '../usage-errors.ts';
import type { Surroundings } from '../verb.ts';
import { readEntry } from './entry.ts';
import type { Given } from './forms.ts';
import { folderOf, readSettingsFiles, type SettingsEntry, type SettingsFile, settingsPaths } from './layers.ts';
import type { ProcessSaying } from './process-sayings.ts';
import { tableHead } from './process-table.ts';
import type { Said } from './said.ts';
import { readSetting, type SettingName, type SettingValues, settingNames, settingTable, variableOf } from './table.ts';

export interface Settings {
  readonly values: SettingValues;
  /** Everybody who said something about a setting, weakest first: the last one won. */
  readonly said: Readonly<Record<SettingName, readonly Said[]>>;
  /** What files say about processes and labels, in the order of the files: `settingsFor` puts it together for a process. */
  readonly ofProcesses: readonly ProcessSaying[];
}

/** What flags of the verb say, by setting. */
export type SettingFlags = Partial<
  Record<SettingName, { readonly text: string | undefined; readonly at: Span | undefined }>
>;

/**
 * All settings as they hold for a pipeline in the folder `beside`, and the colours they ask for. Unknown names are warned of on stderr;
 * a value that cannot be is a `DiagnosticProblem` at its place.
 */
export async function loadSettings(
  around: Surroundings,
  options: { readonly beside: string; readonly flags?: SettingFlags },
): Promise<Settings> {
  const { files, diagnostics } = await readSettingsFiles(
    settingsPaths({ environment: around.environment, beside: options.beside }),
    { folder: around.folder },
  );
  const profile = around.global.profile ?? nonEmpty(around.environment.BIT_PROFILE);
  const found: Diagnostic[] = [...diagnostics, ...profileProblem(profile, { files, at: around.profilePlace })];
  const said = Object.fromEntries(settingNames.map((name) => [name, [] as Said[]])) as Record<SettingName, Said[]>;
  const ofProcesses: ProcessSaying[] = [];
  /** By somebody outside of the files. */
  const say = (name: SettingName, saying: { readonly by: string; readonly text: string; readonly at: Span }): void => {
    const given: Given = { kind: 'text', text: saying.text };
    const read = readSetting(name, given, { folder: around.folder });
    if (read.ok) said[name].push({ by: saying.by, text: saying.text, value: read.value });
    else {
      const { by, text } = saying;
      const example = by.startsWith('-') ? `${by} ${shellWord(read.example)}` : `${by}=${shellWord(read.example)}`;
      found.push(usageErrors.badValue(saying.at, { what: by, text, expected: read.expected, example }));
    }
  };

  for (const name of settingNames) {
    const text = settingTable[name].builtIn;
    if (text !== undefined) say(name, { by: 'built in', text, at: placeInText('built in', text) });
  }
  for (const [layer, group] of layers(files, profile).entries()) {
    const by = layerName(group);
    for (const entry of entriesOf(group)) {
      const read = readEntry(entry, { folder: folderOf(group.file) });
      const { text } = entry.given;
      if (read.kind === 'setting') said[read.name].push({ by, text, value: read.value });
      else if (read.kind === 'of-process') {
        const { table, name, key, value } = read;
        const at = entry.tables.at(-1) ?? entry.at;
        const said = { by: layerName(group, tableHead(table, name)), text, value };
        ofProcesses.push({ table, name, key, layer, said, file: group.file.path, at });
      } else found.push(read.diagnostic);
    }
  }
  for (const name of settingNames) {
    const variable = variableOf(name);
    const text = nonEmpty(around.environment[variable]);
    if (text !== undefined)
      say(name, { by: variable, text, at: placeInText('environment', `${variable}=${shellWord(text)}`) });
  }
  const flags: SettingFlags = {
    store: { text: around.global.store, at: undefined },
    color: { text: around.global.color, at: undefined },
    ...options.flags,
  };
  for (const name of settingNames) {
    const flag = flags[name];
    const by = `--${name.replaceAll('_', '-')}`;
    if (flag?.text !== undefined)
      say(name, {
        by,
        text: flag.text,
        at: flag.at ?? placeInText('command line', `${by} ${shellWord(flag.text)}`),
      });
  }

  if (found.some((diagnostic) => diagnostic.severity === 'error')) throw new DiagnosticProblem(found);
  if (found.length > 0 && !around.global.json)
    await printDiagnostics(found, { terminal: around.terminal, json: false });
  // Each is read by its own form above, so the strongest saying has the type of its setting.
  const values = Object.fromEntries(
    settingNames.map((name) => [name, said[name].at(-1)?.value]),
  ) as unknown as SettingValues;
  around.terminal.useColors(values.color);
  return { values, said, ofProcesses };
}

/** What one file says for everybody (no profile), or under a profile. */
interface Layer {
  readonly file: SettingsFile;
  readonly profile: string | undefined;
}

/** Any profile is stronger than any file's plain settings. */
const layers = (files: readonly SettingsFile[], profile: string | undefined): readonly Layer[] => [
  ...files.map((file) => ({ file, profile: undefined })),
  ...(profile === undefined ? [] : files.map((file) => ({ file, profile }))),
];

const entriesOf = ({ file, profile }: Layer): readonly SettingsEntry[] =>
  profile === undefined ? file.entries : (file.profiles.get(profile) ?? []);

function layerName({ file, profile }: Layer, table?: string): string {
  const head = [...(profile === undefined ? [] : [`profile.${profile}`]), ...(table === undefined ? [] : [table])];
  return head.length === 0 ? file.path : `${file.path} [${head.join('.')}]`;
}

function profileProblem(
  profile: string | undefined,
  options: { readonly files: readonly SettingsFile[]; readonly at: Span | undefined },
): readonly Diagnostic[] {
  const known = [...new Set(options.files.flatMap((file) => [...file.profiles.keys()]))];
  if (profile === undefined || known.includes(profile)) return [];
  return [
    usageErrors.unknownProfile(options.at ?? placeInText('environment', `BIT_PROFILE=${shellWord(profile)}`), {
      name: profile,
      known,
    }),
  ];
}

const placeInText = (name: string, text: string): Span => ({ source: { name, text }, start: 0, end: text.length });

const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Span } from '../../diagnostics/span.ts';
import { printDiagnostics } from '../print-problems.ts';
import { DiagnosticProblem } from '../problem.ts';
import { shellWord } from '../shell-word.ts';
import { usageErrors } from '../usage-errors.ts';
import type { Surroundings } from '../verb.ts';
import { folderOf, placeOfSetting, readSettingsFiles, type SettingsFile, settingsPaths } from './layers.ts';
import {
  isSettingName,
  readSetting,
  type SettingName,
  type SettingValues,
  settingNames,
  settingTable,
} from './table.ts';

export interface Settings {
  readonly values: SettingValues;
  /** Everybody who said something about a setting, weakest first: the last one won. */
  readonly said: Readonly<Record<SettingName, readonly Said[]>>;
}

export interface Said {
  /** `built in`, `/etc/bitflow.toml`, `bit.toml [profile.cluster]`, `BIT_CPUS`, `--cpus`. */
  readonly by: string;
  readonly text: string;
  readonly value: string | number;
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
  const say = (
    name: SettingName,
    saying: { readonly by: string; readonly text: string; readonly folder: string; readonly at: Span },
  ): void => {
    const read = readSetting(name, saying);
    if (read.ok) said[name].push({ by: saying.by, text: saying.text, value: read.value });
    else {
      const what = saying.by.startsWith('-') || saying.by.startsWith('BIT_') ? saying.by : name;
      found.push(
        usageErrors.badValue(saying.at, {
          what,
          text: saying.text,
          expected: read.expected,
          example: exampleOf(what, read.example),
        }),
      );
    }
  };

  for (const name of settingNames) {
    const text = settingTable[name].builtIn;
    if (text !== undefined)
      say(name, { by: 'built in', text, folder: around.folder, at: placeInText('built in', text) });
  }
  for (const group of layers(files, profile)) {
    for (const [name, text] of settingsOf(group)) {
      const at = placeOfSetting(group.file, name, group);
      if (isSettingName(name)) say(name, { by: layerName(group), text, folder: folderOf(group.file), at });
      else found.push(usageErrors.unknownSetting(at, { key: name, known: settingNames }));
    }
  }
  for (const name of settingNames) {
    const variable = `BIT_${name.toUpperCase()}`;
    const text = nonEmpty(around.environment[variable]);
    if (text !== undefined)
      say(name, {
        by: variable,
        text,
        folder: around.folder,
        at: placeInText('environment', `${variable}=${shellWord(text)}`),
      });
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
        folder: around.folder,
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
  return { values, said };
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

const settingsOf = ({ file, profile }: Layer): ReadonlyMap<string, string> =>
  profile === undefined ? file.settings : (file.profiles.get(profile) ?? new Map<string, string>());

const layerName = ({ file, profile }: Layer): string =>
  profile === undefined ? file.path : `${file.path} [profile.${profile}]`;

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

const exampleOf = (what: string, example: string): string => {
  if (what.startsWith('BIT_')) return `${what}=${shellWord(example)}`;
  return what.startsWith('-')
    ? `${what} ${shellWord(example)}`
    : `${what} = ${/^\d+$/.test(example) ? example : JSON.stringify(example)}`;
};

const placeInText = (name: string, text: string): Span => ({ source: { name, text }, start: 0, end: text.length });

const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

import { isAbsolute, resolve } from 'node:path';
import type { Dimension } from '../../parser/types/quantity.ts';
import { quantity } from '../../parser/types/quantity.ts';

/** Every setting there is. A name is `on_error` in files, `BIT_ON_ERROR` in the environment, `--on-error` as a flag. */
export const settingTable = {
  store: {
    form: { kind: 'path' },
    builtIn: undefined,
    help: 'the store; the nearest .bit/ upwards from the pipeline, else made beside it',
  },
  database: {
    form: { kind: 'path' },
    builtIn: undefined,
    help: 'a folder on a disk of this machine for the run database of a store on a shared file system',
  },
  outdir: { form: { kind: 'path' }, builtIn: 'results', help: 'the folder that publish paths are relative to' },
  runner: {
    form: { kind: 'choice', choices: ['local', 'docker', 'slurm'] },
    builtIn: 'local',
    help: 'where tasks run: local (docker and slurm are not built yet)',
  },
  cpus: { form: { kind: 'count' }, builtIn: undefined, help: 'cores to use at once; all of the machine unless said' },
  memory: {
    form: { kind: 'amount', dimension: 'size' },
    builtIn: undefined,
    help: 'memory to use at once; what the machine has unless said',
  },
  on_error: {
    form: { kind: 'choice', choices: ['fail', 'finish', 'quarantine'] },
    builtIn: 'fail',
    help: 'after a failed task: stop at once, let what runs end, or set the item aside; where a process does not say',
  },
  grace: {
    form: { kind: 'amount', dimension: 'duration' },
    builtIn: '10 s',
    help: 'between asking a task to end and ending it',
  },
  offline: {
    form: { kind: 'choice', choices: ['true', 'false'] },
    builtIn: 'false',
    help: 'environments are made from what was fetched before, and nothing is fetched',
  },
  color: {
    form: { kind: 'choice', choices: ['auto', 'always', 'never'] },
    builtIn: 'auto',
    help: 'colours in the terminal',
  },
} as const satisfies Readonly<Record<string, SettingEntry>>;

export interface SettingEntry {
  readonly form: SettingForm;
  readonly builtIn: string | undefined;
  readonly help: string;
}

export type SettingForm =
  | { readonly kind: 'path' }
  | { readonly kind: 'count' }
  /** Read as milliseconds or bytes. */
  | { readonly kind: 'amount'; readonly dimension: Dimension }
  | { readonly kind: 'choice'; readonly choices: readonly string[] };

export type SettingName = keyof typeof settingTable;

export type SettingValue<Name extends SettingName> = (typeof settingTable)[Name]['form'] extends {
  readonly kind: 'choice';
  readonly choices: readonly (infer Choice)[];
}
  ? Choice
  : (typeof settingTable)[Name]['form'] extends { readonly kind: 'path' }
    ? string
    : number;

export type SettingValues = {
  readonly [Name in SettingName]: (typeof settingTable)[Name]['builtIn'] extends undefined
    ? SettingValue<Name> | undefined
    : SettingValue<Name>;
};

export const settingNames = Object.keys(settingTable) as readonly SettingName[];

export const isSettingName = (text: string): text is SettingName => Object.hasOwn(settingTable, text);

/** More cores than any machine has. */
const largestCount = 100_000;

export type ReadSetting =
  | { readonly ok: true; readonly value: string | number }
  | { readonly ok: false; readonly expected: string; readonly example: string };

/** Reads a setting's text. Paths come out absolute, seen from `folder`: that of the settings file, or the working directory. */
export function readSetting(name: SettingName, given: { readonly text: string; readonly folder: string }): ReadSetting {
  const form: SettingForm = settingTable[name].form;
  const { text } = given;
  switch (form.kind) {
    case 'path':
      return text === ''
        ? { ok: false, expected: 'the path of a folder', example: 'results' }
        : { ok: true, value: isAbsolute(text) ? text : resolve(given.folder, text) };
    case 'count':
      return /^[1-9]\d*$/.test(text) && Number(text) <= largestCount
        ? { ok: true, value: Number(text) }
        : { ok: false, expected: `a whole number from 1 to ${largestCount}`, example: '4' };
    case 'amount':
      return readAmount(text, form.dimension);
    case 'choice':
      return form.choices.includes(text)
        ? { ok: true, value: text }
        : { ok: false, expected: `one of ${form.choices.join(', ')}`, example: form.choices[0] ?? '' };
  }
}

/** `8 GB`, `8GB`, `1.5 h`, in bytes or milliseconds. */
export function readAmount(text: string, dimension: Dimension): ReadSetting {
  const [, number, unit] = /^\s*([\d_]+(?:\.\d+)?)\s*([A-Za-zµμ]+)\s*$/u.exec(text) ?? [];
  const read = number === undefined || unit === undefined ? undefined : quantity(number.replaceAll('_', ''), unit);
  return read?.dimension === dimension
    ? { ok: true, value: read.magnitude.toNumber() }
    : { ok: false, expected: amountWords[dimension].expected, example: amountWords[dimension].example };
}

const amountWords: Readonly<Record<Dimension, { readonly expected: string; readonly example: string }>> = {
  size: { expected: 'an amount of memory with its unit', example: '8 GB' },
  duration: { expected: 'a duration with its unit', example: '30 min' },
  length: { expected: 'a length with its unit', example: '0.1 um' },
  angle: { expected: 'an angle with its unit', example: '30 deg' },
};

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { usageErrors } from '../usage-errors.ts';
import { type ReadSetting, readForm } from './forms.ts';
import type { SettingsEntry } from './layers.ts';
import {
  isProcessKey,
  isProcessTable,
  type ProcessKey,
  type ProcessTable,
  processKeys,
  processTable,
  tableHead,
} from './process-table.ts';
import { isSettingName, readSetting, type SettingName, settingNames, settingTables } from './table.ts';

type Value = Extract<ReadSetting, { readonly ok: true }>['value'];

/** What an entry of a settings file is, once it is known which setting it is about. */
export type ReadEntry =
  | { readonly kind: 'setting'; readonly name: SettingName; readonly value: Value }
  | {
      readonly kind: 'of-process';
      readonly table: ProcessTable;
      /** Of the process, or the label. */
      readonly name: string;
      readonly key: ProcessKey;
      readonly value: Value;
    }
  | { readonly kind: 'wrong'; readonly diagnostic: Diagnostic };

export function readEntry(entry: SettingsEntry, options: { readonly folder: string }): ReadEntry {
  const { path, given } = entry;
  const [table = ''] = path;
  if (isProcessTable(table)) return readOfProcess(table, entry, options);
  const name = path.join('.');
  if (isSettingName(name)) {
    const read = readSetting(name, given, options);
    return read.ok ? { kind: 'setting', name, value: read.value } : refused(entry, { what: name, read });
  }
  if (settingTables.has(name)) return noTable(entry, { expected: 'a table of settings', example: `[${name}]` });
  if (table === 'profile') return noTable(entry, { expected: 'a table of settings', example: '[profile.cluster]' });
  return wrong(usageErrors.unknownSetting(entry.at, { key: name, known: settingNames, ...placeFor(name) }));
}

function readOfProcess(table: ProcessTable, entry: SettingsEntry, options: { readonly folder: string }): ReadEntry {
  const [, name, key = '', ...deeper] = entry.path;
  const example = table === 'process' ? 'process.segment' : 'label.heavy';
  if (name === undefined || key === '')
    return noTable(entry, { expected: `a table named after a ${table}, \`[${example}]\``, example: `[${example}]` });
  if (!isProcessKey(key) || deeper.length > 0) {
    // `[process.segment.slurm]`: what [slurm] says for everybody is said here without its table.
    const last = deeper.at(-1) ?? '';
    return wrong(
      usageErrors.unknownProcessSetting(entry.at, {
        table: tableHead(table, name),
        key: [key, ...deeper].join('.'),
        known: processKeys,
        ...(isProcessKey(last) && { instead: last }),
      }),
    );
  }
  const read = readForm(processTable[key], entry.given, options);
  return read.ok ? { kind: 'of-process', table, name, key, value: read.value } : refused(entry, { what: key, read });
}

/** Where a name that is no setting here would be one. */
function placeFor(name: string): { readonly help?: string } {
  const inTable = settingNames.find((known) => known.endsWith(`.${name}`));
  if (inTable !== undefined) return { help: `Did you mean \`${inTable}\`?` };
  return isProcessKey(name)
    ? {
        help: `It is said of processes: under \`[process.NAME]\`, \`[label.NAME]\`, or \`[process."*"]\` for all of them.`,
      }
    : {};
}

function refused(
  entry: SettingsEntry,
  of: { readonly what: string; readonly read: Extract<ReadSetting, { readonly ok: false }> },
): ReadEntry {
  const { expected, example } = of.read;
  const value = /^\d+$/.test(example) ? example : JSON.stringify(example);
  return wrong(
    usageErrors.badValue(entry.at, {
      what: of.what,
      text: entry.given.text,
      expected,
      example: `${entry.path.at(-1)} = ${value}`,
    }),
  );
}

const noTable = (entry: SettingsEntry, of: { readonly expected: string; readonly example: string }): ReadEntry =>
  wrong(usageErrors.badValue(entry.at, { what: entry.path.join('.'), text: entry.given.text, ...of }));

const wrong = (diagnostic: Diagnostic): ReadEntry => ({ kind: 'wrong', diagnostic });

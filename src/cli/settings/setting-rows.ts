import type { Process } from '../../parser/index.ts';
import type { SettingForm } from './forms.ts';
import { type ProcessSaying, sayingsOf } from './process-sayings.ts';
import { type ProcessKey, processKeys, processTable } from './process-table.ts';
import type { Said } from './said.ts';
import type { Settings } from './settings.ts';
import { settingNames, settingTable } from './table.ts';

/** One setting as `bit config` shows it. */
export interface SettingRow {
  /** `slurm.account`, `process.segment.cpus`. */
  readonly name: string;
  readonly form: SettingForm;
  /** Weakest first. */
  readonly said: readonly Said[];
  /** What it is; of a process, what holds where nothing is set. */
  readonly help: string;
}

/** Of the table, all of them. */
export const settingRows = (settings: Settings): readonly SettingRow[] =>
  settingNames.map((name) => {
    const { form, help } = settingTable[name];
    return { name, form, said: settings.said[name], help };
  });

/** What is said of processes and labels: by the name in the table's head, or, of a pipeline's processes, as it comes to hold for each. */
export interface OfProcesses {
  readonly process: ReadonlyMap<string, readonly SettingRow[]>;
  readonly label: ReadonlyMap<string, readonly SettingRow[]>;
}

export function processRows(settings: Settings, pipeline: readonly Process[] | undefined): OfProcesses {
  const all = settings.ofProcesses;
  if (pipeline !== undefined) {
    const rows = pipeline.map(
      (process) => [process.name, rowsOf(`process.${process.name}`, sayingsOf(process, all))] as const,
    );
    return { process: new Map(rows), label: new Map() };
  }
  const rowsIn = (table: ProcessSaying['table']): OfProcesses[ProcessSaying['table']] => {
    const named = Map.groupBy(
      all.filter((saying) => saying.table === table),
      ({ name }) => name,
    );
    const rows = [...named].map(([name, sayings]) => {
      const byKey = Map.groupBy(sayings, ({ key }) => key);
      return [name, rowsOf(`${table}.${name}`, byKey)] as const;
    });
    return new Map(rows);
  };
  return { process: rowsIn('process'), label: rowsIn('label') };
}

/** Of every key, in one order, also where nobody said anything: one may be asked for. */
const rowsOf = (above: string, sayings: ReadonlyMap<ProcessKey, readonly ProcessSaying[]>): readonly SettingRow[] =>
  processKeys.map((key) => ({
    name: `${above}.${key}`,
    form: processTable[key],
    said: (sayings.get(key) ?? []).map((saying) => saying.said),
    help: 'what the process says of itself holds',
  }));

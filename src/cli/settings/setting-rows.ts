import type { Process } from '../../parser/index.ts';
import type { SettingForm } from './forms.ts';
import { type ProcessSaying, sayingsOf } from './process-sayings.ts';
import { type ProcessKey, processTable } from './process-table.ts';
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
  readonly help?: string;
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
    const found = pipeline.map(
      (process) => [process.name, rowsOf(`process.${process.name}`, sayingsOf(process, all))] as const,
    );
    return { process: new Map(found.filter(([, rows]) => rows.length > 0)), label: new Map() };
  }
  const rowsIn = (table: ProcessSaying['table']): ReadonlyMap<string, readonly SettingRow[]> => {
    const byName = Map.groupBy(
      all.filter((saying) => saying.table === table),
      ({ name }) => name,
    );
    return new Map(
      [...byName].map(([name, sayings]) => [
        name,
        rowsOf(
          `${table}.${name}`,
          Map.groupBy(sayings, ({ key }) => key),
        ),
      ]),
    );
  };
  return { process: rowsIn('process'), label: rowsIn('label') };
}

const rowsOf = (above: string, sayings: ReadonlyMap<ProcessKey, readonly ProcessSaying[]>): readonly SettingRow[] =>
  [...sayings].map(([key, said]) => ({
    name: `${above}.${key}`,
    form: processTable[key],
    said: said.map((saying) => saying.said),
  }));

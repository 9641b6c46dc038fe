import type { SettingForm } from './forms.ts';

/** What `[process.NAME]` and `[label.NAME]` may say: of resources and environments the words of the language, and those of a scheduler. */
export const processTable = {
  runner: { kind: 'choice', choices: ['local', 'docker', 'slurm'] },
  cpus: { kind: 'count', min: 1 },
  memory: { kind: 'amount', dimension: 'size', some: true },
  gpus: { kind: 'count', min: 0 },
  disk: { kind: 'amount', dimension: 'size', some: false },
  time: { kind: 'amount', dimension: 'duration', some: true },
  retry: { kind: 'count', min: 0 },
  queue: { kind: 'text', example: 'long' },
  account: { kind: 'text', example: 'lab' },
  qos: { kind: 'text', example: 'normal' },
  constraint: { kind: 'text', example: 'avx512' },
  gres: { kind: 'text', example: 'gpu:a100:1' },
  reservation: { kind: 'text', example: 'course' },
  extra: { kind: 'texts', example: '--exclusive' },
  container: { kind: 'text', example: 'python:3.13-slim' },
  container_options: { kind: 'texts', example: '--shm-size=2g' },
  modules: { kind: 'texts', example: 'cuda/12.4' },
} as const satisfies Readonly<Record<string, SettingForm>>;

export type ProcessKey = keyof typeof processTable;

export const processKeys = Object.keys(processTable) as readonly ProcessKey[];

export const isProcessKey = (text: string): text is ProcessKey => Object.hasOwn(processTable, text);

/** Settings of one process, or of all that carry a label. */
export type ProcessTable = 'process' | 'label';

export const isProcessTable = (text: string): text is ProcessTable => text === 'process' || text === 'label';

/** `[process."*"]` is for all of them. */
export const everyProcess = '*';

/** As it is written in a file: `process.segment`, `process."*"`. */
export const tableHead = (table: ProcessTable, name: string): string =>
  `${table}.${/^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name)}`;

import { type FormValue, type Given, type ReadSetting, readForm, type SettingForm } from './forms.ts';

/**
 * Every setting there is. A name is `on_error` in files, `BIT_ON_ERROR` in the environment, `--on-error` as a flag; what stands behind a
 * dot is in a table, `[slurm] account = …`, and `BIT_SLURM_ACCOUNT`.
 */
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
    help: 'where processes run that no [process] or [label] table sends elsewhere: local, docker or slurm',
  },
  cpus: {
    form: { kind: 'count', min: 1 },
    builtIn: undefined,
    help: 'cores to use at once; all of the machine unless said',
  },
  memory: {
    form: { kind: 'amount', dimension: 'size', some: false },
    builtIn: undefined,
    help: 'memory to use at once; what the machine has unless said',
  },
  on_error: {
    form: { kind: 'choice', choices: ['fail', 'finish', 'quarantine'] },
    builtIn: 'fail',
    help: 'after a failed task: stop at once, let what runs end, or set the item aside; where a process does not say',
  },
  grace: {
    form: { kind: 'amount', dimension: 'duration', some: false },
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
  'author.name': {
    form: { kind: 'text', example: 'Ada Lovelace' },
    builtIn: undefined,
    help: 'who annotates and changes experiments; kept with each change, beside the account',
  },
  'author.orcid': {
    form: { kind: 'text', example: '0000-0002-1825-0097' },
    builtIn: undefined,
    help: 'their ORCID iD',
  },
  container: {
    form: { kind: 'text', example: 'python:3.13-slim' },
    builtIn: undefined,
    help: 'the image of processes that name none, where they run in containers',
  },
  'docker.host': {
    form: { kind: 'text', example: 'unix:///run/podman/podman.sock' },
    builtIn: undefined,
    help: "where the daemon listens; where Docker's own tools look unless said",
  },
  'docker.registry': {
    form: { kind: 'text', example: 'registry.lab.org/mirror' },
    builtIn: undefined,
    help: 'what goes before names of images that name no registry',
  },
  'slurm.queue': {
    form: { kind: 'text', example: 'short' },
    builtIn: undefined,
    help: "the partition of tasks that name none; the cluster's own choice unless said",
  },
  'slurm.account': { form: { kind: 'text', example: 'lab' }, builtIn: undefined, help: 'the account that is charged' },
  'slurm.qos': {
    form: { kind: 'text', example: 'normal' },
    builtIn: undefined,
    help: 'the quality of service that is asked for',
  },
  'slurm.constraint': {
    form: { kind: 'text', example: 'avx512' },
    builtIn: undefined,
    help: 'features that nodes must have',
  },
  'slurm.reservation': {
    form: { kind: 'text', example: 'course' },
    builtIn: undefined,
    help: 'the reservation that jobs use',
  },
  'slurm.extra': {
    form: { kind: 'texts', example: '--mail-type=FAIL' },
    builtIn: undefined,
    help: 'words for every sbatch, as they are',
  },
  'slurm.pack': {
    form: { kind: 'amount', dimension: 'duration', some: false },
    builtIn: '5 min',
    help: 'what the times of tasks that share a job may add up to; 0 s gives each task its own',
  },
  'slurm.scratch': {
    form: { kind: 'text', example: '$TMPDIR' },
    builtIn: undefined,
    help: 'a folder on the disk of the node where tasks work; it may name variables of the job',
  },
  'slurm.max_tasks': {
    form: { kind: 'count', min: 1 },
    builtIn: '5000',
    help: 'tasks in the queue or running at once',
  },
  'slurm.late_files': {
    form: { kind: 'amount', dimension: 'duration', some: false },
    builtIn: '2 min',
    help: 'how long what a task has written on a node may take to show here',
  },
  'slurm.shared': {
    form: { kind: 'choice', choices: ['true', 'false'] },
    builtIn: 'false',
    help: 'whether the store is on a file system that the nodes share, whatever it looks like from here',
  },
  's3.endpoint': {
    form: { kind: 'text', example: 'https://minio.lab.org' },
    builtIn: undefined,
    help: "the object store that `s3://` addresses are of; Amazon's, or what AWS_ENDPOINT_URL names, unless said",
  },
  's3.region': {
    form: { kind: 'text', example: 'eu-central-1' },
    builtIn: undefined,
    help: "the region of buckets; what AWS_REGION or Amazon's own files name unless said, else us-east-1",
  },
  's3.path_style': {
    form: { kind: 'choice', choices: ['true', 'false'] },
    builtIn: undefined,
    help: 'whether the bucket goes behind the host instead of before it; where there is an endpoint unless said',
  },
  'omero.server': {
    form: { kind: 'text', example: 'omero.lab.org' },
    builtIn: undefined,
    help: 'the image server of addresses that name none, `omero("Dataset:51")`; what OMERO_SERVER names unless said',
  },
  'omero.importer': {
    form: { kind: 'texts', example: 'omero import -d {dataset}' },
    builtIn: undefined,
    help: 'the command that makes an image of a file that is published to an image server, without a shell; without it files are attached',
  },
} as const satisfies Readonly<Record<string, SettingEntry>>;

export interface SettingEntry {
  readonly form: SettingForm;
  readonly builtIn: string | undefined;
  readonly help: string;
}

export type SettingName = keyof typeof settingTable;

export type SettingValue<Name extends SettingName> = FormValue<(typeof settingTable)[Name]['form']>;

export type SettingValues = {
  readonly [Name in SettingName]: (typeof settingTable)[Name]['builtIn'] extends undefined
    ? SettingValue<Name> | undefined
    : SettingValue<Name>;
};

export const settingNames = Object.keys(settingTable) as readonly SettingName[];

export const isSettingName = (text: string): text is SettingName => Object.hasOwn(settingTable, text);

/** Tables that settings stand in: `slurm`. */
export const settingTables: ReadonlySet<string> = new Set(
  settingNames.flatMap((name) => (name.includes('.') ? name.slice(0, name.indexOf('.')) : [])),
);

/** `BIT_SLURM_ACCOUNT`. */
export const variableOf = (name: SettingName): string => `BIT_${name.toUpperCase().replaceAll('.', '_')}`;

export const readSetting = (name: SettingName, given: Given, options: { readonly folder: string }): ReadSetting =>
  readForm(settingTable[name].form, given, options);

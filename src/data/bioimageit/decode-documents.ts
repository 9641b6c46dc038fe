import { posix } from 'node:path';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { BioImageITExperiment, BioImageITRun } from './bioimageit-experiment.ts';
import { fieldsOf } from './fields.ts';
import { field, isRecord, type Json, type JsonRecord } from './json-text.ts';
import type { MetadataFile } from './metadata-file.ts';

/** A reference to another file: where it leads, and where it stands. Since 2021 a record with `url` and `uuid`, before that the url alone. */
export interface Reference {
  readonly url: string;
  readonly uuid?: string;
  /** As it stands in the list, for whatever else it says. */
  readonly listed: Json;
  readonly path: readonly (string | number)[];
}

export interface ExperimentDocument
  extends Pick<BioImageITExperiment, 'layout' | 'name' | 'author' | 'date' | 'uuid' | 'keys'> {
  readonly raw?: Reference;
  readonly processed: readonly Reference[];
}

export function decodeExperiment(file: MetadataFile, problems: Diagnostic[]): ExperimentDocument {
  const fields = fieldsOf(file, problems);
  const layout = fields.found(['raw_dataset'], ['processed_datasets'], ['keys']) === undefined ? 'tags' : 'keys';
  const rawPath = fields.found(['raw_dataset'], ['rawdataset']);
  const raw = rawPath && referenceAt(fields.at(rawPath), rawPath);
  if (raw === undefined) fields.neededText(['raw_dataset', 'url'], ['rawdataset']);
  const processedPath = fields.found(['processed_datasets'], ['processeddatasets']) ?? ['processed_datasets'];
  const keysPath = fields.found(['keys'], ['tags']) ?? ['keys'];
  const author = fields.text(['information', 'author']);
  const date = fields.text(['information', 'date'], ['information', 'createddate']);
  const uuid = fields.text(['uuid']);
  return {
    layout,
    name: fields.neededText(['information', 'name']) ?? '',
    ...(author !== undefined && { author }),
    ...(date !== undefined && { date }),
    ...(uuid !== undefined && { uuid }),
    keys: fields.list(keysPath).flatMap((key, index) => {
      if (typeof key === 'string' && key.trim() !== '') return [key];
      fields.odd([...keysPath, index], 'the name of a key');
      return [];
    }),
    ...(raw && { raw }),
    processed: references(file, { path: processedPath, list: fields.list(processedPath), problems }),
  };
}

export interface DatasetDocument {
  readonly name: string;
  readonly uuid?: string;
  readonly items: readonly Reference[];
}

export function decodeDataset(file: MetadataFile, problems: Diagnostic[]): DatasetDocument {
  const fields = fieldsOf(file, problems);
  const uuid = fields.text(['uuid']);
  return {
    name: fields.text(['name']) ?? posix.basename(posix.dirname(file.place)),
    ...(uuid !== undefined && { uuid }),
    items: references(file, { path: ['urls'], list: fields.neededList(['urls']), problems }),
  };
}

export interface ItemDocument {
  /** Absent where the file does not say where its data are: an error then. */
  readonly url?: string;
  readonly name?: string;
  readonly uuid?: string;
  readonly author?: string;
  readonly date?: string;
  readonly format?: string;
  readonly pairs: JsonRecord;
  readonly run?: Reference;
  readonly inputs: readonly (Reference & { readonly name: string })[];
  readonly output: { readonly name: string; readonly label?: string };
}

export function decodeItem(file: MetadataFile, kind: 'raw' | 'processed', problems: Diagnostic[]): ItemDocument {
  const fields = fieldsOf(file, problems);
  const present = (name: string, value: string | undefined) => (value === undefined ? {} : { [name]: value });
  const common = {
    ...present('url', fields.neededText(['common', 'url'])),
    ...present('name', fields.text(['common', 'name'])),
    ...present('uuid', fields.text(['uuid'])),
    ...present('author', fields.text(['common', 'author'])),
    ...present('date', fields.text(['common', 'date'], ['common', 'createddate'])),
    ...present('format', fields.text(['common', 'format'], ['common', 'datatype'])),
    pairs: fields.record(['key_value_pairs'], ['tags']),
  };
  if (kind === 'raw') return { ...common, inputs: [], output: { name: '' } };
  const runPath = fields.found(['origin', 'run'], ['origin', 'runurl']);
  const run = runPath && referenceAt(fields.at(runPath), runPath);
  if (runPath && run === undefined) fields.odd(runPath, 'the path of a file');
  const inputs = fields.list(['origin', 'inputs']).flatMap((input, index) => {
    const reference = isRecord(input) ? referenceAt(input, ['origin', 'inputs', index]) : undefined;
    if (reference === undefined) fields.odd(['origin', 'inputs', index], 'a record with `name` and `url`');
    const name = field(input, 'name');
    return reference
      ? [{ ...reference, name: typeof name === 'string' && name !== '' ? name : `input${index + 1}` }]
      : [];
  });
  const label = fields.text(['origin', 'output', 'label']);
  return {
    ...common,
    ...(run && { run }),
    inputs,
    output: { name: fields.text(['origin', 'output', 'name']) ?? 'output', ...(label !== undefined && { label }) },
  };
}

export function decodeRun(file: MetadataFile, problems: Diagnostic[]): BioImageITRun {
  const fields = fieldsOf(file, problems);
  const uuid = fields.text(['uuid']);
  const url = fields.text(['process', 'url'], ['process', 'uri']);
  return {
    place: file.place,
    ...(uuid !== undefined && { uuid }),
    process: { name: fields.text(['process', 'name']) ?? 'unknown process', ...(url !== undefined && { url }) },
    parameters: fields.list(['parameters']).flatMap((parameter, index) => {
      const name = field(parameter, 'name');
      if (typeof name === 'string') return [{ name, value: field(parameter, 'value') ?? null }];
      fields.odd(['parameters', index], 'a record with `name` and `value`');
      return [];
    }),
    document: file.document,
  };
}

function references(
  file: MetadataFile,
  of: {
    readonly path: readonly string[] | readonly (string | number)[];
    readonly list: readonly Json[];
    readonly problems: Diagnostic[];
  },
): readonly Reference[] {
  return of.list.flatMap((entry, index) => {
    const path = [...of.path, index];
    const reference = referenceAt(entry, path);
    if (reference === undefined) fieldsOf(file, of.problems).odd(path, 'the path of a file');
    return reference ? [reference] : [];
  });
}

function referenceAt(value: Json | undefined, path: readonly (string | number)[]): Reference | undefined {
  if (typeof value === 'string') return value === '' ? undefined : { url: value, listed: value, path };
  const url = field(value, 'url');
  const uuid = field(value, 'uuid');
  if (typeof url !== 'string' || url === '' || value === undefined) return undefined;
  return { url, ...(typeof uuid === 'string' && uuid !== '' && { uuid }), listed: value, path: [...path, 'url'] };
}

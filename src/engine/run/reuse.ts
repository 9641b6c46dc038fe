import { type Output, quantity, scriptUnits, type Type } from '../../parser/index.ts';
import type { Digest, TaskKey } from '../../util/brand.ts';
import { formatDemand } from '../plan/format-demand.ts';
import { misfit } from '../plan/misfit.ts';
import type { Completion, OutputValue } from '../plan/step.ts';
import type { ContentStore, StoredObject } from '../ports/content-store.ts';
import type { OutputRecord } from '../ports/event.ts';
import type { FormatDemand, Formats } from '../ports/formats.ts';
import type { RunStore, StoredResult } from '../ports/run-store.ts';
import type { FileValue, Value } from '../ports/value.ts';
import { readScalar } from './scalar.ts';
import type { Work } from './work.ts';

/** Results that answer keys: recorded, whole, their objects there and unchanged, and still what the output types say. */
export async function reusable(
  works: readonly Work[],
  ports: { readonly store: RunStore; readonly content: ContentStore; readonly formats: Formats },
  options: { readonly verify: boolean },
): Promise<ReadonlyMap<TaskKey, StoredResult>> {
  const results = await ports.store.lookup([...new Set(works.map((work) => work.key))]);
  if (results.size === 0) return results;
  const objects = new Map<Digest, StoredObject>();
  for (const result of results.values()) {
    for (const { value } of result.outputs) if (value.kind === 'file') objects.set(value.digest, value);
  }
  const present = await ports.content.present([...objects.values()], options);
  const good = new Map<TaskKey, StoredResult>();
  for (const work of works) {
    const result = results.get(work.key);
    if (!result || good.has(work.key)) continue;
    if (!result.outputs.every(({ value }) => value.kind !== 'file' || present.has(value.digest))) continue;
    if (await fits(result.outputs, work.prepared.process.outputs, ports)) good.set(work.key, result);
  }
  return good;
}

/** Output types are not in the key, so a result may come from a declaration that asked for less. */
async function fits(
  records: readonly OutputRecord[],
  outputs: readonly Output[],
  ports: { readonly content: ContentStore; readonly formats: Formats },
): Promise<boolean> {
  for (const output of outputs) {
    const own = records.filter((record) => record.name === output.name);
    if (output.many) {
      if (own.length < output.many.min || own.some((record) => record.tags === undefined)) return false;
    } else if (bare(output.type).kind === 'list') {
      if (own.some((record) => record.index === undefined)) return false;
      const list = bare(output.type);
      if (list.kind === 'list' && own.length < (list.min ?? 0)) return false;
    } else if (own.length !== 1) return false;
    for (const record of own) if (!(await fitsOne(record, output, ports))) return false;
  }
  return true;
}

async function fitsOne(
  record: OutputRecord,
  output: Output,
  ports: { readonly content: ContentStore; readonly formats: Formats },
): Promise<boolean> {
  const { value } = record;
  if (value.kind === 'absent') return output.type.kind === 'optional';
  const type = elementOf(output.type);
  const demand = formatDemand(type);
  if (value.kind === 'scalar') return demand === undefined && readScalar(JSON.stringify(value.json), output.type).ok;
  if (!demand) return false;
  // What was found in the file when it was stored answers nearly always; only a declaration that asks for something else costs a look.
  if (isKnownAs(demand.format, value) && misfit(outputValue(record, type), type) === undefined) return true;
  return (await ports.formats.inspect(ports.content.path(value.digest, value.directory), demand)).ok;
}

function isKnownAs(format: FormatDemand['format'], value: OutputRecord['value'] & { readonly kind: 'file' }): boolean {
  switch (format) {
    case 'File':
      return true;
    case 'Dir':
      return value.directory;
    case 'Image':
      return value.info.image !== undefined;
    case 'Table':
      return value.info.table !== undefined;
    case 'Json':
      return value.info.mediaType === 'application/json';
    case 'Text':
      return value.info.mediaType.startsWith('text/');
    default:
      return false;
  }
}

const bare = (type: Type): Type => (type.kind === 'optional' ? type.of : type);
const elementOf = (type: Type): Type => {
  const inner = bare(type);
  return inner.kind === 'list' ? inner.of : inner;
};

/** Why a known result may not answer this call, in the words of who said so; undefined where it may. */
export function reuseForbidden(
  call: Work['task']['call'],
  options: { readonly cache: boolean; readonly fresh: readonly string[] },
): string | undefined {
  if (!options.cache) return '--no-cache';
  if (!call.process.cache) return 'the process says `cache off`';
  return options.fresh.includes(call.process.name) || options.fresh.includes(call.path) ? '--fresh' : undefined;
}

/** What a result means to the items downstream. */
export function completion(outputs: readonly Output[], records: readonly OutputRecord[]): Completion {
  const values: Record<string, OutputValue> = {};
  for (const output of outputs) {
    const own = records.filter((record) => record.name === output.name);
    if (output.many)
      values[output.name] = {
        kind: 'many',
        items: own.map((record) => ({ tags: record.tags ?? {}, value: outputValue(record, output.type) })),
      };
    else if (bare(output.type).kind === 'list' && own.every((record) => record.index !== undefined)) {
      const list = [...own]
        .sort((a, b) => (a.index ?? 0) - (b.index ?? 0))
        .map((record) => outputValue(record, elementOf(output.type)));
      values[output.name] = { kind: 'one', value: list };
    } else {
      const [record] = own;
      values[output.name] = { kind: 'one', value: record ? outputValue(record, output.type) : null };
    }
  }
  return { how: 'succeeded', outputs: values };
}

function outputValue(record: OutputRecord, type: Type): Value {
  const { value } = record;
  if (value.kind === 'absent') return null;
  if (value.kind === 'scalar') return scalarValue(value.json, type);
  const slash = value.path.lastIndexOf('/');
  return {
    kind: 'file',
    digest: value.digest,
    directory: value.directory,
    size: value.size,
    name: value.path.slice(slash + 1),
    info: value.info,
    ...(record.tags && { tags: record.tags }),
  } satisfies FileValue;
}

function scalarValue(json: unknown, type: Type): Value {
  const of = bare(type);
  if (json === null || typeof json === 'boolean' || typeof json === 'string') return json;
  // Scripts write quantities as numbers in the unit that they are given.
  if (typeof json === 'number')
    return of.kind === 'quantity' ? (quantity(String(json), scriptUnits[of.dimension]) ?? null) : json;
  if (Array.isArray(json)) return json.map((item) => scalarValue(item, of.kind === 'list' ? of.of : { kind: 'error' }));
  if (typeof json !== 'object') return null;
  const types = new Map(of.kind === 'record' ? of.fields.map((field) => [field.name, field.type] as const) : []);
  const fields = Object.entries(json).map(
    ([name, field]) => [name, scalarValue(field, types.get(name) ?? { kind: 'error' })] as const,
  );
  return { kind: 'record', fields: Object.fromEntries(fields) };
}

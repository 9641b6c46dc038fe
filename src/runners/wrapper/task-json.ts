import type { ScriptOutput, ScriptValue, TaskDocument } from '../../engine/ports/runner.ts';

/**
 * The text of `task.json`, which scripts of every language find at `$BIT_TASK`: values as plain JSON, paths relative to the working
 * directory. `files` names the inputs (and fields of records, `pair.left`) that are paths, for languages that have a type for them.
 */
export function taskJson(document: TaskDocument): string {
  const files: string[] = [];
  for (const [name, value] of Object.entries(document.input)) collectFiles(files, name, value);
  return `${JSON.stringify({
    version: 1,
    input: mapValues(document.input, plainValue),
    files,
    output: Object.fromEntries(
      Object.entries(document.output).flatMap(([name, output]) => {
        const value = plainOutput(output);
        return value === undefined ? [] : [[name, value]];
      }),
    ),
    tag: document.tag,
    tags_of: document.tagsOf,
    resource: document.resource,
  })}\n`;
}

/** Paths as texts, lists and records as themselves. */
export function plainValue(value: ScriptValue): PlainValue {
  if (value === null || typeof value !== 'object') return value;
  if ('path' in value) return value.path;
  if ('list' in value) return value.list.map(plainValue);
  return mapValues(value.record, plainValue);
}

export type PlainValue =
  | null
  | boolean
  | number
  | string
  | readonly PlainValue[]
  | { readonly [name: string]: PlainValue };

export function plainOutput(output: ScriptOutput): PlainValue | undefined {
  switch (output.kind) {
    case 'path':
      return output.path;
    case 'pattern':
      return { pattern: output.pattern, captures: output.captures };
    case 'stdout':
      return undefined;
  }
}

function collectFiles(files: string[], name: string, value: ScriptValue): void {
  if (value === null || typeof value !== 'object') return;
  if ('path' in value) {
    if (!files.includes(name)) files.push(name);
  } else if ('list' in value) for (const item of value.list) collectFiles(files, name, item);
  else for (const [field, inner] of Object.entries(value.record)) collectFiles(files, `${name}.${field}`, inner);
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}

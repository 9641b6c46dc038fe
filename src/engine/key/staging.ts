import { type Input, inScriptUnit } from '../../parser/index.ts';
import { extensionOf } from '../../util/file-name.ts';
import type { ScriptValue } from '../ports/runner.ts';
import { type FileValue, isFile, isList, isQuantity, isRecord, type Value } from '../ports/value.ts';

/** A file of an input and the name it gets in the task's directory. */
export interface StagedInput {
  readonly input: string;
  readonly file: FileValue;
  /** Relative to `task/`. */
  readonly target: string;
}

/** How one input reaches the script: as a value, with every file in it staged under a name of ours. */
export interface StagedValue {
  readonly value: ScriptValue;
  readonly files: readonly StagedInput[];
}

/**
 * Files are staged as `<input><extension>`, lists as `<input>/0001<extension>`, records as `<input>/<field><extension>`, so that a hostile
 * name never reaches a tool and a rename re-runs nothing; a `named` input keeps its own name, in a folder of its own.
 */
export function stageInput(input: Input, value: Value): StagedValue {
  const files: StagedInput[] = [];
  const stage = (of: Value, base: string): ScriptValue => {
    if (of === null || typeof of === 'boolean' || typeof of === 'number' || typeof of === 'string') return of;
    if (isFile(of)) {
      const target = input.named ? `${base}/${of.name}` : `${base}${stagedExtension(of.name)}`;
      files.push({ input: input.name, file: of, target });
      return { path: target };
    }
    if (isList(of)) return { list: of.map((item, at) => stage(item, `${base}/${String(at + 1).padStart(4, '0')}`)) };
    if (isRecord(of)) {
      const fields = Object.entries(of.fields).map(([name, field]) => [name, stage(field, `${base}/${name}`)] as const);
      return { record: Object.fromEntries(fields) };
    }
    if (isQuantity(of)) return inScriptUnit(of);
    throw new Error(`input ${input.name} holds a value of no known kind`);
  };
  return { value: stage(value, input.name), files };
}

/** The part of a name that tools choose a reader by; nothing else of it is passed on. */
export function stagedExtension(name: string): string {
  const extension = extensionOf(name);
  return extension === '' ? '' : `.${extension}`;
}

import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Program } from '../../parser/index.ts';
import { usageErrors } from '../usage-errors.ts';
import type { ProcessSaying } from './process-sayings.ts';
import { everyProcess } from './process-table.ts';
import type { Settings } from './settings.ts';

/**
 * Warnings of what bit.toml beside the pipeline sets for a process or a label that it does not have. Other settings files are shared by
 * pipelines everywhere, and bit.toml by those in its folder: what another one there has is no mistake.
 */
export async function unusedTables(
  settings: Settings,
  pipeline: { readonly path: string; readonly program: Program },
): Promise<readonly Diagnostic[]> {
  const folder = dirname(pipeline.path);
  const { processes, sources } = pipeline.program;
  const known = {
    process: [...new Set(processes.map((process) => process.name))],
    label: [...new Set(processes.flatMap((process) => process.labels))],
  };
  const isUsed = ({ table, name }: ProcessSaying): boolean =>
    known[table].includes(name) || (table === 'process' && name === everyProcess);
  const unused = new Map(
    settings.ofProcesses
      .filter((saying) => saying.file === join(folder, 'bit.toml') && !isUsed(saying))
      .map((saying) => [`${saying.table}.${saying.name}`, saying]),
  );
  if (unused.size === 0) return [];
  const texts = [...sources.map((source) => source.text), ...(await pipelinesIn(folder))];
  const named = { process: new Set(texts.flatMap(processNames)), label: new Set(texts.flatMap(labelNames)) };
  return [...unused.values()]
    .filter(({ table, name }) => !named[table].has(name))
    .map(({ table, name, at }) => usageErrors.unusedTable(at, { table, name, known: known[table] }));
}

async function pipelinesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return Promise.all(
    names.filter((name) => name.endsWith('.bit')).map((name) => readFile(join(folder, name), 'utf8').catch(() => '')),
  );
}

// Looking at words is enough to keep quiet; reading every pipeline of a folder for a warning would not be.
const processNames = (text: string): string[] => [...text.matchAll(/\bprocess\s+(\w+)/gu)].map(([, name = '']) => name);

const labelNames = (text: string): string[] =>
  [...text.matchAll(/\blabel\s+(\w+(?:\s*,\s*\w+)*)/gu)].flatMap(([, names = '']) => names.split(/\s*,\s*/u));

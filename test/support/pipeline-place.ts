import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Ended, makePlace, type Place } from '../cli/bit.ts';

/** What `bit run --json` prints, as far as tests look at it. */
export interface RunReport {
  readonly run: string;
  readonly status: string;
  readonly tasks: Readonly<
    Record<'total' | 'ran' | 'reused' | 'failed' | 'quarantined' | 'skipped' | 'cancelled', number>
  >;
  readonly published: readonly {
    readonly path: string;
    readonly relative: string;
    readonly digest: string;
    readonly tags: Readonly<Record<string, unknown>>;
    readonly task?: string;
  }[];
  readonly failures: readonly {
    readonly task: string;
    readonly outcome: string;
    readonly exitCode?: number;
    readonly message: string;
    readonly stderrTail: string;
  }[];
  readonly problems: readonly { readonly code: string; readonly message: string }[];
  readonly diagnostics?: readonly { readonly code: string; readonly message: string; readonly help: string }[];
  readonly resumed: boolean;
}

export interface PipelinePlace extends Place {
  /** Runs `main.bit` and reads its report; the exit status is the caller's to judge. */
  run(...flags: readonly string[]): Promise<Ended & { readonly report: RunReport }>;
  /** Published files by their path, with their texts. */
  results(): Readonly<Record<string, string>>;
}

export function makePipelinePlace(files: Readonly<Record<string, string>>): PipelinePlace {
  const place = makePlace(files);
  return {
    ...place,
    async run(...flags) {
      const ended = await place.bit(['run', 'main.bit', '--json', '--cpus', '2', ...flags]);
      const report: RunReport = ended.out.startsWith('{') ? JSON.parse(ended.out) : never(ended);
      return { ...ended, report };
    },
    results: () => textsBelow(join(place.folder, 'results')),
  };
}

function never(ended: Ended): never {
  throw new Error(`bit printed no document (exit ${ended.status}):\n${ended.out}\n${ended.err}`);
}

export function textsBelow(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  const walk = (at: string): void => {
    if (!existsSync(join(folder, at))) return;
    for (const name of readdirSync(join(folder, at))) {
      const path = at === '' ? name : `${at}/${name}`;
      if (statSync(join(folder, path)).isDirectory()) walk(path);
      else found[path] = readFileSync(join(folder, path), 'latin1');
    }
  };
  walk('');
  return found;
}

/** Processes of ours that are alive and belong to a store: engines, launchers, tools, by what their environment or command line says. */
export function processesOf(folder: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/u.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        return command.includes(folder) || environment.includes(folder) ? [`${pid} ${command}`] : [];
      } catch {
        return [];
      }
    });
}

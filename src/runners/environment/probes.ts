import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { execa } from 'execa';
import { realPath } from '../../util/find-program.ts';

/** What a program said about itself when it was asked; remembered until the file changes. */
export interface Probe {
  readonly path: string;
  /** Its words, all of them up to a few lines. */
  readonly text: string;
}

/**
 * Asks programs about themselves and remembers the answers by real path, inode, size and time of change, so that a program is started once
 * and then never again until it is replaced.
 */
export interface Probes {
  /** Runs `path` with each argument list in turn until one succeeds and says something. Undefined where none does. */
  ask(
    path: string,
    questions: readonly (readonly string[])[],
    /** What it needs to start. */
    surroundings?: Readonly<Record<string, string>>,
  ): Promise<Probe | undefined>;
  /** Writes down what is new. */
  save(): void;
}

interface Remembered {
  readonly stat: string;
  readonly text: string | null;
}

export function openProbes(
  file: string,
  options: { readonly milliseconds: number } = { milliseconds: 30_000 },
): Probes {
  let memory: Map<string, Remembered> | undefined;
  let isNew = false;
  const open = new Map<string, Promise<Probe | undefined>>();

  return {
    ask(path, questions, surroundings = {}) {
      memory ??= read(file);
      const real = realPath(path);
      const about = Object.keys(surroundings).length === 0 ? '' : `\0${JSON.stringify(surroundings)}`;
      const key = `${real}\0${JSON.stringify(questions)}${about}`;
      const stat = fingerprint(real);
      if (stat === undefined) return Promise.resolve(undefined);
      const known = memory.get(key);
      if (known?.stat === stat) return Promise.resolve(known.text === null ? undefined : { path, text: known.text });
      let asking = open.get(key);
      if (asking === undefined) {
        asking = question(path, questions, { surroundings, ...options }).then(({ text, late }) => {
          // One that took too long may be quicker another time.
          if (!late) {
            memory?.set(key, { stat, text: text ?? null });
            isNew = true;
          }
          open.delete(key);
          return text === undefined ? undefined : { path, text };
        });
        open.set(key, asking);
      }
      return asking;
    },
    save() {
      if (!isNew || memory === undefined) return;
      isNew = false;
      // Another engine may have written meanwhile: its answers are kept.
      const all = new Map([...read(file), ...memory]);
      const draft = `${file}.${process.pid}.draft`;
      try {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(draft, `${JSON.stringify({ version: 1, probes: Object.fromEntries(all) }, null, 1)}\n`);
        renameSync(draft, file);
      } catch {
        // A store that cannot be written, or a full disk: the programs are asked again next time.
      }
    },
  };
}

async function question(
  path: string,
  questions: readonly (readonly string[])[],
  how: { readonly surroundings: Readonly<Record<string, string>>; readonly milliseconds: number },
): Promise<{ readonly text?: string; readonly late: boolean }> {
  let late = false;
  for (const words of questions) {
    const answer = await execa(path, words, {
      cwd: tmpdir(),
      env: { ...how.surroundings, LC_ALL: 'C.UTF-8', TERM: 'dumb' },
      stdin: 'ignore',
      all: true,
      reject: false,
      timeout: how.milliseconds,
      maxBuffer: 100_000,
    });
    if (!answer.failed && answer.all.trim() !== '')
      return { text: answer.all.trim().split('\n').slice(0, 20).join('\n').slice(0, 2000), late: false };
    late ||= answer.timedOut;
  }
  return { late };
}

/** Of a file as it is now; of a wrapper script too, which is why an answer of pyenv's shims is never remembered this way. */
export function fingerprint(path: string): string | undefined {
  try {
    const facts = statSync(path, { bigint: true });
    return `${facts.dev}:${facts.ino}:${facts.size}:${facts.mtimeNs}`;
  } catch {
    return undefined;
  }
}

function read(file: string): Map<string, Remembered> {
  try {
    const stored = JSON.parse(readFileSync(file, 'utf8')) as { version?: unknown; probes?: Record<string, Remembered> };
    return new Map(stored.version === 1 ? Object.entries(stored.probes ?? {}) : []);
  } catch {
    // Not there, or damaged: the programs are asked again.
    return new Map();
  }
}

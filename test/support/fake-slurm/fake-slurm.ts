import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A Slurm that is a folder: see fake.bash. Its programs are the first in this process's PATH. */
export interface FakeSlurm {
  readonly folder: string;
  /** What the next calls of a program do, before what it always does. */
  says(program: string, ...lines: readonly string[]): void;
  always(program: string, line: string | undefined): void;
  /** While it holds, jobs wait. */
  hold(isHeld: boolean): void;
  keepAccounts(): void;
  /** Nodes have bash and coreutils alone: no namespaces can be had there. */
  bareNodes(): void;
  /** `12_3` → `RUNNING`; of all jobs. */
  states(): Readonly<Record<string, string>>;
  setState(id: string, state: string, reason?: string): void;
  /** squeue shows it no more. */
  forget(id: string): void;
  remember(id: string): void;
  /** Puts an element on a node, as slurmd does. */
  run(id: string, restarts: number): void;
  /** The calls of a program, with their words. */
  calls(program: string): readonly string[];
  close(): void;
}

const coreutils =
  'cat chmod cp cut date dirname basename du echo env head id ln ls mkdir mktemp mv printf pwd readlink realpath rm rmdir seq sleep sort stat tail tee touch tr true uname wc';

export function openFakeSlurm(): FakeSlurm {
  const folder = mkdtempSync(join(tmpdir(), 'fake-slurm-'));
  for (const name of ['bin', 'fake.bash', 'run-element'])
    cpSync(join(import.meta.dirname, name), join(folder, name), { recursive: true });
  const { PATH } = process.env;
  process.env.PATH = `${join(folder, 'bin')}:${PATH}`;
  for (const name of ['jobs', 'hidden', 'says', 'always']) mkdirSync(join(folder, name));
  const toggle = (name: string, isThere: boolean): void =>
    isThere ? writeFileSync(join(folder, name), '') : rmSync(join(folder, name), { force: true });
  const words = (id: string): readonly string[] =>
    readFileSync(join(folder, 'jobs', id), 'utf8')
      .trim()
      .split(' ');
  return {
    folder,
    says: (program, ...lines) =>
      writeFileSync(join(folder, 'says', program), lines.map((line) => `${line}\n`).join('')),
    always: (program, line) => writeFileSync(join(folder, 'always', program), line === undefined ? '' : `${line}\n`),
    hold: (isHeld) => toggle('holds', isHeld),
    keepAccounts: () => toggle('accounting', true),
    bareNodes() {
      mkdirSync(join(folder, 'bare'));
      const programs = ['bash', ...coreutils.split(' ')];
      for (const name of programs) symlinkSync(`/usr/bin/${name}`, join(folder, 'bare', name));
    },
    states: () => Object.fromEntries(readdirSync(join(folder, 'jobs')).map((id) => [id, words(id)[0] ?? ''])),
    setState: (id, state, reason = 'None') =>
      writeFileSync(join(folder, 'jobs', id), `${state} ${words(id)[1]} ${reason}\n`),
    forget: (id) => toggle(`hidden/${id}`, true),
    remember: (id) => toggle(`hidden/${id}`, false),
    run(id, restarts) {
      const [job = '', index = ''] = id.split('_');
      const child = spawn(join(folder, 'run-element'), [job, index, words(id)[1] ?? '', `${restarts}`], {
        stdio: 'ignore',
        detached: true,
      });
      child.unref();
    },
    calls: (program) =>
      (existsSync(join(folder, 'log')) ? readFileSync(join(folder, 'log'), 'utf8') : '')
        .split('\n')
        .filter((line) => line.startsWith(`${program} `)),
    close() {
      process.env.PATH = PATH;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

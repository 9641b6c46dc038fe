import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { execa } from 'execa';
import { childrenOf, identityOf, type ProcessIdentity, writeIdentity } from '../../util/process-table.ts';
import { launcherVariables } from '../wrapper/launch-file.ts';
import { hasOwnProcesses, type IsolationMode, isolationArguments } from './isolation.ts';

/** A long-lived shell that runs one task at a time and outlives this process. */
export interface Launcher {
  readonly identity: ProcessIdentity;
  /** Folders inside temporary ones that are read-only for its tasks. */
  readonly guarded: ReadonlySet<string>;
  readonly pid: number;
  /** Hands over a prepared attempt. */
  order(token: string, directory: string): void;
  /** No more orders: it finishes what it runs, records it and ends, which is still reported. */
  letGo(): void;
  /** The same when nobody is there to hear of it: this process need not wait for it. */
  abandon(): void;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
}

export type LauncherReport =
  | { readonly kind: 'ended'; readonly token: string; readonly record: string }
  | { readonly kind: 'refused'; readonly token: string }
  /** It is gone, whatever it was doing. */
  | { readonly kind: 'gone' };

export interface LauncherOptions {
  readonly workFolder: string;
  readonly wrapper: string;
  readonly mode: IsolationMode;
  readonly guarded: ReadonlySet<string>;
  readonly onReport: (report: LauncherReport) => void;
}

/** Starts a launcher; undefined where this machine refuses the isolation asked for. */
export async function startLauncher(options: LauncherOptions): Promise<Launcher | undefined> {
  const { workFolder, mode, onReport } = options;
  const folder = `${workFolder}/.launchers`;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const name = `${folder}/${process.pid}-${started++}-${Date.now().toString(36)}`;
  const messages = `${name}.messages`;
  const [program, ...rest] = isolationArguments(mode, { ...options, messages });
  const subprocess = execa(program, rest, {
    cwd: workFolder,
    env: launcherVariables,
    extendEnv: false,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'ignore',
    buffer: false,
    reject: false,
    detached: true,
    cleanup: false,
  });
  const input: Writable = subprocess.stdin;
  const output: Readable = subprocess.stdout;
  // A launcher that is gone shows by the end of its reports.
  input.on('error', () => {});
  output.setEncoding('utf8');

  let ready: ((isReady: boolean) => void) | undefined;
  const isReady = new Promise<boolean>((resolve) => {
    ready = resolve;
  });
  let partial = '';
  let gone = false;
  output.on('data', (chunk: string) => {
    const lines = (partial + chunk).split('\n');
    partial = lines.pop() ?? '';
    for (const line of lines) {
      const [word, token = ''] = line.split(' ', 2);
      if (word === 'ready') ready?.(true);
      else if (word === 'ended') onReport({ kind: 'ended', token, record: line.slice(word.length + token.length + 2) });
      else if (word === 'refused') onReport({ kind: 'refused', token });
    }
  });
  const end = (): void => {
    if (gone) return;
    gone = true;
    ready?.(false);
    rmSync(messages, { force: true });
    rmSync(`${name}.identity`, { force: true });
    onReport({ kind: 'gone' });
  };
  const ended = subprocess.then(end, end);

  if (!(await isReady) || subprocess.pid === undefined) return undefined;
  const pid = hasOwnProcesses(mode) ? childrenOf(subprocess.pid)[0] : subprocess.pid;
  const identity = pid === undefined ? undefined : identityOf(pid);
  if (pid === undefined || identity === undefined) return undefined;
  writeFileSync(`${name}.identity`, writeIdentity(identity), { mode: 0o600 });
  return {
    identity,
    guarded: options.guarded,
    pid,
    order: (token, directory) => void input.write(`${token}\0${directory}\0`),
    letGo: () => void input.end(),
    ended,
    abandon() {
      input.end();
      output.destroy();
      subprocess.nodeChildProcess.unref();
    },
  };
}

let started = 0;

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { vi } from 'vitest';

// Every step is a process of its own, on machines that may be busy with other things.
vi.setConfig({ testTimeout: 60_000 });

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

export interface Ended {
  readonly status: number | undefined;
  readonly out: string;
  readonly err: string;
}

/** A folder of its own, with files, in which the real command is started with a home of its own. */
export interface Place {
  readonly folder: string;
  write(path: string, text: string): void;
  /** Environment variables of the command. */
  readonly environment: Readonly<Record<string, string>>;
  bit(
    words: readonly string[],
    options?: { readonly input?: string; readonly environment?: Record<string, string> },
  ): Promise<Ended>;
  remove(): void;
}

export function makePlace(files: Readonly<Record<string, string>> = {}): Place {
  const folder = mkdtempSync(join(tmpdir(), 'bit-cli-'));
  const home = mkdtempSync(join(tmpdir(), 'bit-home-'));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
  const environment: Record<string, string> = {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: home,
    XDG_STATE_HOME: join(home, 'state'),
    // Compiled code may be shared with every other start; nothing else of the person who runs the tests is seen.
    XDG_CACHE_HOME: join(root, 'node_modules', '.cache', 'bit'),
    BIT_SYSTEM_CONFIG: join(home, 'none.toml'),
    LANG: 'C.UTF-8',
    TZ: 'UTC',
  };
  return {
    folder,
    write,
    environment,
    bit: async (words, options = {}) => {
      const ended = await execa(process.execPath, [join(root, 'bin', 'bit.js'), ...words], {
        cwd: folder,
        env: { ...environment, ...options.environment },
        extendEnv: false,
        reject: false,
        stripFinalNewline: false,
        ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
      });
      return { status: ended.exitCode, out: ended.stdout, err: ended.stderr };
    },
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Both outputs as one text, without what differs from run to run: folder, run, durations, tokens. */
export function masked(place: Pick<Place, 'folder'>, ended: Ended): string {
  const mask = (text: string): string =>
    text
      .replaceAll(place.folder, '…')
      .replace(/\d{8}-\d{6}-\w{4}/g, 'RUN')
      .replace(/\d+(\.\d+)? s\b/g, 'N s')
      .replace(/\b[0-9a-f]{2}\/[0-9a-f]{32}\b/g, 'TOKEN');
  return `stderr\n${mask(ended.err)}\nstdout\n${mask(ended.out)}`;
}

import { execa } from 'execa';
import { patience } from './examined.ts';

/** What a program said. `absent` and `silent` are told apart from a refusal: nobody was asked, or nobody answered in time. */
export type ProgramAnswer =
  | { readonly kind: 'said'; readonly text: string }
  | { readonly kind: 'refused'; readonly words: string }
  | { readonly kind: 'silent' }
  | { readonly kind: 'absent' };

export async function askProgram(program: string, words: readonly string[]): Promise<ProgramAnswer> {
  const run = await execa(program, words, {
    stdin: 'ignore',
    reject: false,
    all: true,
    timeout: patience,
    killSignal: 'SIGKILL',
    maxBuffer: 10_000_000,
    env: { LC_ALL: 'C.UTF-8', TERM: 'dumb' },
  });
  if (run.code === 'ENOENT') return { kind: 'absent' };
  if (run.timedOut) return { kind: 'silent' };
  const text = (run.all ?? '').trim();
  if (!run.failed) return { kind: 'said', text };
  return { kind: 'refused', words: lastLine(text) || (run.shortMessage ?? 'it failed') };
}

const lastLine = (text: string): string => text.split('\n').at(-1)?.trim() ?? '';

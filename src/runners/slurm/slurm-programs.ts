import { type ExecaError, execa } from 'execa';
import { isPassing } from './passing.ts';

/**
 * What one of Slurm's programs said. `refused`: the cluster understood and will not, in its words. `silent`: nobody can know what the cluster
 * thinks, and what was asked for may have been done.
 */
export type Answer =
  | { readonly kind: 'answered'; readonly text: string }
  | { readonly kind: 'refused'; readonly words: string }
  | { readonly kind: 'silent'; readonly words: string; readonly missing?: boolean };

export type SlurmProgram = 'sbatch' | 'squeue' | 'sacct' | 'scontrol' | 'scancel' | 'sinfo' | 'sacctmgr';

/** Asks, within a time: a controller that is gone lets its programs wait for minutes. */
export async function ask(
  program: SlurmProgram,
  words: readonly string[],
  options: { readonly folder?: string; readonly seconds?: number } = {},
): Promise<Answer> {
  try {
    const { stdout } = await execa(program, words, {
      ...(options.folder === undefined ? {} : { cwd: options.folder }),
      env: environmentFor(program, process.env),
      extendEnv: false,
      stdin: 'ignore',
      timeout: (options.seconds ?? 60) * 1000,
      maxBuffer: 200_000_000,
    });
    return { kind: 'answered', text: stdout };
  } catch (failure) {
    const { code, stderr, exitCode, signal, timedOut, shortMessage } = failure as ExecaError;
    const words_ = said(typeof stderr === 'string' ? stderr : '') || shortMessage || String(failure);
    if (code === 'ENOENT')
      return { kind: 'silent', words: `there is no \`${program}\` on this machine`, missing: true };
    if (timedOut === true || signal !== undefined || exitCode === undefined) return { kind: 'silent', words: words_ };
    return isPassing(words_) ? { kind: 'silent', words: words_ } : { kind: 'refused', words: words_ };
  }
}

/**
 * A job begins with the environment of its `sbatch`, so that is given nothing of the engine's but what says which cluster and who. Asking Slurm to
 * leave the environment out (`--export=NONE`) costs far more: the node then goes through a login of the user for every element.
 */
export function environmentFor(program: SlurmProgram, all: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isKept = (name: string): boolean =>
    // They change what a submission answers, or where its job is.
    !/^SBATCH_(WAIT|REQUEUE|NO_REQUEUE|CLUSTERS|JOB_NAME|ARRAY_INX|OUTPUT|ERROR|OPEN_MODE|TEST_ONLY|EXPORT|DEPENDENCY)$/.test(
      name,
    ) &&
    (program !== 'sbatch'
      ? // They would narrow what is asked about, and a job that is left out counts as gone.
        !/^(SQUEUE|SACCT|SCANCEL|SCONTROL|SINFO)_/.test(name)
      : /^(PATH|HOME|USER|LOGNAME|SHELL|KRB5CCNAME|SACKD_.*|SBATCH_.*|SLURM_CONF|SLURM_CLUSTERS|SLURM_JWT)$/.test(
          name,
        ));
  return { ...Object.fromEntries(Object.entries(all).filter(([name]) => isKept(name))), LC_ALL: 'C' };
}

/** The program's own words without what every line begins with. */
const said = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.replace(/^\w+: (error: |fatal: )?/, '').trim())
    .filter((line) => line !== '')
    .slice(-3)
    .join('; ');

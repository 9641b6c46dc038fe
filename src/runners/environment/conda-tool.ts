import { findProgram } from '../../util/find-program.ts';
import type { CondaRequest } from './conda-request.ts';

export type CondaKind = 'micromamba' | 'mamba' | 'conda';

/** What makes conda environments here. */
export interface CondaTool {
  readonly kind: CondaKind;
  readonly program: string;
}

/** The fastest of those that are there: by the variables that their shells set, else in PATH. */
export function findCondaTool(environment: Readonly<Record<string, string | undefined>>): CondaTool | undefined {
  for (const kind of ['micromamba', 'mamba', 'conda'] as const) {
    const said = kind === 'conda' ? environment.CONDA_EXE : environment.MAMBA_EXE;
    // `MAMBA_EXE` names micromamba or mamba, whichever set it.
    if (said?.split('/').at(-1) === kind && findProgram(said, '') !== undefined) return { kind, program: said };
    const program = findProgram(kind, environment.PATH ?? '');
    if (program !== undefined) return { kind, program };
  }
  return undefined;
}

/** The words with which a tool makes the environment `prefix`: from what was asked for, or from a list of package files that was recorded. */
export function condaArguments(
  kind: CondaKind,
  request: CondaRequest | { readonly kind: 'explicit'; readonly path: string },
  options: { readonly prefix: string; readonly offline: boolean },
): readonly string[] {
  const offline = options.offline ? ['--offline'] : [];
  const create = ['create', '--yes', '--prefix', options.prefix, ...offline];
  switch (request.kind) {
    case 'specs':
      // Said in full, so that one list means the same on machines whose own settings differ.
      return [
        ...create,
        '--override-channels',
        ...condaChannels.flatMap((channel) => ['--channel', channel]),
        ...request.specs,
      ];
    case 'explicit':
      return [...create, '--file', request.path];
    case 'file':
      // micromamba reads both kinds of file with one verb. The others ask nothing here and know no `--yes` in older versions.
      return kind === 'micromamba' || request.format === 'explicit'
        ? [...create, '--file', request.path]
        : ['env', 'create', '--prefix', options.prefix, ...offline, '--file', request.path];
  }
}

/** Where packages of a list come from that name no channel. */
export const condaChannels: readonly string[] = ['conda-forge', 'bioconda'];

/** Settings of the tools that a build must not depend on, or that would make it wait for an answer. */
export const condaVariables: Readonly<Record<string, string | undefined>> = {
  CONDA_ALWAYS_YES: 'true',
  MAMBA_ALWAYS_YES: 'true',
  CONDA_AUTO_UPDATE_CONDA: 'false',
  CONDA_REPORT_ERRORS: 'false',
  MAMBA_NO_BANNER: '1',
  NO_COLOR: '1',
  PIP_NO_INPUT: '1',
  PIP_DISABLE_PIP_VERSION_CHECK: '1',
  CONDA_PREFIX: undefined,
  PYTHONPATH: undefined,
  PYTHONHOME: undefined,
  VIRTUAL_ENV: undefined,
};

import { findCondaTool } from '../../runners/environment/conda-tool.ts';
import { installHint } from '../../runners/environment/install-hint.ts';
import { findModules } from '../../runners/environment/modules.ts';
import type { Probes } from '../../runners/environment/probes.ts';
import { findVersion } from '../../runners/environment/version.ts';
import { findProgram } from '../../util/find-program.ts';
import { type Examined, inTime } from './examined.ts';
import { searchPath } from './search-path.ts';

export async function examinePip(options: { readonly offline: boolean }): Promise<readonly Examined[]> {
  const uv = findProgram('uv', searchPath);
  const offline = options.offline ? ', offline' : '';
  return [
    uv === undefined
      ? {
          name: 'environments',
          state: 'weak',
          needed: false,
          found: `made with venv and pip${offline}; uv makes them many times faster`,
          install: installHint('uv'),
        }
      : { name: 'environments', state: 'ok', needed: false, found: `made with uv (${uv})${offline}` },
  ];
}

/** For `conda: […]`. */
export async function examineConda(probes: Probes): Promise<readonly Examined[]> {
  const name = 'conda';
  const tool = findCondaTool(process.env);
  if (tool === undefined)
    return [
      {
        name,
        state: 'missing',
        needed: false,
        found: 'not found (micromamba, mamba, conda)',
        install: installHint('micromamba'),
      },
    ];
  const version = findVersion((await probes.ask(tool.program, [['--version']]))?.text ?? '');
  const found = [tool.kind, ...(version === undefined ? [] : [version])].join(' ');
  return [{ name, state: 'ok', needed: false, found: `${found}, ${tool.program}` }];
}

/** For `modules: […]`. */
export async function examineModules(): Promise<readonly Examined[]> {
  const name = 'modules';
  const found = await inTime(findModules(process.env), undefined, 6000);
  return [
    found === undefined
      ? {
          name,
          state: 'missing',
          needed: false,
          found: 'no `module` command',
          install: installHint('environment-modules'),
        }
      : {
          name,
          state: 'ok',
          needed: false,
          found: `${found.kind}, ${found.modules} ${found.modules === 1 ? 'module' : 'modules'}, ${found.init}`,
        },
  ];
}

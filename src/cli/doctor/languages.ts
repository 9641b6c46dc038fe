import { installHint } from '../../runners/environment/install-hint.ts';
import { interpreters, versionQuestions } from '../../runners/environment/interpreters.ts';
import type { Probes } from '../../runners/environment/probes.ts';
import { findPython } from '../../runners/environment/python.ts';
import { findVersion } from '../../runners/environment/version.ts';
import { findProgram } from '../../util/find-program.ts';
import { askProgram } from './ask-program.ts';
import type { Examined } from './examined.ts';
import { searchPath } from './search-path.ts';

export async function examineLanguage(
  kind: keyof typeof interpreters,
  probes: Probes,
  options: { readonly needed: boolean },
): Promise<readonly Examined[]> {
  const { programs, questions } = interpreters[kind];
  const name = languageNames[kind];
  const path = programs.map((program) => findProgram(program, searchPath)).find((found) => found !== undefined);
  if (path === undefined) {
    return [
      {
        name,
        state: 'missing',
        needed: options.needed,
        found: `not found (${programs.join(', ')})`,
        install: installHint(programs[0] ?? kind),
      },
    ];
  }
  const version = findVersion((await probes.ask(path, questions))?.text ?? '');
  return [
    { name, state: 'ok', needed: options.needed, found: `${version === undefined ? '' : `${version}, `}${path}` },
  ];
}

export async function examinePython(probes: Probes): Promise<readonly Examined[]> {
  const { found, others } = await findPython(undefined, { searchPath, probes });
  if (found === undefined) {
    const seen = others.length === 0 ? 'not found' : `too old (${others.join(', ')})`;
    return [
      { name: languageNames.python, state: 'missing', needed: false, found: seen, install: installHint('python') },
    ];
  }
  const python = {
    name: languageNames.python,
    state: 'ok',
    needed: false,
    found: `${found.version}, ${found.executable}`,
  } as const;
  const venv = await askProgram(found.executable, ['-I', '-c', 'import venv, ensurepip']);
  if (venv.kind === 'said' || findProgram('uv', searchPath) !== undefined) return [python];
  return [
    python,
    {
      name: 'venv',
      state: 'missing',
      needed: false,
      found: 'this Python cannot make environments for `pip: […]`',
      install: installHint('python-venv'),
    },
  ];
}

/** For ImageJ, Fiji and Bio-Formats, which bring none of their own on some systems. */
export async function examineJava(probes: Probes): Promise<readonly Examined[]> {
  const path = findProgram('java', searchPath);
  if (path === undefined)
    return [{ name: 'Java', state: 'missing', needed: false, found: 'not found (java)', install: installHint('java') }];
  const version = findVersion((await probes.ask(path, versionQuestions))?.text ?? '');
  return [{ name: 'Java', state: 'ok', needed: false, found: `${version === undefined ? '' : `${version}, `}${path}` }];
}

const languageNames: Readonly<Record<keyof typeof interpreters, string>> = {
  bash: 'bash',
  python: 'python',
  r: 'R',
  julia: 'Julia',
  node: 'node scripts',
  perl: 'perl',
  groovy: 'Groovy',
  imagej: 'ImageJ',
};

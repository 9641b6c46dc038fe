import { closeSync, openSync, readSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { blake3 } from '../../util/blake3.ts';
import { findProgram } from '../../util/find-program.ts';
import { systemPath } from '../wrapper/launch-file.ts';
import type { Draft, Resolving, Way } from './draft.ts';
import { environmentErrors as errors } from './environment-errors.ts';
import { EnvironmentFailure } from './environment-failure.ts';
import { installHint } from './install-hint.ts';
import { interpreters, versionQuestions } from './interpreters.ts';
import { buildPip, findPip, PipFailure, type PipRequest, pipName } from './pip.ts';
import type { Probes } from './probes.ts';
import type { Argv, Command, Process } from './process.ts';
import { behindShim, findPython, type Python } from './python.ts';
import { findVersion, isDemand, satisfies } from './version.ts';

/** Programs of this machine, of modules and conda environments that were added before, and Python packages in a virtual environment. */
export async function resolveTools(draft: Draft, resolving: Resolving): Promise<Way> {
  const { process: process_ } = draft;
  const { probes, folder } = resolving;
  const request = await addPython(draft, probes);
  const pip = request === undefined ? undefined : findPip(folder, request);
  if (pip !== undefined) {
    draft.names.push(pip.name);
    draft.path.unshift(join(pip.folder, 'bin'));
    draft.covered.push(join(pip.folder, 'bin'));
    draft.variables.VIRTUAL_ENV = pip.folder;
    draft.programs.python = pip.python;
    draft.identity.push(['pip', pip.lock]);
  }
  for (const demand of process_.environment.system ?? []) await addSystemProgram(draft, demand, probes);
  const waits = request !== undefined && pip === undefined;
  await addCommand(draft, process_.command, { probes, quiet: false, waits });
  if (process_.stub !== undefined) await addCommand(draft, process_.stub, { probes, quiet: true, waits });
  if (request === undefined || pip !== undefined)
    return { state: 'ready', name: draft.names.length === 0 ? 'system' : draft.names.join(' + ') };
  return {
    state: 'unbuilt',
    name: pipName(request),
    describe: `Python ${request.python.version} with ${request.packages.join(', ')}`,
    async build(progress) {
      try {
        await buildPip(request, { folder, offline: resolving.offline, progress });
      } catch (error) {
        throw error instanceof PipFailure ? new EnvironmentFailure(pipDiagnostic(process_, request, error)) : error;
      }
    },
  };
}

/** Finds the Python that a `pip` list, a `python` demand or a Python script needs; its version is in the key. */
async function addPython(draft: Draft, probes: Probes): Promise<PipRequest | undefined> {
  const { process: process_, diagnostics } = draft;
  const { environment, command } = process_;
  const isScript =
    command.kind === 'script' && command.interpreter.kind === 'language' && command.interpreter.language === 'python';
  const stubIsScript =
    process_.stub?.kind === 'script' &&
    process_.stub.interpreter.kind === 'language' &&
    process_.stub.interpreter.language === 'python';
  const isNeeded = isScript || environment.pip !== undefined || environment.python !== undefined;
  if (!isNeeded && !stubIsScript) return undefined;
  const demand = environment.python;
  if (demand !== undefined && !isDemand(demand)) {
    diagnostics.push(errors.unreadableDemand(process_.span, { process: process_.name, demand: `python: "${demand}"` }));
    return undefined;
  }
  const { surroundings, conda } = draft;
  // A conda environment with a Python of its own is meant as a whole: what else this machine has does not count beside it.
  const condaPython = conda === undefined ? undefined : findProgram('python', join(conda.folder, 'bin'));
  const { found, others } = await findPython(demand, {
    searchPath: condaPython === undefined ? [...draft.path, searchPath()].join(':') : dirname(condaPython),
    onlyThere: condaPython !== undefined,
    probes,
    surroundings,
  });
  if (found === undefined) {
    if (isNeeded) {
      diagnostics.push(
        errors.noPython(process_.span, {
          process: process_.name,
          demand: demand ?? '3.8 or newer',
          found: others,
          install:
            demand === undefined
              ? installHint('python')
              : `Get it with \`uv python install ${demand}\` or \`pyenv install ${demand}\`.`,
        }),
      );
    }
    return undefined;
  }
  draft.programs.python = found.executable;
  if (!isNeeded) return undefined;
  draft.identity.push(['python', pythonIdentity(found)]);
  return environment.pip === undefined || environment.pip.length === 0
    ? undefined
    : {
        packages: environment.pip,
        python: found,
        surroundings,
        ...(conda === undefined || condaPython === undefined ? {} : { over: conda.lock }),
      };
}

const pythonIdentity = (python: Python): string =>
  python.implementation === 'CPython' ? python.version : `${python.implementation} ${python.version}`;

async function addSystemProgram(draft: Draft, entry: string, probes: Probes): Promise<void> {
  const { process: process_, diagnostics } = draft;
  const match = /^\s*([^\s<>=!~]+)\s*(.*?)\s*$/.exec(entry);
  const name = match?.[1];
  const demand = match?.[2] ?? '';
  if (name === undefined || (demand !== '' && !isDemand(demand))) {
    diagnostics.push(errors.unreadableDemand(process_.span, { process: process_.name, demand: entry }));
    return;
  }
  const path = locate(draft, name);
  if (path === undefined) {
    diagnostics.push(
      errors.noProgram(process_.span, { process: process_.name, program: name, install: installHint(name) }),
    );
    return;
  }
  const words = await versionOf(path, probes, { maySpeak: true, surroundings: draft.surroundings });
  if (demand !== '') {
    const version = findVersion(words);
    if (version === undefined || !satisfies(version, demand)) {
      diagnostics.push(
        errors.wrongVersion(process_.span, {
          process: process_.name,
          program: name,
          demand,
          found: version ?? 'one that does not tell its version',
          path,
          install: installHint(name),
        }),
      );
      return;
    }
  }
  draft.identity.push([`program ${name}`, words]);
  draft.programs[name] = path;
  if (!systemPath.split(':').includes(dirname(path)) && !draft.path.includes(dirname(path)))
    draft.path.push(dirname(path));
}

/** The interpreter of a script or the program of an `exec`. */
async function addCommand(
  draft: Draft,
  command: Command,
  how: {
    readonly probes: Probes /** For stubs: what is missing is said when it is used. */;
    readonly quiet: boolean;
    readonly waits: boolean;
  },
): Promise<void> {
  const { process: process_, diagnostics } = draft;
  if (command.kind === 'script' && command.interpreter.kind === 'language') {
    const { language } = command.interpreter;
    // Python was found before everything else: environments are made with it.
    if (language === 'python') return;
    const kind = interpreters[language];
    const path = kind.programs.map((name) => locate(draft, name)).find((found) => found !== undefined);
    const program = kind.programs[0] ?? language;
    if (path === undefined) {
      if (!how.quiet)
        diagnostics.push(
          errors.noInterpreter(process_.span, {
            process: process_.name,
            script: kind.called,
            program,
            install: installHint(program),
          }),
        );
      return;
    }
    const words = await versionOf(path, how.probes, {
      maySpeak: true,
      questions: kind.questions,
      surroundings: draft.surroundings,
    });
    if (!how.quiet) draft.identity.push([language, findVersion(words) ?? words]);
    draft.programs[language] = path;
    return;
  }
  const name =
    command.kind === 'script'
      ? command.interpreter.kind === 'argv'
        ? command.interpreter.argv[0]
        : undefined
      : firstWord(command.argv);
  // A program that is a value of the task, or a path inside its directory, is known through the task's inputs and files.
  if (name === undefined || draft.programs[name] !== undefined || (name.includes('/') && !name.startsWith('/'))) return;
  const path = locate(draft, name);
  if (path === undefined) {
    if (!how.quiet && !how.waits)
      diagnostics.push(
        errors.noProgram(process_.span, { process: process_.name, program: name, install: installHint(name) }),
      );
    return;
  }
  draft.programs[name] = path;
  // What lies in a virtual or conda environment is covered by its lock.
  if (!how.quiet && !draft.covered.includes(dirname(path))) {
    const { surroundings } = draft;
    draft.identity.push([`program ${name}`, await versionOf(path, how.probes, { maySpeak: false, surroundings })]);
  }
}

function firstWord(argv: Argv): string | undefined {
  const first = argv.kind === 'list' ? argv.items[0] : undefined;
  if (first?.kind === 'const' && typeof first.value === 'string') return first.value;
  if (first?.kind === 'text' && first.parts.every((part) => typeof part === 'string')) return first.parts.join('');
  return undefined;
}

/**
 * What stands for a program in keys: its own words about its version, else the digest of its file. A script is only started to ask where the
 * pipeline names it as something with a version (`maySpeak`): a script of somebody's own may do anything when it is started.
 */
async function versionOf(
  path: string,
  probes: Probes,
  how: {
    readonly maySpeak: boolean;
    readonly questions?: readonly (readonly string[])[];
    readonly surroundings: Readonly<Record<string, string>>;
  },
): Promise<string> {
  if (how.maySpeak || !isScript(path)) {
    const probe = await probes.ask(path, how.questions ?? versionQuestions, how.surroundings);
    const line = probe?.text.split('\n').find((text) => /\d/.test(text));
    if (line !== undefined) return line.trim();
  }
  return blake3(await readFile(path));
}

function isScript(path: string): boolean {
  const start = Buffer.alloc(2);
  const file = openSync(path, 'r');
  try {
    readSync(file, start, 0, 2, 0);
  } finally {
    closeSync(file);
  }
  return start.toString('latin1') === '#!';
}

function pipDiagnostic(process_: Process, request: PipRequest, failure: PipFailure): Diagnostic {
  if (failure.kind === 'venv') {
    return errors.noVenv(process_.span, {
      process: process_.name,
      python: request.python.executable,
      said: failure.lines.at(-1) ?? 'it failed',
      install: installHint('python-venv'),
    });
  }
  return errors.pipFailed(process_.span, {
    process: process_.name,
    tool: failure.tool,
    packages: request.packages,
    lines: failure.lines,
    log: failure.log,
  });
}

/** Where a program lies: in the environment, on the user's PATH, or where every task looks. */
function locate(draft: Draft, name: string): string | undefined {
  const path = findProgram(name, [...draft.path, searchPath()].join(':'));
  return path === undefined ? undefined : (behindShim(path) ?? path);
}

/** Folders of the user first, then those that every task has. */
const searchPath = (): string => `${process.env.PATH ?? ''}:${systemPath}`;

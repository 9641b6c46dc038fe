import { join } from 'node:path';
import type { BuiltEnvironment, Environments, ResolvedEnvironment } from '../../engine/ports/environments.ts';
import type { SettingsOf } from '../../engine/ports/process-settings.ts';
import type { RunnerName } from '../../engine/ports/runner.ts';
import { addConda } from './add-conda.ts';
import { addModules } from './add-modules.ts';
import { findCondaTool } from './conda-tool.ts';
import { resolveContainer } from './container.ts';
import type { Draft, Resolving, Way } from './draft.ts';
import { environmentErrors as errors } from './environment-errors.ts';
import { EnvironmentFailure } from './environment-failure.ts';
import { type Loaded, loadModules } from './modules.ts';
import type { Place, Placed } from './place.ts';
import { openProbes } from './probes.ts';
import type { Process } from './process.ts';
import { resolveTools } from './tools.ts';

export interface EnvironmentOptions {
  /** `<store>/environments`. Made when something has to be kept there. */
  readonly folder: string;
  /** Nothing is fetched: environments that are not built yet fail unless the installer's own cache holds everything. */
  readonly offline: boolean;
  /** Where processes run that nobody sends elsewhere. */
  readonly runner: RunnerName;
  readonly settingsOf: SettingsOf;
  /** Places other than this machine's own programs, opened when a process is to run there. */
  readonly places: Readonly<Record<Exclude<RunnerName, 'local'>, () => Promise<Place>>>;
}

/** Environments where processes run: programs, virtual environments and packages of this machine, containers, variables. */
export function openEnvironments(options: EnvironmentOptions): Environments {
  const probes = openProbes(join(options.folder, 'probes.json'));
  const loading = new Map<string, Promise<Loaded>>();
  const resolving: Resolving = {
    folder: options.folder,
    offline: options.offline,
    probes,
    loadModules(names) {
      const key = names.join('\0');
      const known = loading.get(key) ?? loadModules(names, process.env);
      loading.set(key, known);
      return known;
    },
  };
  const building = new Map<string, Promise<void>>();
  const places = new Map<RunnerName, Promise<Place>>();

  function placeOf(runner: RunnerName): Promise<Place> | undefined {
    if (runner === 'local') return undefined;
    let place = places.get(runner);
    if (place === undefined) {
      place = options.places[runner]();
      places.set(runner, place);
    }
    return place;
  }

  async function resolveOne(process_: Process): Promise<Resolution> {
    const settings = options.settingsOf(process_);
    const runner = settings.runner ?? options.runner;
    const draft: Draft = {
      process: process_,
      settings,
      runner,
      diagnostics: [],
      identity: [],
      path: [],
      variables: {},
      secrets: [],
      programs: {},
      names: [],
      covered: [],
      surroundings: {},
    };
    const way = await resolveWay(draft, resolving, await placeOf(runner));
    addVariables(draft);
    const { diagnostics } = draft;
    if (way === undefined || diagnostics.length > 0)
      return { environment: { process: process_, diagnostics, state: 'missing' } };
    if (way.state === 'unbuilt') {
      const { name, describe } = way;
      return { environment: { process: process_, diagnostics, state: 'unbuilt', name, describe, runner }, way };
    }
    const built: BuiltEnvironment = {
      name: way.name,
      runner,
      identity: draft.identity,
      activation: {
        path: draft.path,
        variables: draft.variables,
        programs: draft.programs,
        ...(draft.secrets.length === 0 ? {} : { secrets: draft.secrets }),
        ...(draft.container === undefined ? {} : { container: draft.container }),
      },
    };
    return { environment: { process: process_, diagnostics, state: 'ready', ...built }, way };
  }

  /** What a place as a whole has against the processes that are to run there. */
  async function check(processes: readonly Process[]): Promise<ReadonlyMap<Process, ResolvedEnvironment>> {
    const placed = new Map<RunnerName, Placed[]>();
    for (const process_ of processes) {
      const settings = options.settingsOf(process_);
      const runner = settings.runner ?? options.runner;
      const group = placed.get(runner);
      if (group) group.push({ process: process_, settings });
      else placed.set(runner, [{ process: process_, settings }]);
    }
    const refused = new Map<Process, ResolvedEnvironment>();
    for (const [runner, group] of placed) {
      const diagnostics = (await (await placeOf(runner))?.check(group)) ?? [];
      if (diagnostics.length === 0) continue;
      // Where the place itself is missing, what else a process lacks there is not worth a word.
      for (const [at, { process: process_ }] of group.entries())
        refused.set(process_, { process: process_, diagnostics: at === 0 ? diagnostics : [], state: 'missing' });
    }
    return refused;
  }

  return {
    async resolve(processes) {
      const refused = await check(processes);
      const resolved = await Promise.all(
        processes.map(async (process_) => refused.get(process_) ?? (await resolveOne(process_)).environment),
      );
      probes.save();
      return resolved;
    },
    async build(environment, progress) {
      if (environment.state === 'ready') return environment;
      // What a conda environment brings is known once it is there: Python packages over it come after it.
      for (let step = 0; step < 2; step++) {
        const { way } = await resolveOne(environment.process);
        if (way?.state !== 'unbuilt') break;
        const name = `${way.name}\0${environment.state === 'unbuilt' ? environment.runner : ''}`;
        let build = building.get(name);
        if (build === undefined) {
          build = way.build(progress).finally(() => building.delete(name));
          building.set(name, build);
        }
        await build;
      }
      const { environment: built } = await resolveOne(environment.process);
      probes.save();
      if (built.state === 'ready') return built;
      const [diagnostic] = built.diagnostics;
      if (diagnostic !== undefined) throw new EnvironmentFailure(diagnostic);
      throw new Error(`the environment of ${environment.process.name} is still ${built.state} after it was built`);
    },
  };
}

interface Resolution {
  readonly environment: ResolvedEnvironment;
  readonly way?: Way;
}

/**
 * Where several ways are listed, the first that the place can do is used: a container, then conda, then what this machine has. Environment
 * modules go along with all but the first. Undefined, with a diagnostic, where the place can do none.
 */
async function resolveWay(draft: Draft, resolving: Resolving, place: Place | undefined): Promise<Way | undefined> {
  const { process: process_, settings, runner } = draft;
  const { environment } = process_;
  const container = settings.container ?? environment.container ?? siteImage(draft);
  if (container !== undefined && place?.images !== undefined)
    return resolveContainer(draft, { name: container, images: place.images });
  if (runner === 'docker') {
    draft.diagnostics.push(errors.noContainer(process_.span, { process: process_.name }));
    return undefined;
  }
  const modules = settings.modules ?? environment.modules ?? [];
  const { conda } = environment;
  const tools = environment.pip !== undefined || environment.system !== undefined;
  // What the site says of containers is for where there are some: here, a process that names none goes without.
  const demanded = environment.container ?? (runner === 'slurm' ? settings.container : undefined);
  if (demanded !== undefined && !tools && conda === undefined && modules.length === 0) {
    const of = { process: process_.name, container: demanded, runner };
    draft.diagnostics.push(errors.onlyInContainer(process_.span, of));
    return undefined;
  }
  if (modules.length > 0) {
    const optional = settings.modules === undefined && (tools || conda !== undefined);
    await addModules(draft, resolving, { names: modules, optional });
  }
  if (conda !== undefined && !(tools && findCondaTool(process.env) === undefined)) {
    const way = await addConda(draft, resolving);
    if (way !== undefined) return way;
  }
  return draft.diagnostics.length > 0 ? undefined : resolveTools(draft, resolving);
}

/**
 * The site's image for processes that name none, where there are containers. One that says how else it gets its tools gets them so, where that
 * can be done.
 */
function siteImage({ process: process_, settings, runner }: Draft): string | undefined {
  if (runner === 'local') return undefined;
  const { pip, conda, modules } = process_.environment;
  const otherwise = pip ?? conda ?? settings.modules ?? modules;
  return otherwise === undefined || runner === 'docker' ? settings.defaultContainer : undefined;
}

function addVariables(draft: Draft): void {
  const { environment, name, span } = draft.process;
  for (const variable of environment.variables) {
    draft.variables[variable.name] = variable.value;
    draft.identity.push([`variable ${variable.name}`, variable.value]);
  }
  for (const secret of environment.secrets) {
    const value = process.env[secret];
    if (value === undefined) draft.diagnostics.push(errors.noSecret(span, { process: name, name: secret }));
    else {
      draft.variables[secret] = value;
      draft.secrets.push(secret);
    }
  }
}

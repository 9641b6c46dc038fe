import { join } from 'node:path';
import { buildConda, CondaFailure, findConda } from './conda.ts';
import { condaErrors as errors } from './conda-errors.ts';
import { condaName, readCondaRequest } from './conda-request.ts';
import { findCondaTool } from './conda-tool.ts';
import type { Draft, Resolving, Way } from './draft.ts';
import { EnvironmentFailure } from './environment-failure.ts';
import { installHint } from './install-hint.ts';
import { listInWords } from './list-in-words.ts';

/**
 * Adds the conda environment of a process; undefined once that is done, or with a diagnostic. Where it is not built, how to: what else the
 * process needs can only be looked for afterwards.
 */
export async function addConda(draft: Draft, resolving: Resolving): Promise<Way | undefined> {
  const { process: process_, diagnostics } = draft;
  const { folder, offline } = resolving;
  const entries = process_.environment.conda ?? [];
  const request = readCondaRequest(entries, process_.folder);
  if (request.kind === 'wrong') {
    diagnostics.push(errors.unreadable(process_.span, { process: process_.name, why: request.why }));
    return undefined;
  }
  const found = findConda(folder, request);
  if (found !== undefined) {
    draft.conda = found;
    draft.names.push(found.name);
    draft.path.unshift(...found.activation.path);
    draft.covered.push(join(found.folder, 'bin'));
    Object.assign(draft.variables, found.activation.variables);
    Object.assign(draft.surroundings, found.activation.variables);
    draft.identity.push(['conda', found.lock]);
    return undefined;
  }
  const tool = findCondaTool(process.env);
  if (tool === undefined) {
    diagnostics.push(
      errors.noTool(process_.span, {
        process: process_.name,
        value: listInWords(entries),
        install: installHint('micromamba'),
      }),
    );
    return undefined;
  }
  return {
    state: 'unbuilt',
    name: condaName(request),
    describe: `${request.kind === 'specs' ? request.specs.join(', ') : request.path} with ${tool.kind}`,
    async build(progress) {
      try {
        await buildConda(request, { folder, offline, tool, progress });
      } catch (error) {
        if (!(error instanceof CondaFailure)) throw error;
        const { lines, log } = error;
        throw new EnvironmentFailure(
          errors.failed(process_.span, { process: process_.name, tool: tool.kind, lines, log }),
        );
      }
    },
  };
}

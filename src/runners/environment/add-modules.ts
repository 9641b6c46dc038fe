import type { Draft, Resolving } from './draft.ts';
import { installHint } from './install-hint.ts';
import { listInWords } from './list-in-words.ts';
import { moduleErrors as errors } from './module-errors.ts';

/** Adds what environment modules set, or a diagnostic. With `optional`, a machine without a module command goes without them. */
export async function addModules(
  draft: Draft,
  resolving: Resolving,
  options: { readonly names: readonly string[]; readonly optional: boolean },
): Promise<void> {
  const { process: process_, diagnostics } = draft;
  const { names } = options;
  const loaded = await resolving.loadModules(names);
  const at = process_.span;
  switch (loaded.state) {
    case 'none':
      if (options.optional) return;
      diagnostics.push(
        errors.none(at, {
          process: process_.name,
          value: listInWords(names),
          install: installHint('environment-modules'),
        }),
      );
      return;
    case 'failed': {
      const { module, said, known } = loaded;
      diagnostics.push(
        loaded.cause === 'unknown'
          ? errors.unknown(at, { process: process_.name, module, said, known })
          : errors.failed(at, { process: process_.name, module, said }),
      );
      return;
    }
    case 'loaded': {
      const { path, variables } = loaded.change;
      draft.names.push(`modules ${loaded.names.join(', ')}`);
      draft.path.push(...path);
      Object.assign(draft.variables, variables);
      Object.assign(draft.surroundings, variables);
      draft.identity.push(['modules', loaded.names.join(' ')], ['modules set', JSON.stringify({ path, variables })]);
    }
  }
}

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Expr, Publish } from './program.ts';
import { workflowErrors } from './workflow-errors.ts';

interface Candidate extends Publish {
  /** The variable that is published. */
  readonly variable?: string;
}

/** The names of results: that of the variable where no other result has it, else all that is written, `tracks.table`. */
export function namedPublishes(publishes: readonly Candidate[]): readonly Publish[] {
  const uses = new Map<string, number>();
  for (const { name, variable } of publishes) {
    for (const one of new Set([name, variable ?? name])) uses.set(one, (uses.get(one) ?? 0) + 1);
  }
  return publishes.map(({ variable, ...publish }) =>
    variable !== undefined && uses.get(variable) === 1 ? { ...publish, name: variable } : publish,
  );
}

/** Over all publishes: no two paths that are the same before any tag is known, and no two results of one name. */
export function checkPublishes(publishes: readonly Publish[], report: (diagnostic: Diagnostic) => void): void {
  const paths = new Map<string, Publish>();
  const names = new Map<string, Publish>();
  for (const publish of publishes) {
    // Branches of an `if` that only the plan decides exclude each other; the plan looks again.
    if (publish.guards.length > 0) continue;
    const written = template(publish.path);
    const path =
      written === undefined ? undefined : `${publish.place === undefined ? '' : `${publish.place.kind}:`}${written}`;
    const key = path?.toLowerCase().normalize('NFC');
    const samePath = key === undefined ? undefined : paths.get(key);
    if (samePath !== undefined)
      report(workflowErrors.publishTwice(publish.path.span, { path: path ?? '', first: samePath.path.span }));
    else if (key !== undefined) paths.set(key, publish);
    const sameName = names.get(publish.name);
    if (sameName !== undefined && samePath === undefined)
      report(workflowErrors.publishName(publish.span, { name: publish.name, first: sameName.span }));
    else if (sameName === undefined) names.set(publish.name, publish);
  }
}

/** The path with its tags as holes; `undefined` where it holds more than texts and tags. */
function template(path: Expr): string | undefined {
  if (path.kind === 'const') return String(path.value);
  if (path.kind !== 'text') return undefined;
  let text = '';
  for (const part of path.parts) {
    if (typeof part === 'string') text += part;
    else if (part.value.kind === 'tag')
      text += `{${part.value.name}${part.format === undefined ? '' : `:${part.format}`}}`;
    else return undefined;
  }
  return text;
}

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Expr, Publish } from './program.ts';
import { workflowErrors } from './workflow-errors.ts';

/** Over all publishes: no two paths that are the same before any tag is known, and no two results of one name. */
export function checkPublishes(publishes: readonly Publish[], report: (diagnostic: Diagnostic) => void): void {
  const paths = new Map<string, Publish>();
  const names = new Map<string, Publish>();
  for (const publish of publishes) {
    // Branches of an `if` that only the plan decides exclude each other; the plan looks again.
    if (publish.guards.length > 0) continue;
    const path = template(publish.path);
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

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type * as Ast from '../syntax/ast.ts';
import { nameErrors } from './name-errors.ts';

interface Place {
  /** In the plural, for the message: `processes`. */
  readonly what: string;
  readonly report: (diagnostic: Diagnostic) => void;
}

/** Processes, workflows, fields and tags are written in lower_snake; anything else is a warning with a fix. */
export function checkSnakeName(name: Ast.Name, place: Place): void {
  if (/^_?[a-z0-9_]*$/.test(name.text)) return;
  const better = snake(name.text);
  if (better !== name.text)
    place.report(nameErrors.convention(name.span, { what: place.what, name: name.text, better }));
}

/** Types are written in UpperCamel. */
export function checkTypeName(name: Ast.Name, place: Omit<Place, 'what'>): void {
  if (/^[A-Z][A-Za-z0-9]*$/.test(name.text)) return;
  const better = name.text
    .split('_')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('');
  place.report(nameErrors.convention(name.span, { what: 'types', name: name.text, better }));
}

function snake(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
}

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Span } from '../../diagnostics/span.ts';
import { suggestions } from '../../diagnostics/suggest.ts';
import type { Suspect } from '../../engine/ports/impact.ts';
import { readTool, type Store, sameTool } from '../../store/index.ts';
import { DiagnosticProblem } from '../problem.ts';
import { retractionErrors } from './retraction-errors.ts';

/** Tools and environments as they stand on the command line, with the place of each. */
export interface NamedSuspects {
  readonly tools: readonly string[];
  readonly toolPlaces: readonly Span[];
  readonly environments: readonly string[];
  /** Where a place is missing. */
  readonly elsewhere: Span;
}

/** Every mistake among them is told at once. */
export async function namedSuspects(store: Store, named: NamedSuspects): Promise<readonly Suspect[]> {
  const wrong: Diagnostic[] = [];
  const suspects: Suspect[] = [];
  for (const [index, text] of named.tools.entries()) {
    const tool = readTool(text);
    if (tool !== undefined) suspects.push({ kind: 'tool', subject: `${tool.name}==${tool.version}` });
    else
      wrong.push(
        retractionErrors.notATool(named.toolPlaces[index] ?? named.elsewhere, {
          text,
          known: await versionsOf(store, text),
        }),
      );
  }
  if (wrong.length > 0) throw new DiagnosticProblem(wrong);
  return [...suspects, ...named.environments.map((subject): Suspect => ({ kind: 'environment', subject }))];
}

async function versionsOf(store: Store, text: string): Promise<readonly string[]> {
  const name = text.split(/[=<>~! ]/)[0] ?? text;
  const { tools } = await store.impact.known();
  return tools
    .filter((known) => {
      const tool = readTool(known);
      return tool !== undefined && sameTool(tool, { name, version: tool.version });
    })
    .slice(0, 5);
}

/** For people, where nothing was made with a tool or in an environment: what may have been meant. */
export async function unknownSuspect(store: Store, suspect: Suspect): Promise<string> {
  const { tools, environments } = await store.impact.known();
  const isTool = suspect.kind === 'tool';
  const near = isTool
    ? [...(await versionsOf(store, suspect.subject)), ...suggestions(suspect.subject, tools)]
    : environments.filter((name) => name.includes(suspect.subject)).slice(0, 3);
  const known = [...new Set(near)].filter((name) => name !== suspect.subject).slice(0, 3);
  return `No result of this store was made ${isTool ? 'with' : 'in'} ${suspect.subject}.${known.length === 0 ? '' : ` Known: ${known.map((name) => `\`${name}\``).join(', ')}.`}`;
}

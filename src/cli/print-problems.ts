import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { StoreProblem } from '../engine/ports/run-store.ts';
import { unreachable } from '../util/unreachable.ts';
import { formats } from './formats.ts';
import type { CommandProblem } from './problem.ts';
import { sayOnce } from './say-once.ts';
import type { Terminal } from './terminal.ts';

/** As `bit check` prints them: on stderr under the line they are about, or as one document on stdout. */
export async function printDiagnostics(
  found: readonly Diagnostic[],
  options: { readonly terminal: Terminal; readonly json: boolean },
): Promise<void> {
  const { terminal } = options;
  const diagnostics = sayOnce(found);
  if (options.json) {
    const { diagnosticsJson } = await import('../diagnostics/json.ts');
    terminal.json(diagnosticsJson(diagnostics));
    return;
  }
  const { renderAll } = await import('../diagnostics/render.ts');
  terminal.err.line(renderAll(diagnostics, { colors: terminal.err.colors }));
}

/** What happened and what to type next, for problems without a place in a text. Gives the exit status. */
export function printProblem(
  problem: CommandProblem | StoreProblem,
  options: { readonly terminal: Terminal; readonly json: boolean },
): number {
  const { terminal } = options;
  const exit = problem instanceof StoreProblem ? storeExit(problem.why) : problem.exit;
  if (options.json)
    terminal.json({ format: formats.problem, problem: { message: problem.message, help: problem.help } });
  const { red, bold } = terminal.err.colors;
  terminal.err.line(`${red(bold('error'))}  ${visible(problem.message)}\n  ${problem.help.replaceAll('\n', '\n  ')}`);
  return exit;
}

/** A name of a file may hold line ends, and what acts on a terminal. */
const visible = (text: string): string =>
  text.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));

/** 75 where trying again may help, 3 where something has to change first. */
function storeExit(why: StoreProblem['why']): 3 | 75 {
  switch (why) {
    case 'full':
    case 'busy':
      return 75;
    case 'read-only':
    case 'newer':
    case 'network':
    case 'damaged':
    case 'denied':
      return 3;
    default:
      return unreachable(why);
  }
}

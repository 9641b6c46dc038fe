import type { Diagnostic } from '../diagnostics/diagnostic.ts';

/**
 * Thrown by a verb where the user's world is not as the command needs it. `exit` as in cli.md: 1 something failed or was found,
 * 2 the command or its inputs are wrong, 3 something needed is not there, 75 try again.
 */
export class CommandProblem extends Error {
  readonly exit: 1 | 2 | 3 | 75;
  /** What to type next. */
  readonly help: string;
  constructor(problem: { readonly exit: 1 | 2 | 3 | 75; readonly message: string; readonly help: string }) {
    super(problem.message);
    this.name = 'CommandProblem';
    this.exit = problem.exit;
    this.help = problem.help;
  }
}

/** Wrong input that has a place: printed as `bit check` prints it, or as `{format, diagnostics}`. Exits 2 unless said. */
export class DiagnosticProblem extends Error {
  readonly diagnostics: readonly Diagnostic[];
  readonly exit: 2 | 3;
  constructor(diagnostics: readonly Diagnostic[], options: { readonly exit: 2 | 3 } = { exit: 2 }) {
    super(diagnostics[0]?.message ?? 'wrong input');
    this.name = 'DiagnosticProblem';
    this.diagnostics = diagnostics;
    this.exit = options.exit;
  }
}

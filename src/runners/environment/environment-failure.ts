import type { Diagnostic } from '../../diagnostics/diagnostic.ts';

/** A build that failed; `diagnostic` says why and what to do. */
export class EnvironmentFailure extends Error {
  readonly diagnostic: Diagnostic;
  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message);
    this.name = 'EnvironmentFailure';
    this.diagnostic = diagnostic;
  }
}

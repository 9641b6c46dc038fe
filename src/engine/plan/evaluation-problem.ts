import type { Span } from '../../diagnostics/span.ts';

/**
 * An expression of the analyst has no value on this data: a division by zero, a text that is no number. Thrown inside
 * `evaluate` and caught by whoever knows which item it was, who makes a diagnostic of it.
 */
export class EvaluationProblem extends Error {
  readonly span: Span;
  readonly help: string;
  constructor(span: Span, message: string, help: string) {
    super(message);
    this.name = 'EvaluationProblem';
    this.span = span;
    this.help = help;
  }
}

import type { Explanation } from '../../diagnostics/diagnostic.ts';

/** The long forms of what `plan-errors.ts` says. */
export const explanations: readonly Explanation[] = [];

import { err, type Result } from '../../util/result.ts';
import type { TagProblem } from './tag-problem.ts';

export type SheetProblem = TagProblem & { readonly kind: 'unreadable-sheet' };

export function unreadable(problem: string, help: string): Result<never, SheetProblem> {
  return err({ kind: 'unreadable-sheet', problem, help });
}

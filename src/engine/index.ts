export { explanations as planExplanations } from './plan/plan-errors.ts';
export { plan } from './run/plan.ts';
export type * from './run/request.ts';
export { run } from './run/run.ts';
export { explanations as runExplanations } from './run/run-errors.ts';

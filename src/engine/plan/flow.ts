import type { Program } from '../../parser/index.ts';
import type { Flow } from './step.ts';

export type * from './step.ts';

export function createFlow(program: Program, options: { readonly only?: readonly string[] }): Flow {
  throw new Error(`not built yet: ${program.nodes.length} ${options.only?.length}`);
}

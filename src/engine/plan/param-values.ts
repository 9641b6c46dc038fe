import type { NodeId, Program } from '../../parser/index.ts';
import type { Value } from '../ports/value.ts';
import { evaluate } from './evaluate.ts';

/** The plain params of a program by name, each evaluated once when it is first asked for. */
export function paramValues(program: Program, node: (id: NodeId) => Value): (name: string) => Value {
  const params = new Map(program.params.map((param) => [param.name, param.value]));
  const known = new Map<string, Value>();
  const value = (name: string): Value => {
    const found = known.get(name);
    if (found !== undefined) return found;
    const expr = params.get(name);
    if (expr === undefined || expr.kind === 'dataset') throw new Error(`\`params.${name}\` is no plain value`);
    const made = expr.kind === 'absent' ? null : evaluate(expr, { param: value, node });
    known.set(name, made);
    return made;
  };
  return value;
}

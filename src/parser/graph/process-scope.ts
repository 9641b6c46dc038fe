import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { nameErrors } from '../names/name-errors.ts';
import type * as Ast from '../syntax/ast.ts';
import { errorType, holdsFile, sizeType } from '../types/fits.ts';
import { errorExpr, type Scope } from '../types/scope.ts';
import type { Type } from '../types/type.ts';
import { processErrors } from './process-errors.ts';
import type { Expr, Input, Output, Process } from './program.ts';

export const resourceNames = ['cpus', 'memory', 'time', 'gpus', 'disk'] as const;
export type ResourceName = (typeof resourceNames)[number];

/** What the expressions of a process can name. */
export interface Members {
  readonly process: string;
  readonly inputs: readonly Input[];
  readonly outputs: readonly Output[];
  readonly uses: Process['uses'];
}

type Where = 'resources' | 'output' | 'exec';

/** Inputs everywhere; `attempt` in resources; tags and resource numbers that `uses` names in paths and arguments; outputs in `exec`. */
export function processScope(
  members: Members,
  given: { readonly report: (diagnostic: Diagnostic) => void; readonly where: Where },
): Scope {
  const { where } = given;
  const names = (): readonly string[] => [
    ...members.inputs.map((input) => input.name),
    ...(where === 'exec' ? members.outputs.map((output) => output.name) : []),
    ...(where === 'resources' ? ['attempt'] : members.uses.resources),
    ...members.uses.tags.map((tag) => `tag.${tag}`),
  ];
  return {
    report: given.report,
    names,
    narrowed: new Set(),
    absent: new Set(),
    filesHavePaths: where === 'exec',
    resolve: (ast, scope) => {
      if (ast.kind === 'name') return name(ast, { members, where, scope });
      if (ast.kind === 'member' && ast.of.kind === 'name')
        return qualified(ast, ast.of.name, { members, where, scope });
      return undefined;
    },
  };
}

interface Place {
  readonly members: Members;
  readonly where: Where;
  readonly scope: Scope;
}

function name(ast: Ast.Expr & { kind: 'name' }, place: Place): Expr | undefined {
  const { members, where } = place;
  const { span } = ast;
  const input = members.inputs.find((candidate) => candidate.name === ast.name);
  const output = where === 'exec' ? members.outputs.find((candidate) => candidate.name === ast.name) : undefined;
  if (input !== undefined && output !== undefined) {
    place.scope.report(processErrors.inputAndOutput(span, { name: ast.name, input: input.span, output: output.span }));
    return errorExpr(span);
  }
  if (input !== undefined) return { kind: 'input', name: input.name, type: input.type, span };
  if (output !== undefined) return outputPath(output, ast, place);
  if (ast.name === 'attempt') {
    if (where === 'resources' || members.uses.resources.includes('attempt'))
      return { kind: 'attempt', type: { kind: 'int', min: 1 }, span };
    place.scope.report(processErrors.attemptHere(span, {}));
    return errorExpr(span);
  }
  const resource = resourceNames.find((candidate) => candidate === ast.name);
  if (resource === undefined || where === 'resources') return undefined;
  if (!members.uses.resources.includes(resource)) {
    place.scope.report(processErrors.notInUses(span, { name: resource, write: resource }));
    return errorExpr(span);
  }
  return { kind: 'resource', name: resource, type: resourceType(resource), span };
}

function resourceType(resource: ResourceName): Type {
  if (resource === 'cpus' || resource === 'gpus') return { kind: 'int', min: 0 };
  return resource === 'time' ? { kind: 'quantity', dimension: 'duration' } : sizeType;
}

/** `tag.cell`, `out.mask`, and `params.x`, which a process does not see. */
function qualified(ast: Ast.Expr & { kind: 'member' }, of: string, place: Place): Expr | undefined {
  const { members, where } = place;
  const { span } = ast;
  if (members.inputs.some((input) => input.name === of)) return undefined;
  if (of === 'tag') {
    if (!members.uses.tags.includes(ast.name.text)) {
      place.scope.report(
        processErrors.notInUses(span, { name: `tag.${ast.name.text}`, write: `tag.${ast.name.text}` }),
      );
      return errorExpr(span);
    }
    // The tag's type is known at each call only; until then it agrees with everything.
    return { kind: 'tag', name: ast.name.text, type: errorType, span };
  }
  if (of === 'out' && where === 'exec') {
    const output = members.outputs.find((candidate) => candidate.name === ast.name.text);
    if (output !== undefined) return outputPath(output, ast, place);
  }
  if (of === 'params') {
    place.scope.report(
      nameErrors.noParams(span, {
        problem: `A process does not see \`params.${ast.name.text}\``,
        help: `Make it an input of the process, and give it in the call: \`${ast.name.text}: params.${ast.name.text}\`.`,
      }),
    );
    return errorExpr(span);
  }
  return undefined;
}

function outputPath(output: Output, ast: Ast.Expr, place: Place): Expr {
  if (output.path.kind === 'path') {
    const type: Type = holdsFile(output.type) ? output.type : { kind: 'file', format: 'File' };
    return { kind: 'output', name: output.name, type: type.kind === 'optional' ? type.of : type, span: ast.span };
  }
  place.scope.report(
    processErrors.outputWithoutPath(ast.span, { output: output.name, stdout: output.path.kind === 'stdout' }),
  );
  return errorExpr(ast.span);
}

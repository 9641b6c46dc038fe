import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type * as Ast from '../syntax/ast.ts';
import { type Constant, fold, isConstantList } from '../types/constants.ts';
import { typeExpr } from '../types/expressions.ts';
import { fitValue } from '../types/fit-value.ts';
import { boolType, strType } from '../types/fits.ts';
import type { Scope } from '../types/scope.ts';
import type { Type } from '../types/type.ts';
import { constantScope, uniqueFields } from '../types/type-nodes.ts';
import { processErrors } from './process-errors.ts';
import type { Environment } from './program.ts';

const texts: Type = { kind: 'list', of: strType };
const keys = {
  container: strType,
  container_options: texts,
  conda: texts,
  pip: texts,
  python: strType,
  system: texts,
  modules: texts,
  variables: { kind: 'record', fields: [] },
  secrets: texts,
  network: boolType,
} as const satisfies Record<keyof Environment, Type>;

interface Reading {
  readonly report: (diagnostic: Diagnostic) => void;
}

/** `environment { pip: […], container: "…", variables: { NAME: "…" } }`: literals only, for they are in the key of every task. */
export function readEnvironment(
  section: { readonly entries: readonly Ast.Entry[] } | undefined,
  reading: Reading,
): Environment {
  const { report } = reading;
  const read: { -readonly [K in keyof Environment]: Environment[K] } = { variables: [], secrets: [], network: false };
  for (const entry of uniqueFields(section?.entries ?? [], { what: 'key', report })) {
    const key = entry.name.text;
    if (!isKey(key)) {
      report(
        processErrors.unknownKey(entry.name.span, { section: 'environment', name: key, known: Object.keys(keys) }),
      );
      continue;
    }
    if (key === 'variables') {
      read.variables = readVariables(entry, reading);
      continue;
    }
    const value = literal(entry, keys[key], reading);
    if (value === undefined) continue;
    if (typeof value === 'boolean') read.network = value;
    else if (typeof value === 'string' && (key === 'container' || key === 'python')) read[key] = value;
    else if (
      isConstantList(value) &&
      (key === 'conda' ||
        key === 'pip' ||
        key === 'system' ||
        key === 'modules' ||
        key === 'secrets' ||
        key === 'container_options')
    ) {
      read[key] = value.filter((item) => typeof item === 'string');
    }
  }
  return read;
}

const isKey = (name: string): name is keyof typeof keys => Object.hasOwn(keys, name);

/** `conda: "env.yml"` is a list of one. */
function literal(entry: Ast.Entry, type: Type, reading: Reading): Constant | undefined {
  const expr = typeExpr(entry.value, literalScope(entry, reading));
  const single = entry.name.text === 'conda' && expr.type.kind === 'str';
  const fitted = fitValue(expr, single ? strType : type, {
    where: `\`${entry.name.text}\``,
    report: reading.report,
    bound: () => undefined,
  });
  const value = fold(fitted, () => undefined);
  return single && value !== undefined ? [value] : value;
}

function readVariables(entry: Ast.Entry, reading: Reading): Environment['variables'] {
  if (entry.value.kind !== 'record') {
    if (entry.value.kind !== 'error') {
      reading.report(
        processErrors.notLiteral(entry.value.span, {
          what: 'What `variables` holds',
          example: '{ OMP_NUM_THREADS: "1" }',
        }),
      );
    }
    return [];
  }
  return uniqueFields(entry.value.entries, { what: 'variable', report: reading.report }).flatMap((variable) => {
    const value = literal(variable, strType, reading);
    return typeof value === 'string' ? [{ name: variable.name.text, value }] : [];
  });
}

function literalScope(entry: Ast.Entry, reading: Reading): Scope {
  return {
    ...constantScope(reading.report),
    resolve: (ast) => {
      if (ast.kind !== 'name' && ast.kind !== 'member') return undefined;
      reading.report(
        processErrors.notLiteral(ast.span, {
          what: `\`${entry.name.text}\` in an environment`,
          example: entry.name.text === 'pip' ? '["numpy==2.3.4"]' : '"…"',
        }),
      );
      return { kind: 'const', value: null, type: { kind: 'error' }, span: ast.span };
    },
  };
}

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Module } from '../names/modules.ts';
import { insideQuotes, isPlainPath, parsePattern } from '../names/pattern.ts';
import { checkSnakeName } from '../names/words.ts';
import type * as Ast from '../syntax/ast.ts';
import { fold } from '../types/constants.ts';
import { typeExpr } from '../types/expressions.ts';
import { errorType, withoutOptional } from '../types/fits.ts';
import type { Scope } from '../types/scope.ts';
import type { Type } from '../types/type.ts';
import { constantScope, readType } from '../types/type-nodes.ts';
import { processErrors } from './process-errors.ts';
import type { Expr, Output, Pattern } from './program.ts';

interface Reading {
  readonly module: Module;
  readonly report: (diagnostic: Diagnostic) => void;
  readonly scope: Scope;
  readonly process: string;
}

/** `mask: Image = "mask.tif"`, `many Image = "tiles/{row:Int}.tif"`, `text: Str = stdout`. */
export function readOutput(field: Ast.OutputField, reading: Reading): Output {
  const { report } = reading;
  const name = field.name.text;
  checkSnakeName(field.name, { what: 'outputs', report });
  if (name === 'failed') report(processErrors.failedTaken(field.name.span, {}));
  const declared = readType(field.type, reading);
  const type = checkOutputType(field, declared, report) ? declared : errorType;
  const base = {
    name,
    type,
    ...(field.docs === undefined ? {} : { docs: field.docs }),
    span: field.name.span,
  };
  if (field.value.kind === 'name' && field.value.name === 'stdout') {
    if (field.many !== undefined || type.kind === 'list' || (type.kind === 'file' && type.format === 'Dir')) {
      report(
        processErrors.badOutput(field.value.span, {
          problem: 'What a task prints is one text, and this output is several files',
          help: 'Give a pattern: `"tiles/*.tif"`.',
        }),
      );
    }
    return { ...base, path: { kind: 'stdout' } };
  }
  const nowhere: Output = {
    ...base,
    path: { kind: 'path', path: { kind: 'const', value: '', type: { kind: 'str' }, span: field.span } },
  };
  if (field.value.kind === 'error') return nowhere;
  if (field.value.kind !== 'string') {
    report(
      processErrors.badOutput(field.value.span, {
        problem: 'After `=` stands the path of the output, a text',
        help: `Write \`${name}: … = "${name}.tif"\`, or \`stdout\` for what the task prints.`,
      }),
    );
    return nowhere;
  }
  if (field.many !== undefined) return { ...base, ...manyOutput(field, field.value, reading) };
  if (type.kind === 'list') return { ...base, path: listPath(field.value, reading) ?? nowhere.path };
  return { ...base, path: { kind: 'path', path: onePath(field.value, reading) } };
}

function checkOutputType(field: Ast.OutputField, type: Type, report: (diagnostic: Diagnostic) => void): boolean {
  const help = outputTypeHelp(field, type);
  if (help !== undefined) report(processErrors.outputType(field.type.span, { type, help }));
  return help === undefined;
}

/** What to write instead of a type that no output can have. */
function outputTypeHelp(field: Ast.OutputField, type: Type): string | undefined {
  if (type.kind === 'error') return undefined;
  const of = withoutOptional(type);
  if (field.many !== undefined) {
    return of === type && of.kind === 'file'
      ? undefined
      : 'Each item of a `many` output is one file: `many Image = …`. For none at all, write `many(min: 0)`.';
  }
  if (of.kind === 'record' || (of.kind === 'list' && of.of.kind !== 'file')) {
    return 'An output is a file, a list of files, or one number, text or Bool. Make each value an output of its own, or write a Table or Json.';
  }
  if (type.kind === 'optional' && of.kind === 'list')
    return 'A list may be empty, which says the same: leave the `?` out.';
  return undefined;
}

function onePath(ast: Ast.Expr & { kind: 'string' }, reading: Reading): Expr {
  const path = typeExpr(ast, reading.scope);
  const literal = ast.parts.map((part) => (part.kind === 'text' ? part.value : 'x')).join('');
  checkPath(ast, literal, reading.report);
  if (
    !ast.isRaw &&
    /[*?]|\[[^\]]*\]/.test(ast.parts.map((part) => (part.kind === 'text' ? part.value : '')).join(''))
  ) {
    reading.report(
      processErrors.badOutput(ast.span, {
        problem: 'One file is declared, and its path is a pattern',
        help: 'Write `Image[] = "tiles/*.tif"` for a list, `many Image = "tiles/{name}.tif"` for a dataset, or the exact path.',
      }),
    );
  }
  return path;
}

function listPath(ast: Ast.Expr & { kind: 'string' }, reading: Reading): Output['path'] | undefined {
  const pattern = readPattern(ast, reading);
  if (pattern === undefined) return undefined;
  const [capture] = pattern.captures;
  if (capture !== undefined) {
    reading.report(
      processErrors.badOutput(ast.span, {
        problem: `A list has no tags, so \`{${capture.name}}\` would be lost`,
        help: `Write \`many Image = "${ast.raw}"\` to make it a tag, or \`*\` to leave it out.`,
      }),
    );
  } else if (isPlainPath(pattern)) {
    reading.report(
      processErrors.badOutput(ast.span, {
        problem: 'A list is declared, and its path is that of one file',
        help: 'Write a pattern, such as `"tiles/*.tif"`.',
      }),
    );
  }
  return { kind: 'pattern', pattern };
}

function manyOutput(
  field: Ast.OutputField,
  ast: Ast.Expr & { kind: 'string' },
  reading: Reading,
): { readonly many: NonNullable<Output['many']>; readonly path: Output['path'] } {
  const pattern = readPattern(ast, reading);
  if (pattern !== undefined && pattern.captures.length === 0) {
    reading.report(
      processErrors.badOutput(ast.span, {
        problem: 'A `many` output makes a dataset, and this path captures no tag that tells its items apart',
        help: 'Capture one: `"tiles/{name}.tif"`, `"tiles/{row:Int}_{col:Int}.tif"`; or declare a list, `Image[] = "tiles/*.tif"`.',
      }),
    );
  }
  let min = 1;
  for (const arg of field.many?.args ?? []) {
    const value = fold(typeExpr(arg.value, constantScope(reading.report)), () => undefined);
    if (arg.name?.text === 'min' && typeof value === 'number' && Number.isInteger(value) && value >= 0) min = value;
    else {
      reading.report(
        processErrors.badOutput(arg.span, {
          problem: '`many` takes only `min`, a whole number',
          help: 'Write `many(min: 0)` where there may be none.',
        }),
      );
    }
  }
  const fallback: Pattern = pattern ?? { text: ast.raw, parts: [], captures: [] };
  return { many: { min, tags: fallback.captures }, path: { kind: 'pattern', pattern: fallback } };
}

function readPattern(ast: Ast.Expr & { kind: 'string' }, reading: Reading): Pattern | undefined {
  const { report } = reading;
  checkPath(ast, ast.raw, report);
  return parsePattern({
    raw: ast.raw,
    isRaw: ast.isRaw,
    captured: (name) => checkSnakeName(name, { what: 'tags', report: report }),
    span: insideQuotes(ast),
    report,
    insert: (expr) => typeExpr(expr, reading.scope),
  });
}

function checkPath(ast: Ast.Expr, text: string, report: (diagnostic: Diagnostic) => void): void {
  const problem =
    text === ''
      ? 'The path of an output is empty'
      : text.startsWith('/')
        ? 'The path of an output starts with `/`'
        : text.split('/').includes('..')
          ? "The path of an output leads out of the task's directory"
          : undefined;
  if (problem === undefined) return;
  report(
    processErrors.badOutput(ast.span, {
      problem,
      help: 'A task writes into an empty directory of its own: give a path in it, such as `"mask.tif"`.',
    }),
  );
}

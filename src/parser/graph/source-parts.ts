import { nameErrors } from '../names/name-errors.ts';
import { insideQuotes, parsePattern } from '../names/pattern.ts';
import { sliceOf } from '../names/wording.ts';
import { checkSnakeName } from '../names/words.ts';
import type * as Ast from '../syntax/ast.ts';
import { fitValue } from '../types/fit-value.ts';
import { strType, tagKindOf } from '../types/fits.ts';
import type { Format, TagType, Type } from '../types/type.ts';
import { typeErrors } from '../types/type-errors.ts';
import { readType, uniqueFields } from '../types/type-nodes.ts';
import type { Arguments } from './call-arguments.ts';
import { datasetErrors } from './dataset-errors.ts';
import { type Checker, type Env, errorFlow, type Flow, type Wish } from './flow.ts';
import { nodesOf } from './nodes.ts';
import type { Count, Expr, Fingerprint, NodeId, Pattern, SourceColumn, SourceSpec } from './program.ts';

export interface Place {
  readonly checker: Checker;
  readonly env: Env;
  readonly wish: Wish;
}

export type Call = Ast.Expr & { kind: 'call' };

/** Reads a pattern; reports by itself. */
export function readPattern(text: Ast.Expr & { kind: 'string' }, place: Place): Pattern | undefined {
  const { checker, env } = place;
  const pattern = parsePattern({
    raw: text.raw,
    isRaw: text.isRaw,
    captured: (name) => checkSnakeName(name, { what: 'tags', report: checker.report }),
    span: insideQuotes(text),
    report: checker.report,
    insert: (expr) =>
      fitValue(checker.plain(expr, env), strType, {
        where: 'What is inserted into a path',
        report: checker.report,
        bound: checker.bound,
      }),
  });
  const inserted = pattern?.parts.find((part) => part.kind === 'insert' && nodesOf(part.value).length > 0);
  if (inserted?.kind === 'insert') {
    checker.report(
      datasetErrors.notLiteral(inserted.value.span, {
        what: 'What is inserted into a path',
        help: 'Only params and plain values are known before the run.',
      }),
    );
  }
  return pattern;
}

export function sheetColumns(
  schema: Ast.Expr & { kind: 'schema' },
  given: { readonly asFields: readonly Ast.Name[]; readonly place: Place },
): readonly SourceColumn[] {
  const { checker, env } = given.place;
  const fields = uniqueFields(schema.fields, { what: 'column', report: checker.report });
  for (const name of given.asFields) {
    if (fields.some((field) => field.name.text === name.text)) continue;
    checker.report(
      nameErrors.unknownName(name.span, {
        name: name.text,
        candidates: fields.map((field) => field.name.text),
        where: 'no column of this sheet',
      }),
    );
  }
  return fields.flatMap((field): SourceColumn[] => {
    const declared = readType(field.type, { module: env.module, report: checker.report });
    if (declared.kind === 'error') return [];
    const optional = declared.kind === 'optional';
    const of = optional ? declared.of : declared;
    const asField = optional || given.asFields.some((name) => name.text === field.name.text);
    const role = of.kind === 'file' ? 'file' : asField ? 'field' : 'tag';
    if (
      role === 'tag' ? tagKindOf(of) === undefined : role === 'field' && (of.kind === 'list' || of.kind === 'record')
    ) {
      checker.report(
        typeErrors.typeNotHere(field.type.span, {
          type: sliceOf(field.type.span),
          where: role === 'tag' ? 'the type of a tag' : 'the type of a column',
          help:
            role === 'tag'
              ? `Tags are Str, Int, Float or Bool. Keep the column as a field of the value: \`fields: (${field.name.text})\`.`
              : 'A cell holds one file, number, text or Bool.',
        }),
      );
      return [];
    }
    return [{ name: field.name.text, from: field.from?.value ?? field.name.text, type: of, role, optional }];
  });
}

/** What the items of a sheet are: one file column alone is the value, everything else makes a record. */
export function shapeOf(columns: readonly SourceColumn[]): {
  readonly of: Type;
  readonly tags: readonly TagType[];
  readonly itName?: string;
} {
  const tags = columns.flatMap((column): TagType[] => {
    const kind = column.role === 'tag' ? tagKindOf(column.type) : undefined;
    return kind === undefined ? [] : [{ name: column.name, kind }];
  });
  const values = columns.filter((column) => column.role !== 'tag');
  const typeOf = (column: SourceColumn): Type =>
    column.optional ? { kind: 'optional', of: column.type } : column.type;
  const [only, second] = values;
  if (only !== undefined && second === undefined && only.role === 'file')
    return { of: typeOf(only), tags, itName: only.name };
  return {
    of: { kind: 'record', fields: values.map((column) => ({ name: column.name, type: typeOf(column) })) },
    tags,
  };
}

export function options(args: Arguments, place: Place): { readonly count: Count; readonly fingerprint: Fingerprint } {
  const { checker } = place;
  const min = args.integer('min') ?? 1;
  const max = args.integer('max');
  if (max !== undefined && max < min) {
    checker.report(datasetErrors.badCount(args.get('max')?.span ?? args.span, { min, max }));
  }
  const word = args.text('fingerprint');
  const known = (['content', 'sampled', 'stat'] as const).find((mode) => mode === word);
  const written = args.get('fingerprint');
  if (word !== undefined && known === undefined && written !== undefined) {
    checker.report(
      datasetErrors.badOption(written.span, { option: 'fingerprint', word, known: ['content', 'sampled', 'stat'] }),
    );
  }
  return { count: { min, ...(max === undefined ? {} : { max }) }, fingerprint: known ?? 'content' };
}

export function missing(
  ast: Call,
  given: { readonly args: Arguments; readonly what: string; readonly usage: string; readonly place: Place },
): Flow {
  if (!given.args.failed) {
    given.place.checker.report(
      datasetErrors.missingArgument(ast.span, {
        function: sliceOf(ast.callee.span),
        what: given.what,
        usage: given.usage,
      }),
    );
  }
  return errorFlow;
}

export function addSource(
  ast: Ast.Expr,
  given: {
    readonly spec: SourceSpec;
    readonly of: Type;
    readonly tags: readonly TagType[];
    readonly plain: boolean;
    readonly place: Place;
  },
): NodeId {
  const { checker, env, wish } = given.place;
  const { param } = wish;
  // Tags that the declaration of a param fills in where its source does not give them.
  const fill = (param?.fill ?? []).filter((one) => !given.tags.some((tag) => tag.name === one.name));
  const filled = (param?.tags ?? []).filter((tag) => fill.some((one) => one.name === tag.name));
  return checker.nodes.add(
    wish.name ?? `${env.prefix}${given.spec.kind}`,
    {
      kind: 'source',
      source: 'fill' in given.spec && fill.length > 0 ? { ...given.spec, fill } : given.spec,
      ...(param === undefined ? {} : { param: param.name }),
      span: ast.span,
      of: given.of,
      tags: 'fill' in given.spec ? [...filled, ...given.tags] : given.tags,
      plain: given.plain,
    },
    { guards: env.guards, known: true, ...fileFieldIn(given.spec) },
  );
}

function fileFieldIn(spec: SourceSpec): { readonly fileField?: string } {
  if (!('columns' in spec)) return {};
  const values = spec.columns.filter((column) => column.role !== 'tag');
  const [file, second] = values.filter((column) => column.role === 'file');
  return file !== undefined && second === undefined && values.length > 1 ? { fileField: file.name } : {};
}

export const baseOf = (place: Place): string => place.wish.base ?? place.env.module.folder;

const formatsByEnding: readonly (readonly [Format, RegExp])[] = [
  ['Image', /\.(tiff?|png|jpe?g|czi|lif|nd2|zarr)$/i],
  ['Table', /\.(csv|tsv|parquet)$/i],
  ['Json', /\.json$/i],
  ['Text', /\.(txt|log|md)$/i],
  ['Xml', /\.xml$/i],
  ['Pdf', /\.pdf$/i],
  ['Html', /\.html?$/i],
  ['Archive', /\.(zip|tar|tgz|tar\.gz|tar\.xz|7z)$/i],
];

/** What a path's ending says: where nothing declares the type of a source, this does. */
export function formatOfPath(path: string): Format {
  if (path.endsWith('/')) return 'Dir';
  return formatsByEnding.find(([, ending]) => ending.test(path))?.[0] ?? 'File';
}
/** A text that is known before the run. Reports by itself. */
export function knownText(ast: Ast.Expr, given: { readonly what: string; readonly place: Place }): Expr | undefined {
  const { checker, env } = given.place;
  const expr = fitValue(checker.plain(ast, env), strType, {
    where: given.what,
    report: checker.report,
    bound: checker.bound,
  });
  if (expr.type.kind === 'error') return undefined;
  if (nodesOf(expr).length === 0) return expr;
  checker.report(
    datasetErrors.notLiteral(ast.span, {
      what: given.what,
      help: 'It must be known before the run: a text, or one made of params.',
    }),
  );
  return undefined;
}

import { mediaTypes } from '../../data/formats/magic.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { error } from '../../diagnostics/make.ts';
import type { Span } from '../../diagnostics/span.ts';
import { didYouMean } from '../../diagnostics/suggest.ts';
import type { Filter, FilterField } from '../../engine/ports/run-reader.ts';
import { inScriptUnit, quantity } from '../../parser/index.ts';
import type { Expr } from '../../parser/syntax/ast.ts';
import { parse } from '../../parser/syntax/parse.ts';
import { DiagnosticProblem } from '../problem.ts';

export interface KnownTag {
  readonly name: string;
  readonly type: 'str' | 'int' | 'float' | 'bool';
}

/** Reads what stands after `bit find` as the language reads a `where`, over the tags that published files carry and their properties. */
export function findFilter(text: string, tags: readonly KnownTag[]): Filter {
  const expression = readExpression(text);
  return filterOf(expression, tags);
}

const before = 'workflow {\nlet found = files where (';
const after = ')\n}\n';

function readExpression(text: string): Expr {
  const single = /^(?:"(?:[^"\\]|\\.)*"|[^"])*?(?<![=<>!])=(?!=)/su.exec(text);
  if (single !== null) {
    const end = single[0].length;
    throw wrong(
      { source: { name: 'find', text }, start: end - 1, end },
      'A comparison is written `==`',
      `\`${text.slice(0, end - 1).trimEnd()} == ${text.slice(end).trimStart()}\``,
    );
  }
  const source = { name: 'find', text: `${before}${text}${after}` };
  const parsed = parse(source);
  // Spans point into the text as it was typed, without what stands around it.
  const shown = { name: 'find', text };
  const shift = (at: Span): Span => ({
    source: shown,
    start: clamp(at.start - before.length, text),
    end: clamp(at.end - before.length, text),
  });
  const errors = parsed.diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  if (errors.length > 0)
    throw new DiagnosticProblem(
      errors.map(
        ({ fixes: _, related: __, ...diagnostic }): Diagnostic => ({ ...diagnostic, at: shift(diagnostic.at) }),
      ),
    );
  for (const item of parsed.file.declarations) {
    if (item.kind !== 'workflow') continue;
    for (const statement of item.body) {
      if (statement.kind !== 'let' || statement.value.kind !== 'where') continue;
      const { test } = statement.value;
      // The brackets are ours: a text that closes them and opens others is two conditions, not one.
      if (test.kind === 'paren' && test.span.end === before.length + text.length + 1) return moved(test, shift);
    }
  }
  throw wrong(
    { source: shown, start: 0, end: text.length },
    'This is not a condition',
    'For example `cell == "A3" and time < 10`.',
  );
}

const clamp = (offset: number, text: string): number => Math.min(Math.max(offset, 0), text.length);

function moved(value: Expr, shift: (at: Span) => Span): Expr {
  const walk = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(walk);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(
      Object.entries(part).map(([name, inner]) =>
        name === 'span' ? [name, shift(inner as Span)] : [name, walk(inner)],
      ),
    );
  };
  // The same tree with other spans.
  return walk(value) as Expr;
}

function filterOf(of: Expr, tags: readonly KnownTag[]): Filter {
  switch (of.kind) {
    case 'paren': {
      const [only] = of.items;
      if (of.items.length !== 1 || only === undefined) throw notACondition(of.span);
      return filterOf(only, tags);
    }
    case 'bool':
      return of.value ? { kind: 'all' } : { kind: 'not', of: { kind: 'all' } };
    case 'unary':
      if (of.operator !== 'not') throw notACondition(of.span);
      return { kind: 'not', of: filterOf(of.of, tags) };
    case 'binary':
      return binary(of, tags);
    case 'name':
    case 'member': {
      const field = fieldOf(of, tags);
      if (!field.types.includes('bool'))
        throw wrong(of.span, `\`${field.text}\` is not true or false by itself`, `Compare it: \`${field.text} == …\``);
      return { kind: 'holds', field: field.field };
    }
    case 'call': {
      const [argument] = of.args;
      if (of.callee.kind === 'name' && of.callee.name === 'present' && argument !== undefined && of.args.length === 1) {
        return { kind: 'compare', field: fieldOf(argument.value, tags).field, operator: '!=', value: null };
      }
      throw wrong(of.span, 'Only `present(…)` can be called here', 'Compare tags and properties with values.');
    }
    default:
      throw notACondition(of.span);
  }
}

type Binary = Extract<Expr, { kind: 'binary' }>;

function binary(of: Binary, tags: readonly KnownTag[]): Filter {
  switch (of.operator) {
    case 'and':
    case 'or':
      return { kind: of.operator, left: filterOf(of.left, tags), right: filterOf(of.right, tags) };
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=': {
      if (isField(of.left)) return compare(of.left, of.operator, of.right, tags);
      if (isField(of.right)) return compare(of.right, mirrored[of.operator], of.left, tags);
      throw wrong(of.span, 'One side of a comparison is a tag or property', 'For example `cell == "A3"`.');
    }
    case '~': {
      const field = fieldOf(of.left, tags);
      const value = literal(of.right);
      if (typeof value !== 'string')
        throw wrong(
          of.right.span,
          '`~` takes a regular expression in quotes',
          `For example \`${field.text} ~ r"^A[1-6]$"\`.`,
        );
      try {
        new RegExp(value, 'u');
      } catch {
        throw wrong(
          of.right.span,
          'This is not a regular expression',
          'Check its brackets and backslashes; `r"…"` keeps backslashes as they are.',
        );
      }
      return { kind: 'matches', field: field.field, regex: value };
    }
    case 'in':
      return membership(of, tags);
    default:
      throw notACondition(of.span);
  }
}

const mirrored = { '==': '==', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

function compare(left: Expr, operator: keyof typeof mirrored, right: Expr, tags: readonly KnownTag[]): Filter {
  const field = fieldOf(left, tags);
  const value = literal(right);
  fits(field, value, right.span);
  const types = formatTypes(field, value);
  if (types !== undefined && (operator === '==' || operator === '!=')) {
    const among: Filter = { kind: 'in', field: field.field, values: types };
    return operator === '==' ? among : { kind: 'not', of: among };
  }
  return { kind: 'compare', field: field.field, operator, value };
}

function membership(of: Binary, tags: readonly KnownTag[]): Filter {
  const field = fieldOf(of.left, tags);
  const { right } = of;
  if (right.kind === 'range') {
    const from = right.from && literal(right.from);
    const to = right.to && literal(right.to);
    if ((from !== undefined && typeof from !== 'number') || (to !== undefined && typeof to !== 'number'))
      throw wrong(right.span, 'A range is over numbers', `For example \`${field.text} in 1..5\`.`);
    return {
      kind: 'between',
      field: field.field,
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
    };
  }
  if (right.kind !== 'list')
    throw wrong(
      right.span,
      '`in` takes a list or a range',
      `For example \`${field.text} in ["A3", "A4"]\` or \`${field.text} in 1..5\`.`,
    );
  const values = right.items.map((item) => {
    const value = literal(item);
    fits(field, value, item.span);
    return formatTypes(field, value) ?? [value];
  });
  return { kind: 'in', field: field.field, values: values.flat() };
}

/** The names that the language has for formats, as the media types under which files are recorded. */
const formats: Readonly<Record<string, readonly string[]>> = {
  Image: [
    mediaTypes.tiff,
    mediaTypes.png,
    mediaTypes.jpeg,
    mediaTypes.czi,
    mediaTypes.lif,
    mediaTypes.nd2,
    'application/vnd.zarr',
    'image/gif',
    'image/webp',
    'image/jp2',
  ],
  Table: [mediaTypes.csv, mediaTypes.tsv, mediaTypes.parquet],
  Json: [mediaTypes.json],
  Text: [mediaTypes.text],
  Xml: [mediaTypes.xml],
  Pdf: [mediaTypes.pdf],
  Html: [mediaTypes.html],
  Archive: [
    mediaTypes.zip,
    mediaTypes.tar,
    mediaTypes.gzip,
    mediaTypes.xz,
    'application/x-bzip2',
    'application/zstd',
    'application/x-7z-compressed',
  ],
  Dir: ['inode/directory', 'application/vnd.zarr'],
};

const formatTypes = (field: Field, value: string | number | boolean): readonly string[] | undefined =>
  field.field.kind === 'property' &&
  field.field.name === 'type' &&
  typeof value === 'string' &&
  Object.hasOwn(formats, value)
    ? formats[value]
    : undefined;

interface Field {
  readonly field: FilterField;
  readonly text: string;
  readonly types: readonly KnownTag['type'][];
}

const isField = (of: Expr): boolean => of.kind === 'name' || of.kind === 'member';

type Property = Extract<FilterField, { kind: 'property' }>['name'];

const properties: Readonly<Record<Property, KnownTag['type']>> = {
  kind: 'str',
  path: 'str',
  name: 'str',
  size: 'int',
  type: 'str',
  run: 'str',
  process: 'str',
  task: 'str',
  pipeline: 'str',
  digest: 'str',
  at: 'str',
  axes: 'str',
  dtype: 'str',
};

/** `cell`, `tag.cell`; `kind`, `it.kind`, `image.axes`. */
function fieldOf(of: Expr, tags: readonly KnownTag[]): Field {
  const { scope, name } = nameOf(of);
  const text = scope === undefined ? name : `${scope}.${name}`;
  const types = tags.filter((tag) => tag.name === name).map((tag) => tag.type);
  const property = Object.hasOwn(properties, name) ? (name as Property) : undefined;
  if (scope === undefined && types.length > 0 && property !== undefined)
    throw wrong(of.span, `\`${name}\` is a tag and a property`, `Write \`tag.${name}\` or \`it.${name}\`.`);
  if (types.length > 0 && (scope === undefined || scope === 'tag'))
    return { field: { kind: 'tag', name }, text, types };
  if (property !== undefined && scope !== 'tag')
    return { field: { kind: 'property', name: property }, text, types: [properties[property]] };
  const candidates = [
    ...new Set([
      ...tags.map((tag) => tag.name),
      ...(scope === 'tag'
        ? []
        : Object.keys(properties).map((one) => (one === 'axes' || one === 'dtype' ? `image.${one}` : one))),
    ]),
  ];
  throw wrong(
    of.span,
    `No published file has a tag \`${name}\``,
    didYouMean(name, candidates, `There are: ${candidates.join(', ')}.`),
  );
}

function nameOf(of: Expr): { readonly scope?: 'tag' | 'it' | 'image'; readonly name: string } {
  if (of.kind === 'name') return { name: of.name };
  if (of.kind === 'member' && of.of.kind === 'name') {
    const scope = of.of.name;
    if (scope === 'tag' || scope === 'it' || scope === 'image') return { scope, name: of.name.text };
  }
  throw wrong(
    of.span,
    'A tag or property stands here',
    'For example `cell`, `tag.cell`, `kind`, `size`, `image.axes`.',
  );
}

function literal(of: Expr): string | number | boolean {
  switch (of.kind) {
    case 'bool':
      return of.value;
    case 'int':
    case 'float':
      return Number(of.text);
    case 'quantity': {
      const value = quantity(of.text, of.unit.text);
      if (value === undefined)
        throw wrong(of.span, `\`${of.unit.text}\` is not a unit`, 'Sizes are in B, KB, MB, GB or TB.');
      return inScriptUnit(value);
    }
    case 'string': {
      if (of.isRaw) return of.raw;
      let text = '';
      for (const part of of.parts) {
        if (part.kind !== 'text')
          throw wrong(of.span, 'Nothing can be inserted into this text', 'Write a brace as `\\{`.');
        text += part.value;
      }
      return text;
    }
    case 'unary': {
      const value = of.operator === '-' ? literal(of.of) : undefined;
      if (typeof value === 'number') return -value;
      throw wrong(of.span, 'A value stands here', 'A text in quotes, a number, true or false.');
    }
    case 'paren': {
      const [only] = of.items;
      if (of.items.length === 1 && only !== undefined) return literal(only);
      throw wrong(of.span, 'A value stands here', 'A text in quotes, a number, true or false.');
    }
    case 'name':
      throw wrong(
        of.span,
        `\`${of.name}\` is compared with here, and is not a value`,
        `A text is written in quotes: \`"${of.name}"\`.`,
      );
    default:
      throw wrong(of.span, 'A value stands here', 'A text in quotes, a number, true or false.');
  }
}

/** A comparison that nothing can ever meet is a mistake, not an empty answer. */
function fits(field: Field, value: string | number | boolean, at: Span): void {
  const kinds = new Set(
    field.types.map((type) => (type === 'int' || type === 'float' ? 'number' : type === 'bool' ? 'boolean' : 'string')),
  );
  if (kinds.has(typeof value as 'string')) return;
  const words = { string: 'a text', number: 'a number', boolean: 'true or false' } as const;
  const [wanted = 'string'] = kinds;
  const help =
    wanted === 'string'
      ? `Write it in quotes: \`"${value}"\`.`
      : wanted === 'number'
        ? 'Write a number without quotes.'
        : 'Write `true` or `false`.';
  throw wrong(at, `\`${field.text}\` is ${words[wanted]}`, help);
}

const notACondition = (at: Span): DiagnosticProblem =>
  wrong(
    at,
    'This is not a condition over tags and properties',
    'For example `cell == "A3" and time < 10 and kind == "tracks"`.',
  );

/** BIT5904: a word of the command that is not what stands there. */
const wrong = (at: Span, message: string, help: string): DiagnosticProblem =>
  new DiagnosticProblem([error('BIT5904', at, { message, help })]);

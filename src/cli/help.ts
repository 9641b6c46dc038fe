import type { Colors } from './terminal.ts';
import { type Flag, type Flags, globalFlags, type Operand, type Verb } from './verb.ts';
import type { VerbEntry } from './verbs.ts';

/** What `bit help` prints. */
export function overview(verbs: readonly VerbEntry[], options: { readonly colors: Colors }): string {
  const { bold, cyan } = options.colors;
  return [
    'bit runs image analysis pipelines, reuses what is already known, and remembers where everything came from.',
    '',
    `${bold('Usage:')} bit VERB [FILE] [--flags]`,
    '',
    bold('Verbs:'),
    ...columns(
      verbs.map((verb) => [verb.name, verb.summary]),
      { paint: cyan },
    ),
    '',
    '`bit VERB --help` shows the flags of a verb, `bit run FILE --help` the params of a pipeline.',
  ].join('\n');
}

/** What `bit VERB --help` prints; `more` stands between the flags and the examples (the params of a pipeline). */
export function verbHelp(verb: Verb, options: { readonly colors: Colors; readonly more?: readonly string[] }): string {
  const { bold, cyan } = options.colors;
  const part = (title: string, rows: readonly (readonly [string, string])[]): string[] =>
    rows.length === 0 ? [] : ['', bold(title), ...columns(rows, { paint: cyan })];
  return [
    `${bold(`bit ${verb.name}`)}: ${verb.summary}`,
    ...(verb.details === undefined ? [] : ['', verb.details]),
    '',
    `${bold('Usage:')} ${usage(verb)}`,
    ...part(
      'Where',
      verb.operands.map((operand) => [operand.name, operand.help]),
    ),
    ...(options.more ?? []),
    ...part('Flags', flagRows(verb.flags)),
    ...part('Flags of every verb', flagRows(globalFlags)),
    '',
    bold(verb.examples.length === 1 ? 'Example' : 'Examples'),
    ...columns(verb.examples, { paint: cyan }),
  ].join('\n');
}

/** The same for programs; docs/json.md. */
export const verbDocument = (verb: Verb) => ({
  name: verb.name,
  summary: verb.summary,
  usage: usage(verb),
  operands: verb.operands.map(({ name, how, help }) => ({ name, how, help })),
  flags: Object.entries(verb.flags).map(([name, { kind, help }]) => ({ name, kind, help })),
  examples: verb.examples.map(([command, does]) => ({ command, does })),
});

/** `bit diff RUN RUN [--flags]` */
function usage(verb: Verb): string {
  const operands = verb.operands.map(operandUsage);
  return ['bit', verb.name, ...operands, ...(verb.openFlags === true ? ['[--PARAM VALUE…]'] : []), '[--flags]'].join(
    ' ',
  );
}

/** Two aligned columns; a left side that is too wide has its text below it. */
export function columns(
  rows: readonly (readonly [left: string, right: string])[],
  options: { readonly paint: (text: string) => string },
): string[] {
  const widest = 30;
  const width = Math.max(...rows.map(([left]) => (left.length <= widest ? left.length : 0)));
  return rows.flatMap(([left, right]) =>
    left.length > widest
      ? [`  ${options.paint(left)}`, `  ${' '.repeat(width)}  ${right}`]
      : [`  ${options.paint(left)}${' '.repeat(width - left.length)}  ${right}`],
  );
}

function operandUsage(operand: Operand): string {
  switch (operand.how) {
    case 'required':
      return operand.name;
    case 'optional':
      return `[${operand.name}]`;
    case 'some':
      return `${operand.name}…`;
    case 'any':
      return `[${operand.name}…]`;
  }
}

const flagRows = (flags: Flags): [string, string][] =>
  Object.entries(flags).map(([name, flag]) => [`${shortOf(flag)}--${name}${valueNameOf(flag)}`, flag.help]);

const shortOf = (flag: Flag): string => (flag.short === undefined ? '' : `-${flag.short}, `);

const valueNameOf = (flag: Flag): string =>
  flag.kind === 'switch' ? '' : ` ${flag.value}${flag.kind === 'list' ? '…' : ''}`;

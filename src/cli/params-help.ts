import type { ParamHelp } from '../parser/index.ts';
import { formats } from './formats.ts';
import { verbDocument, verbHelp } from './help.ts';
import { describePipeline, isSwitch } from './pipeline.ts';
import type { Colors } from './terminal.ts';
import type { Flags, Invocation, Verb } from './verb.ts';

/** `--help` of a verb that takes the params of a pipeline: with a pipeline, those too. */
export async function printPipelineHelp(verb: Verb, invocation: Invocation<Flags>): Promise<0> {
  const { terminal } = invocation;
  const { colors } = terminal.out;
  const described = await describePipeline(invocation, { flags: verb.flags });
  if (invocation.global.json) {
    const params = described?.params.map(({ name, flag, docs, typeText, defaultText, required }) => ({
      name,
      flag,
      docs: docs ?? null,
      type: typeText,
      default: defaultText ?? null,
      required,
    }));
    terminal.json({ format: formats.help, verbs: [verbDocument(verb)], ...(params !== undefined && { params }) });
    return 0;
  }
  const more = described === undefined ? [] : pipelineHelp(described, { colors, file: described.file });
  terminal.out.line(verbHelp(verb, { colors, more }));
  return 0;
}

/** A pipeline as `bit run FILE --help` shows it: what its author wrote about it, and each param with type, range and default. */
function pipelineHelp(
  pipeline: { readonly docs?: string; readonly params: readonly ParamHelp[] },
  options: { readonly colors: Colors; readonly file: string },
): readonly string[] {
  const { bold, cyan, dim } = options.colors;
  return [
    '',
    bold(options.file),
    ...docLines(pipeline.docs, '  '),
    '',
    bold(`Params of ${options.file}`),
    ...(pipeline.params.length === 0 ? ['  none'] : []),
    ...pipeline.params.flatMap((param) => {
      const flag = isSwitch(param) ? `${param.flag}, --no-${param.flag.slice(2)}` : param.flag;
      return [`  ${cyan(flag)}  ${param.typeText}  ${dim(worth(param))}`, ...docLines(param.docs, '      ')];
    }),
  ];
}

function worth(param: ParamHelp): string {
  if (param.defaultText !== undefined) return `= ${param.defaultText}`;
  return param.required ? 'must be given' : 'may be left out';
}

const docLines = (docs: string | undefined, indent: string): string[] =>
  (docs ?? '').trim() === ''
    ? []
    : (docs ?? '')
        .trim()
        .split('\n')
        .map((line) => `${indent}${line.trim()}`.trimEnd());

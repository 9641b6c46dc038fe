import type { ParamHelp } from '../parser/index.ts';
import type { Colors } from './terminal.ts';

/** The params of a pipeline as `bit run FILE --help` shows them: flag, type with its range, default, and what the author wrote about it. */
export function paramsHelp(params: readonly ParamHelp[], options: { readonly colors: Colors }): readonly string[] {
  const { bold, cyan, dim } = options.colors;
  if (params.length === 0) return ['', bold('Params'), '  none'];
  return [
    '',
    bold('Params'),
    ...params.flatMap((param) => {
      const flag = `--${param.name.replaceAll('_', '-')}`;
      const shown = param.form === 'switch' ? `${flag}, --no-${flag.slice(2)}` : flag;
      const worth =
        param.defaultText === undefined
          ? param.required
            ? 'must be given'
            : 'may be absent'
          : `= ${param.defaultText}`;
      return [`  ${cyan(shown)}  ${param.typeText}  ${dim(worth)}`, ...docLines(param.docs)];
    }),
  ];
}

const docLines = (docs: string | undefined): string[] =>
  docs === undefined || docs.trim() === ''
    ? []
    : docs
        .trim()
        .split('\n')
        .map((line) => `      ${line.trim()}`);

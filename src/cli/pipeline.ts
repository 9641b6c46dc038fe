import { resolve } from 'node:path';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Span } from '../diagnostics/span.ts';
import { suggestions } from '../diagnostics/suggest.ts';
import { checkProgram, type ParamArgument, type ParamHelp, type Process, type Program } from '../parser/index.ts';
import { exampleValues } from './param-examples.ts';
import { readParamsFile } from './params-file.ts';
import { printDiagnostics } from './print-problems.ts';
import { DiagnosticProblem } from './problem.ts';
import { reservedParams } from './run-flags.ts';
import { fileSourceHost } from './source-host.ts';
import { usageErrors } from './usage-errors.ts';
import { type CommandLine, type Flag, type Flags, globalFlags, type Invocation, type Word } from './verb.ts';
import { placeOf, readWords } from './words.ts';

export interface Pipeline {
  /** Absolute. */
  readonly path: string;
  /** As typed. */
  readonly shown: string;
  readonly program: Program;
  /** Warnings, printed already unless under `--json`. */
  readonly warnings: readonly Diagnostic[];
}

/** What `run FILE --help` needs: docs and params as far as they can be read, whatever else is wrong. */
export async function describePipeline(
  invocation: Invocation<Flags>,
  options: { readonly flags: Flags },
): Promise<{ readonly file: string; readonly docs?: string; readonly params: readonly ParamHelp[] } | undefined> {
  const file = fileOf(invocation, options.flags);
  if (file === undefined) return undefined;
  const path = resolve(invocation.folder, file.text);
  const host = fileSourceHost({ folder: invocation.folder });
  refuseUnreadable(host.read(path), { file, invocation });
  return { file: file.text, ...checkProgram(path, host, { arguments: [], reserved: reservedParams }) };
}

/**
 * Reads and checks the pipeline named on the command line with its params as given there and in `--params`. Everything wrong with
 * file, flags and params is thrown as one `DiagnosticProblem`.
 */
export async function loadPipeline(
  invocation: Invocation<Flags>,
  options: { readonly flags: Flags; readonly example: string; readonly paramsFile: string | undefined },
): Promise<Pipeline> {
  const line = invocation.commandLine;
  const file = fileOf(invocation, options.flags);
  if (file === undefined) {
    const end = line.source.text.length;
    throw new DiagnosticProblem([
      usageErrors.noPipeline({ source: line.source, start: end, end }, { example: options.example }),
    ]);
  }
  if (file.text === '')
    throw new DiagnosticProblem([
      usageErrors.emptyPath({ source: line.source, ...placeOf(file) }, { example: options.example }),
    ]);
  const path = resolve(invocation.folder, file.text);
  const host = fileSourceHost({ folder: invocation.folder });
  refuseUnreadable(host.read(path), { file, invocation });

  // Whether a flag takes the next word depends on the pipeline, so its params are read first, unless there is no such flag.
  const first = readWords(line, invocation.rest, options.flags);
  const open = first.undeclared.length > 0;
  const params = open ? checkProgram(path, host, { arguments: [], reserved: reservedParams }).params : [];
  const declared = open ? { ...options.flags, ...paramFlags(params) } : options.flags;
  const read = open ? readWords(line, invocation.rest, declared) : first;
  const at = (word: Word): Span => ({ source: line.source, ...placeOf(word) });
  const fromFile =
    options.paramsFile === undefined
      ? undefined
      : await readParamsFile(options.paramsFile, {
          folder: invocation.folder,
          at: invocation.places('params')[0] ?? at(file),
        });
  const unknown = read.undeclared.map((word) => ({ word, name: word.text.replace(/^-+/, '').replace(/=.*$/s, '') }));
  const ownFlags = [...Object.keys(options.flags), ...Object.keys(globalFlags)];
  const misspelt = unknown.filter(({ name }) => suggestions(name, ownFlags).length > 0);
  const typed = [
    ...paramArguments(params, { read, at }),
    // The checker knows the params, so it says that there is no such one.
    ...unknown
      .filter((one) => !misspelt.includes(one))
      .map(({ word, name }) => ({ name, texts: [], spans: [at(word)] })),
  ];
  const given = [
    ...(fromFile?.arguments ?? []).filter((one) => !typed.some((other) => other.name === one.name)),
    ...typed,
  ];

  const checked = checkProgram(path, host, { arguments: given, reserved: reservedParams, purpose: 'run' });
  const flags = [...ownFlags, ...params.map((param) => kebab(param.name))];
  const wordBefore = (word: Word): Word | undefined => invocation.rest[invocation.rest.indexOf(word) - 1];
  const behindUnknown = (word: Word): boolean => {
    const before = wordBefore(word);
    return before !== undefined && read.undeclared.includes(before);
  };
  const usage = [
    ...read.problems,
    ...misspelt.map(({ word }) => usageErrors.unknownFlag(at(word), { text: word.text, verb: invocation.verb, flags })),
    ...read.operands
      .filter((word) => word !== file && !behindUnknown(word))
      .map((word) => {
        const name = wordBefore(word)?.text.replace(/^--/, '') ?? '';
        const flag = Object.hasOwn(declared, name) ? declared[name] : undefined;
        return flag?.kind === 'switch' && flag.off !== undefined
          ? usageErrors.valueOfSwitch(at(word), { name, off: flag.off })
          : usageErrors.extraWord(at(word), { text: word.text });
      }),
    ...(fromFile?.diagnostics ?? []),
  ];
  const diagnostics = [...usage, ...checked.diagnostics];
  if (checked.program === undefined || diagnostics.some((diagnostic) => diagnostic.severity === 'error'))
    throw new DiagnosticProblem(diagnostics);
  if (diagnostics.length > 0 && !invocation.global.json)
    await printDiagnostics(diagnostics, { terminal: invocation.terminal, json: false });
  return { path, shown: file.text, program: checked.program, warnings: diagnostics };
}

/** The processes of pipelines and modules named as operands, for verbs that ask what these need; params need no values. */
export async function readProcesses(
  invocation: Invocation<Flags>,
  options: { readonly from: number },
): Promise<readonly { readonly path: string; readonly processes: readonly Process[] }[]> {
  const { folder, commandLine } = invocation;
  const host = fileSourceHost({ folder });
  const pipelines: { path: string; processes: readonly Process[] }[] = [];
  const found: Diagnostic[] = [];
  for (const [index, shown] of invocation.operands.entries()) {
    const at = invocation.operandPlaces[index];
    if (index < options.from || at === undefined) continue;
    const path = resolve(folder, shown);
    refuseUnreadable(host.read(path), {
      file: { text: shown, start: at.start, end: at.end },
      invocation: { commandLine },
    });
    const { processes, diagnostics } = checkProgram(path, host, { arguments: [], reserved: reservedParams });
    found.push(...diagnostics);
    pipelines.push({ path, processes });
  }
  if (found.some((diagnostic) => diagnostic.severity === 'error')) throw new DiagnosticProblem(found);
  return pipelines;
}

/** Processes and calls by name, for `--only` and `--fresh`. */
export function refuseUnknownCalls(
  program: Program,
  named: readonly { readonly text: string; readonly at: Span }[],
): void {
  const known = new Set(program.nodes.flatMap((node) => (node.kind === 'call' ? [node.process.name, node.path] : [])));
  const wrong = named.filter(({ text }) => !known.has(text));
  if (wrong.length === 0) return;
  throw new DiagnosticProblem(
    wrong.map(({ text, at }) => usageErrors.unknownName(at, { what: 'process or call', text, known: [...known] })),
  );
}

/** The first word that is no flag's value; before the params are known, a word behind an unknown flag may be one, unless it ends in `.bit`. */
function fileOf(invocation: Invocation<Flags>, flags: Flags): Word | undefined {
  const { operands, undeclared } = readWords(invocation.commandLine, invocation.rest, flags);
  const behindFlag = (word: Word): boolean => {
    const index = invocation.rest.indexOf(word);
    const before = invocation.rest[index - 1];
    return before !== undefined && undeclared.includes(before) && !before.text.includes('=');
  };
  return (
    operands.find((word) => !behindFlag(word)) ?? operands.find((word) => word.text.endsWith('.bit')) ?? operands[0]
  );
}

function refuseUnreadable(
  read: ReturnType<ReturnType<typeof fileSourceHost>['read']>,
  options: { readonly file: Word; readonly invocation: { readonly commandLine: CommandLine } },
): void {
  if (read.ok) return;
  const at = { source: options.invocation.commandLine.source, ...placeOf(options.file) };
  const why = read.why === 'binary' ? 'not-text' : read.why;
  throw new DiagnosticProblem([usageErrors.noSuchFile(at, { path: options.file.text, what: 'pipeline', why })]);
}

/** `--min-area` and `--min_area`; `--x` and `--no-x` for a Bool. Repetition is for the checker to judge. */
function paramFlags(params: readonly ParamHelp[]): Flags {
  return Object.fromEntries(
    params.flatMap((param): [string, Flag][] => {
      const names = [...new Set([kebab(param.name), param.name])];
      const examples = exampleValues(param);
      if (!isSwitch(param))
        return names.map((name) => [name, { kind: 'list', value: param.typeText, help: '', examples }]);
      return names.flatMap((name): [string, Flag][] => [
        [name, { kind: 'switch', help: '', off: `no-${name}` }],
        [`no-${name}`, { kind: 'switch', help: '', off: name }],
      ]);
    }),
  );
}

function paramArguments(
  params: readonly ParamHelp[],
  given: { readonly read: ReturnType<typeof readWords>; readonly at: (word: Word) => Span },
): ParamArgument[] {
  const { read, at } = given;
  return params.flatMap((param): ParamArgument[] => {
    const names = [...new Set([kebab(param.name), param.name])];
    const placesOf = (prefix: string): readonly Word[] =>
      names.flatMap((name) => read.places.get(`${prefix}${name}`) ?? []);
    if (isSwitch(param)) {
      const last = [
        ...placesOf('').map((word) => ({ word, negated: false })),
        ...placesOf('no-').map((word) => ({ word, negated: true })),
      ]
        .sort((a, b) => a.word.start - b.word.start)
        .at(-1);
      return last === undefined ? [] : [{ name: param.name, texts: [], spans: [at(last.word)], negated: last.negated }];
    }
    const texts = names.flatMap((name) => {
      const value = read.flags[name];
      return Array.isArray(value) ? (value as readonly string[]) : [];
    });
    return texts.length === 0 ? [] : [{ name: param.name, texts, spans: placesOf('').map(at) }];
  });
}

/** A Bool is switched, `--x` and `--no-x`; everything else takes a value. */
export function isSwitch(param: ParamHelp): boolean {
  if (param.type.kind !== 'value') return false;
  const { type } = param.type;
  return type.kind === 'bool' || (type.kind === 'optional' && type.of.kind === 'bool');
}

const kebab = (name: string): string => name.replaceAll('_', '-');

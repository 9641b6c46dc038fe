import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { shellWord } from './shell-word.ts';
import { usageErrors } from './usage-errors.ts';
import {
  type CommandLine,
  type Flag,
  type Flags,
  type GlobalFlags,
  globalFlags,
  type Verb,
  type Word,
} from './verb.ts';

/** The command as the user would see it typed, so that messages can underline a word of it. */
export function commandLine(words: readonly string[]): CommandLine {
  let text = 'bit';
  const placed = words.map((word): Word => {
    const shown = shellWord(word);
    const start = text.length + 1;
    text += ` ${shown}`;
    return { text: word, start, end: start + shown.length };
  });
  return { source: { name: 'command line', text }, words: placed };
}

/** Which verb the words ask for, looking past global flags in front of it: `bit --json log`. */
export function splitVerb(line: CommandLine): { readonly verb: Word | undefined; readonly others: readonly Word[] } {
  for (let index = 0; index < line.words.length; index++) {
    const word = line.words[index];
    if (word === undefined) break;
    if (!word.text.startsWith('-')) return { verb: word, others: line.words.filter((other) => other !== word) };
    const name = word.text.slice(2);
    const flag = Object.hasOwn(globalFlags, name) ? (globalFlags as Flags)[name] : undefined;
    if (flag !== undefined && flag.kind !== 'switch') index++;
  }
  return { verb: undefined, others: line.words };
}

export interface ReadWords {
  readonly operands: readonly Word[];
  /** By kind: boolean, string, string[] or number, as `FlagValues` says. */
  readonly flags: Readonly<Record<string, FlagValue>>;
  /** The words that gave each flag's value. */
  readonly places: ReadonlyMap<string, readonly Word[]>;
  readonly global: GlobalFlags;
  readonly help: boolean;
  /** Flags that nobody declared, as they stand; a bare word after one may be its value and is an operand here. */
  readonly undeclared: readonly Word[];
  readonly problems: readonly Diagnostic[];
}

export type FlagValue = boolean | string | number | readonly string[] | undefined;

/** Reads words by declared flags. A flag takes the next word whatever it looks like, so `--offset -5` needs no `=`. */
export function readWords(line: CommandLine, words: readonly Word[], declared: Flags): ReadWords {
  const flags: Flags = { ...globalFlags, ...declared };
  // Importing `node:util` by name would load all that hangs on it, two milliseconds of every start.
  const { tokens } = process.getBuiltinModule('node:util').parseArgs({
    args: words.map((word) => word.text),
    options: parserOptions(flags),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values: Record<string, FlagValue> = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [name, emptyValue(flag)]),
  );
  const places = new Map<string, Word[]>();
  const operands: Word[] = [];
  const undeclared: Word[] = [];
  const problems: Diagnostic[] = [];
  for (const token of tokens) {
    const word = words[token.index];
    if (word === undefined || token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') {
      operands.push(word);
      continue;
    }
    const flag = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined;
    if (flag === undefined) {
      undeclared.push(word);
      continue;
    }
    const valueWord = token.value === undefined || token.inlineValue ? word : (words[token.index + 1] ?? word);
    places.set(token.name, [...(places.get(token.name) ?? []), valueWord]);
    const read = readValue(flag, {
      name: token.name,
      text: token.value,
      before: values[token.name],
      at: { source: line.source, ...placeOf(valueWord) },
    });
    if (read.ok) values[token.name] = read.value;
    else problems.push(read.problem);
  }
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  const color = text('color');
  return {
    operands,
    flags: values,
    places,
    global: {
      json: values.json === true,
      store: text('store'),
      profile: text('profile'),
      color: color === 'auto' || color === 'always' || color === 'never' ? color : undefined,
      quiet: values.quiet === true,
    },
    help: values.help === true,
    undeclared,
    problems,
  };
}

/** What is wrong with the number of operands, if anything. */
export function operandProblem(line: CommandLine, verb: Verb, operands: readonly Word[]): Diagnostic | undefined {
  const required = verb.operands.filter((operand) => operand.how === 'required' || operand.how === 'some');
  const missing = required[operands.length];
  if (missing !== undefined) return usageErrors.missingOperand(line, { verb, operand: missing });
  for (const [index, operand] of verb.operands.entries()) {
    const word = operands[index];
    if (word?.text === '' && (operand.complete === 'pipeline' || operand.complete === 'file')) {
      return usageErrors.emptyPath(
        { source: line.source, ...placeOf(word) },
        { example: verb.examples[0]?.[0] ?? `bit ${verb.name} ${operand.name}` },
      );
    }
    if (word !== undefined && operand.choices !== undefined && !operand.choices.includes(word.text)) {
      const { name, choices } = operand;
      return usageErrors.operandNotAChoice(
        { source: line.source, ...placeOf(word) },
        { name, choices, text: word.text },
      );
    }
  }
  const open = verb.operands.some((operand) => operand.how === 'some' || operand.how === 'any');
  const extra = open ? undefined : operands[verb.operands.length];
  return extra === undefined
    ? undefined
    : usageErrors.extraOperand({ source: line.source, ...placeOf(extra) }, { verb, text: extra.text });
}

export const placeOf = (word: Word): { readonly start: number; readonly end: number } => ({
  start: word.start,
  end: word.end,
});

function parserOptions(
  flags: Flags,
): Record<string, { type: 'boolean' | 'string'; short?: string; multiple?: boolean }> {
  return Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [
      name,
      {
        type: flag.kind === 'switch' ? 'boolean' : 'string',
        ...(flag.short !== undefined && { short: flag.short }),
        multiple: true,
      } as const,
    ]),
  );
}

function emptyValue(flag: Flag): FlagValue {
  if (flag.kind === 'switch') return false;
  return flag.kind === 'list' ? [] : undefined;
}

function readValue(
  flag: Flag,
  given: {
    readonly name: string;
    readonly text: string | undefined;
    readonly before: FlagValue;
    readonly at: Diagnostic['at'];
  },
): { readonly ok: true; readonly value: FlagValue } | { readonly ok: false; readonly problem: Diagnostic } {
  const { name, text, at } = given;
  if (flag.kind === 'switch') {
    return text === undefined
      ? { ok: true, value: true }
      : {
          ok: false,
          problem: usageErrors.valueOfSwitch(at, { name, ...(flag.off !== undefined && { off: flag.off }) }),
        };
  }
  if (text === undefined) {
    const choices = flag.kind === 'text' ? flag.choices : flag.kind === 'list' ? flag.examples : undefined;
    return {
      ok: false,
      problem: usageErrors.missingValue(at, { name, value: flag.value, ...(choices !== undefined && { choices }) }),
    };
  }
  switch (flag.kind) {
    case 'text':
      return flag.choices === undefined || flag.choices.includes(text)
        ? { ok: true, value: text }
        : { ok: false, problem: usageErrors.notAChoice(at, { name, text, choices: flag.choices }) };
    case 'list':
      return { ok: true, value: [...(Array.isArray(given.before) ? given.before : []), text] };
    case 'count':
      return /^\d+$/.test(text)
        ? { ok: true, value: Number(text) }
        : { ok: false, problem: usageErrors.notACount(at, { name, text }) };
  }
}

import { StoreProblem } from '../engine/ports/run-store.ts';
import { RegexTooSlow } from '../util/match-in-time.ts';
import { formats } from './formats.ts';
import { printDiagnostics, printProblem } from './print-problems.ts';
import { CommandProblem, DiagnosticProblem } from './problem.ts';
import { openTerminal, type Terminal } from './terminal.ts';
import { usageErrors } from './usage-errors.ts';
import { type CommandLine, type Flags, globalFlags, type Invocation, type Verb, type Word } from './verb.ts';
import { type VerbEntry, verbs } from './verbs.ts';
import { commandLine, operandProblem, placeOf, readWords, splitVerb } from './words.ts';

/** From words to exit status: finds the verb, reads its words, runs it, and says what went wrong in one of the known ways. */
export async function invoke(words: readonly string[]): Promise<number> {
  const line = commandLine(words);
  const { verb: word, others } = splitVerb(line);
  const { verb, unknown } = await findVerb(word, others);
  const read = readWords(line, others, verb.flags);
  const terminal = openTerminal({ color: read.global.color ?? 'auto', environment: process.env });
  try {
    if (unknown !== undefined) {
      throw new DiagnosticProblem([
        usageErrors.unknownVerb(
          { source: line.source, ...placeOf(unknown) },
          { text: unknown.text, verbs: verbs.map((entry) => entry.name) },
        ),
      ]);
    }
    if (read.help && verb.openFlags !== true) return await printHelp(verb, { terminal, json: read.global.json });
    const problems = [...read.problems, ...(read.help ? [] : usageProblems(line, verb, read))];
    if (problems.length > 0) throw new DiagnosticProblem(problems);
    return await verb.run(invocation(line, verb, { words: others, read, terminal }));
  } catch (error) {
    if (error instanceof DiagnosticProblem) {
      await printDiagnostics(error.diagnostics, { terminal, json: read.global.json });
      return error.exit;
    }
    if (error instanceof CommandProblem || error instanceof StoreProblem) {
      return printProblem(error, { terminal, json: read.global.json });
    }
    if (error instanceof RegexTooSlow) {
      const problem = new CommandProblem({ exit: 2, message: error.message, help: slowRegexHelp });
      return printProblem(problem, { terminal, json: read.global.json });
    }
    throw error;
  }
}

const slowRegexHelp = 'A repetition within a repetition, such as `(a+)+`, does that: write `a+`.';

/** Without a verb the command says what it is; an unknown one is read as `help` would be, so that `--json` and `--color` still hold. */
async function findVerb(
  word: Word | undefined,
  others: readonly Word[],
): Promise<{ readonly verb: Verb; readonly unknown?: Word }> {
  const named = (name: string): VerbEntry | undefined => verbs.find((entry) => entry.name === name);
  const asksVersion = word === undefined && others.some(({ text }) => text === '--version' || text === '-V');
  const entry = named(asksVersion ? 'version' : (word?.text ?? 'help'));
  if (entry !== undefined) return { verb: await entry.load() };
  const help = named('help');
  if (help === undefined) throw new Error('the table of verbs lacks `help`');
  return { verb: await help.load(), ...(word !== undefined && { unknown: word }) };
}

function usageProblems(line: CommandLine, verb: Verb, read: ReturnType<typeof readWords>) {
  const unknown =
    verb.openFlags === true
      ? []
      : read.undeclared.filter(({ text }) => !(verb.name === 'version' && /^(--version|-V)$/.test(text)));
  const operands = verb.openFlags === true ? undefined : operandProblem(line, verb, read.operands);
  return [
    ...unknown.map((word) =>
      usageErrors.unknownFlag(
        { source: line.source, ...placeOf(word) },
        { text: word.text, verb: verb.name, flags: [...Object.keys(verb.flags), ...Object.keys(globalFlags)] },
      ),
    ),
    ...(operands === undefined ? [] : [operands]),
  ];
}

function invocation(
  line: CommandLine,
  verb: Verb,
  parts: { readonly words: readonly Word[]; readonly read: ReturnType<typeof readWords>; readonly terminal: Terminal },
): Invocation<Flags> {
  const { read, words, terminal } = parts;
  return {
    verb: verb.name,
    operands: read.operands.map((word) => word.text),
    // `readWords` gives every declared flag a value of its kind.
    flags: read.flags as Invocation<Flags>['flags'],
    places: (flag) => (read.places.get(flag) ?? []).map((word) => ({ source: line.source, ...placeOf(word) })),
    operandPlaces: read.operands.map((word) => ({ source: line.source, ...placeOf(word) })),
    global: read.global,
    help: read.help,
    rest: verb.openFlags === true ? words : [],
    commandLine: line,
    terminal,
    folder: process.cwd(),
    environment: process.env,
    profilePlace: read.places.get('profile')?.map((word) => ({ source: line.source, ...placeOf(word) }))[0],
  };
}

async function printHelp(
  verb: Verb,
  options: { readonly terminal: Terminal; readonly json: boolean },
): Promise<number> {
  const { terminal } = options;
  const { verbDocument, verbHelp } = await import('./help.ts');
  if (options.json) terminal.json({ format: formats.help, verbs: [verbDocument(verb)] });
  else terminal.out.line(verbHelp(verb, { colors: terminal.out.colors }));
  return 0;
}

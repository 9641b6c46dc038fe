import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { moduleErrors } from '../names/module-errors.ts';
import type { Module } from '../names/modules.ts';
import type { SourceHost } from '../names/source-host.ts';
import type * as Ast from '../syntax/ast.ts';
import { typeExpr } from '../types/expressions.ts';
import { isScalar, withoutOptional } from '../types/fits.ts';
import type { Scope } from '../types/scope.ts';
import { literalText } from '../types/type-nodes.ts';
import { processErrors } from './process-errors.ts';
import { type Members, processScope } from './process-scope.ts';
import type { Command, Expr, Language, Process } from './program.ts';
import { pythonKeywords, shellVariables } from './script-names.ts';

interface Reading {
  readonly module: Module;
  readonly host: SourceHost;
  readonly report: (diagnostic: Diagnostic) => void;
  readonly members: Members;
  readonly sections: {
    readonly script?: { readonly body: Ast.ScriptBody; readonly span: Ast.Process['span'] };
    readonly exec?: Extract<Ast.ProcessSection, { kind: 'exec' }>;
  };
}

export const languages: readonly Language[] = ['bash', 'python', 'r', 'julia', 'node', 'perl', 'groovy', 'imagej'];

/** The one `script` or `exec` of a process, as what runs. */
export function readCommand(declaration: Ast.Process, reading: Reading): Command {
  const { script, exec } = reading.sections;
  const { report } = reading;
  const nothing: Command = {
    kind: 'script',
    interpreter: { kind: 'language', language: 'bash' },
    text: '',
    span: declaration.name.span,
  };
  if (script !== undefined && exec !== undefined) {
    report(processErrors.twoCommands(exec.span, { first: script.span }));
    return nothing;
  }
  if (exec !== undefined) return { kind: 'exec', argv: readArgv(exec.argv, reading), span: exec.span };
  if (script !== undefined) return readScript(script.body, reading) ?? nothing;
  report(processErrors.noCommand(declaration.name.span, { process: declaration.name.text }));
  return nothing;
}

function readScript(body: Ast.ScriptBody, reading: Reading): Command | undefined {
  const { report } = reading;
  const interpreter = readInterpreter(body.interpreter, report);
  if (interpreter === undefined) return undefined;
  if (body.text.kind === 'inline') return { kind: 'script', interpreter, text: body.text.value, span: body.text.span };
  const { value, span } = body.text.path;
  const path = reading.host.resolve(reading.module.path, /^[./]/.test(value) ? value : `./${value}`);
  const read = path === undefined ? ({ ok: false, why: 'missing' } as const) : reading.host.read(path);
  if (!read.ok) {
    report(moduleErrors.scriptFile(span, { path: value, why: read.why }));
    return undefined;
  }
  return { kind: 'script', interpreter, text: read.text.replace(/\r\n/g, '\n'), span };
}

function readInterpreter(
  written: Ast.ScriptBody['interpreter'],
  report: (diagnostic: Diagnostic) => void,
): Extract<Command, { kind: 'script' }>['interpreter'] | undefined {
  if (written.kind === 'language') {
    const language = languages.find((candidate) => candidate === written.name.text);
    if (language !== undefined) return { kind: 'language', language };
    report(processErrors.unknownLanguage(written.name.span, { name: written.name.text, known: languages }));
    return undefined;
  }
  const { argv } = written;
  if (argv.kind === 'error') return undefined;
  const words = argv.kind === 'list' ? argv.items.map(literalText) : [];
  const texts = words.filter((word) => word !== undefined);
  if (texts.length === 0 || texts.length !== words.length) {
    report(
      processErrors.notLiteral(argv.span, { what: 'The interpreter of a script', example: '["Rscript", "--vanilla"]' }),
    );
    return undefined;
  }
  return { kind: 'argv', argv: texts };
}

/** A list of texts, numbers and files; a list inside is spliced in, an absent value is left out. */
function readArgv(ast: Ast.Expr, reading: Reading): Expr {
  const { report } = reading;
  const scope: Scope = processScope(reading.members, { report, where: 'exec' });
  const items = ast.kind === 'list' ? ast.items : [];
  if (ast.kind !== 'list' || items.length === 0) {
    if (ast.kind !== 'error') report(processErrors.badExec(ast.span, {}));
    return { kind: 'list', items: [], type: { kind: 'list', of: { kind: 'str' } }, span: ast.span };
  }
  const argv = items.map((item) => {
    const expr = typeExpr(item, scope);
    const type = withoutOptional(expr.type);
    const of = type.kind === 'list' ? type.of : type;
    if (of.kind !== 'error' && of.kind !== 'file' && (!isScalar(of) || of.kind === 'bool')) {
      report(processErrors.badArgument(item.span, { type: expr.type }));
    }
    return expr;
  });
  return { kind: 'list', items: argv, type: { kind: 'list', of: { kind: 'str' } }, span: ast.span };
}

/** Names that become variables of a script may not be those of the shell or words of the language. */
export function checkScriptNames(process: Process, given: { readonly report: (diagnostic: Diagnostic) => void }): void {
  const commands = [process.command, ...(process.stub === undefined ? [] : [process.stub])];
  const languages = new Set(
    commands.flatMap((one) =>
      one.kind === 'script' && one.interpreter.kind === 'language' ? [one.interpreter.language] : [],
    ),
  );
  const script = commands.find((one) => one.kind === 'script');
  if (script?.kind !== 'script') return;
  const members = [...process.inputs, ...process.outputs];
  if (languages.has('python')) {
    for (const member of members) {
      if (pythonKeywords.has(member.name)) {
        given.report(
          processErrors.scriptName(member.span, {
            name: member.name,
            language: 'Python',
            script: script.span,
            text: script.text,
          }),
        );
      }
    }
  }
  if (!languages.has('bash')) return;
  const exported = new Set(process.environment.variables.map((variable) => variable.name));
  const reserved = new Set([...process.uses.tags.map((tag) => `tag_${tag}`), ...process.uses.resources]);
  const seen = new Map<string, (typeof members)[number]>();
  for (const member of members) {
    if (shellVariables.has(member.name) || exported.has(member.name) || reserved.has(member.name)) {
      given.report(
        processErrors.scriptName(member.span, {
          name: member.name,
          language: 'bash',
          script: script.span,
          text: script.text,
        }),
      );
    }
    const earlier = seen.get(member.name);
    if (earlier === undefined) seen.set(member.name, member);
    else
      given.report(
        processErrors.inputAndOutput(member.span, { name: member.name, input: earlier.span, output: member.span }),
      );
  }
}

/** An input that the script never mentions is likely forgotten, and makes tasks run again for nothing. */
export function checkUnusedInputs(
  process: Process,
  given: { readonly report: (diagnostic: Diagnostic) => void; readonly declaration: Ast.Process },
): void {
  const { command } = process;
  if (command.kind !== 'script' || command.text === '') return;
  // A script that takes all inputs at once, or reads the task's JSON, may use any of them.
  if (/BIT_TASK|task\.input(?!\s*\.)|task\$input(?!\$)|\$\{!/.test(command.text)) return;
  const elsewhere = given.declaration.sections
    .filter((section) => section.kind !== 'input' && section.kind !== 'script')
    .map((section) => section.span.source.text.slice(section.span.start, section.span.end))
    .join('\n');
  for (const input of process.inputs) {
    const word = new RegExp(`\\b${input.name}\\b`);
    if (!word.test(command.text) && !word.test(elsewhere)) {
      given.report(processErrors.unusedInput(input.span, { input: input.name, process: process.name }));
    }
  }
}

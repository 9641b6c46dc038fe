import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Source } from '../diagnostics/span.ts';
import type { ParamArgument } from './graph/arguments.ts';
import { isDatasetFunction } from './graph/dataset-functions.ts';
import { createChecker } from './graph/evaluate.ts';
import type { Checker } from './graph/flow.ts';
import { createNodes } from './graph/nodes.ts';
import { paramErrors } from './graph/param-errors.ts';
import { createParams, type ParamHelp, type Params } from './graph/params.ts';
import type { Process, Program } from './graph/program.ts';
import { checkPublishes, namedPublishes } from './graph/publish-places.ts';
import type { Results } from './graph/statements.ts';
import { callWorkflow, checkAlone, runEntry } from './graph/workflow.ts';
import { workflowErrors } from './graph/workflow-errors.ts';
import { moduleErrors } from './names/module-errors.ts';
import { loadModules, type Module } from './names/modules.ts';
import { nameErrors } from './names/name-errors.ts';
import type { SourceHost } from './names/source-host.ts';
import { checkSnakeName, checkTypeName } from './names/words.ts';
import type * as Ast from './syntax/ast.ts';
import { isBuiltIn } from './types/functions.ts';
import { builtInTypes, readDeclared, readType } from './types/type-nodes.ts';

export interface CheckOptions {
  readonly arguments: readonly ParamArgument[];
  /** Names of the command's own flags; a param of such a name is an error. */
  readonly reserved: readonly string[];
  /**
   * `run` wants a value for every param and a workflow to run, and says what lacks. `check`, the default, does without: then a
   * program is given only where there is one that could be run.
   */
  readonly purpose?: 'run' | 'check';
}

export interface Checked {
  /** Only where no error was found. */
  readonly program?: Program;
  /** In the order of the files and, within one, of the text. */
  readonly diagnostics: readonly Diagnostic[];
  /** For `--help`, even where the arguments are wrong. */
  readonly params: readonly ParamHelp[];
  /** The documentation of the file. */
  readonly docs?: string;
  /** Processes that some call uses, known even where params lack values: what a machine has to have for this pipeline. */
  readonly processes: readonly Process[];
  /** Every file that was read, the entry first. */
  readonly sources: readonly Source[];
}

/** Reads a pipeline and all it imports, and checks everything that can be known before its data is looked at. */
export function checkProgram(path: string, host: SourceHost, options: CheckOptions): Checked {
  const found: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic): void => {
    found.push(diagnostic);
  };
  const { entry, modules } = loadModules(path, { host, report });
  const sources = modules.map((module) => module.source);
  if (entry === undefined) return { diagnostics: found, params: [], processes: [], sources };
  const purpose = options.purpose ?? 'check';
  const nodes = createNodes();
  const results: Results = { publishes: [], asserts: [] };
  const params: Params = createParams({
    module: entry,
    fields: paramFields(entry, report),
    arguments: options.arguments,
    reserved: options.reserved,
    requireValues: purpose === 'run',
    checker: () => checker,
    report,
  });
  const written = new Set<Ast.Workflow>();
  const checker: Checker = createChecker({
    host,
    nodes,
    report,
    param: params.value,
    bound: params.bound,
    callWorkflow: (definition, ast, place) =>
      callWorkflow(definition, ast, { place, writing: { checker, results, written } }),
  });
  for (const module of modules) checkNames(module, report);
  const bound = params.all();
  const main = entryWorkflow(entry, report);
  if (main !== undefined) runEntry(main, entry, { checker, results, written });
  else if (purpose === 'run')
    report(moduleErrors.noWorkflow({ source: entry.source, start: 0, end: 0 }, { name: entry.source.name }));
  const publishes = namedPublishes(results.publishes);
  checkPublishes(publishes, report);
  const size = nodes.list.length;
  checkUncalled(entry, { checker, written });
  if (main !== undefined && hasNoErrors(found)) params.checkUnused();
  for (const module of modules) checkUnusedImports(module, report);
  const diagnostics = inOrder(withoutEchoes(found), sources);
  const docs = entry.file.docs === undefined ? {} : { docs: entry.file.docs };
  const processes = processesOf(nodes.list.slice(0, size));
  const program: Program | undefined =
    main !== undefined && params.isComplete() && hasNoErrors(diagnostics)
      ? {
          source: entry.source,
          ...docs,
          sources,
          params: bound,
          processes,
          nodes: nodes.list.slice(0, size),
          publishes,
          asserts: results.asserts,
        }
      : undefined;
  return {
    ...(program === undefined ? {} : { program }),
    diagnostics,
    params: params.help,
    ...docs,
    processes,
    sources,
  };
}

const hasNoErrors = (diagnostics: readonly Diagnostic[]): boolean =>
  !diagnostics.some((one) => one.severity === 'error');

function paramFields(entry: Module, report: (diagnostic: Diagnostic) => void): readonly Ast.Field[] {
  const blocks = entry.file.declarations.filter((declaration) => declaration.kind === 'params');
  const [first, second] = blocks;
  if (first !== undefined && second !== undefined) report(paramErrors.twoBlocks(second.span, { first: first.span }));
  return first?.fields ?? [];
}

function entryWorkflow(entry: Module, report: (diagnostic: Diagnostic) => void): Ast.Workflow | undefined {
  const entries = entry.file.declarations.filter(
    (declaration) => declaration.kind === 'workflow' && declaration.name === undefined,
  );
  const [first, second] = entries;
  if (first !== undefined && second !== undefined)
    report(workflowErrors.twoEntries(second.span, { first: first.span }));
  return first?.kind === 'workflow' ? first : undefined;
}

/** Names that the language keeps, conventions, and what is read but not built. */
function checkNames(module: Module, report: (diagnostic: Diagnostic) => void): void {
  for (const [name, definition] of module.symbols) {
    if (definition.kind === 'type' ? builtInTypes.includes(name) : isBuiltIn(name) || isDatasetFunction(name)) {
      const what = definition.kind === 'error' ? 'an import' : `a ${definition.kind}`;
      report(
        nameErrors.reserved(definition.at, {
          name,
          what,
          why: `\`${name}\` is a ${definition.kind === 'type' ? 'type' : 'function'} of the language.`,
        }),
      );
    }
  }
  for (const declaration of module.file.declarations) {
    if (declaration.kind === 'workflow' && declaration.name !== undefined)
      checkSnakeName(declaration.name, { what: 'workflows', report });
    if (declaration.kind === 'type') checkTypeName(declaration.name, { report });
    if (declaration.kind === 'test') report(moduleErrors.testsNotBuilt(declaration.title.span, {}));
  }
}

/** Of the file itself, everything is checked; of an imported one, what is used. */
function checkUncalled(entry: Module, given: { readonly checker: Checker; readonly written: Set<Ast.Workflow> }): void {
  const { checker } = given;
  for (const [name, definition] of entry.symbols) {
    if (definition.kind === 'module' || definition.kind === 'error' || definition.module !== entry) continue;
    if (definition.kind === 'process') checker.process(definition);
    if (definition.kind === 'workflow' && !given.written.has(definition.declaration)) {
      checkAlone(definition, { checker, results: { publishes: [], asserts: [] }, written: given.written });
    }
    if (definition.kind === 'type') {
      const reading = { module: entry, report: checker.report };
      if (definition.declaration.type.kind === 'dataset') readDeclared(definition.declaration.type, reading);
      else
        readType(
          { kind: 'named', name: { text: name, span: definition.at }, args: [], span: definition.at },
          { ...reading },
        );
    }
  }
}

function checkUnusedImports(module: Module, report: (diagnostic: Diagnostic) => void): void {
  for (const statement of module.file.imports) {
    const names =
      statement.kind === 'import-names' ? statement.names.map((one) => one.alias ?? one.name) : [statement.alias];
    for (const name of names) {
      const definition = module.symbols.get(name.text);
      if (
        definition === undefined ||
        definition.kind === 'error' ||
        module.used.has(name.text) ||
        definition.at !== name.span
      )
        continue;
      report(nameErrors.unused(name.span, { what: 'import', name: name.text, help: 'Leave it out of the import.' }));
    }
  }
}

function processesOf(nodes: Program['nodes']): readonly Process[] {
  const processes = new Map<string, Process>();
  for (const node of nodes) if (node.kind === 'call') processes.set(node.process.id, node.process);
  return [...processes.values()];
}

/**
 * What is unused says little while something is wrong: the mistake may be where it would be used. And a name that cannot be
 * needs no better form.
 */
function withoutEchoes(found: readonly Diagnostic[]): readonly Diagnostic[] {
  const errors = found.filter((one) => one.severity === 'error');
  if (errors.length === 0) return found;
  const places = new Set(errors.map((one) => `${one.at.source.name} ${one.at.start} ${one.at.end}`));
  return found.filter(
    (one) =>
      !nameErrors.isUnused(one) &&
      !(one.severity === 'warning' && places.has(`${one.at.source.name} ${one.at.start} ${one.at.end}`)),
  );
}

/** By file and place, each message once: a sub-workflow's body is checked at every call. */
function inOrder(found: readonly Diagnostic[], sources: readonly Source[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  const place = (source: Source): number => {
    const at = sources.indexOf(source);
    return at === -1 ? sources.length : at;
  };
  return found
    .filter((one) => {
      const key = `${one.code} ${place(one.at.source)} ${one.at.source.name} ${one.at.start} ${one.at.end} ${one.message}`;
      return !seen.has(key) && seen.add(key);
    })
    .map((one, index) => ({ one, index }))
    .sort(
      (a, b) => place(a.one.at.source) - place(b.one.at.source) || a.one.at.start - b.one.at.start || a.index - b.index,
    )
    .map(({ one }) => one);
}

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Source, Span } from '../../diagnostics/span.ts';
import type * as Ast from '../syntax/ast.ts';
import { parse } from '../syntax/parse.ts';
import { moduleErrors } from './module-errors.ts';
import { nameErrors } from './name-errors.ts';
import { folderOf, type SourceHost } from './source-host.ts';

/** One `.bit` file, read, with what its names mean. */
export interface Module {
  readonly path: string;
  readonly folder: string;
  readonly source: Source;
  readonly file: Ast.File;
  /** Processes, sub-workflows, types and imports, by the name they have in this file. */
  readonly symbols: ReadonlyMap<string, Definition>;
  /** Names that something in this file uses; filled while checking. */
  readonly used: Set<string>;
}

export type Definition =
  | { readonly kind: 'process'; readonly declaration: Ast.Process; readonly module: Module; readonly at: Span }
  | {
      readonly kind: 'workflow';
      readonly declaration: Ast.Workflow;
      readonly name: string;
      readonly module: Module;
      readonly at: Span;
    }
  | { readonly kind: 'type'; readonly declaration: Ast.TypeDeclaration; readonly module: Module; readonly at: Span }
  | { readonly kind: 'module'; readonly module: Module; readonly at: Span }
  /** An import that failed and was reported: agrees with everything. */
  | { readonly kind: 'error'; readonly at: Span };

export interface Loaded {
  /** Absent where the file itself could not be read. */
  readonly entry?: Module;
  /** The entry first, then imports in the order met. */
  readonly modules: readonly Module[];
}

/** Reads a file and, depth first, all that it imports. */
export function loadModules(
  path: string,
  given: { readonly host: SourceHost; readonly report: (diagnostic: Diagnostic) => void },
): Loaded {
  const loading: Loading = { ...given, modules: new Map(), stack: [] };
  const read = given.host.read(path);
  if (!read.ok) {
    const source: Source = { name: given.host.display(path), text: '' };
    given.report(moduleErrors.unreadable({ source, start: 0, end: 0 }, { path: source.name, why: read.why }));
    return { modules: [] };
  }
  const entry = load(path, read.text, loading);
  return { entry, modules: [...loading.modules.values()] };
}

interface Loading {
  readonly host: SourceHost;
  readonly report: (diagnostic: Diagnostic) => void;
  readonly modules: Map<string, Module>;
  /** Files whose imports are being read, from the entry on. */
  readonly stack: string[];
}

function load(path: string, text: string, loading: Loading): Module {
  const source: Source = { name: loading.host.display(path), text };
  const { file, diagnostics } = parse(source);
  for (const diagnostic of diagnostics) loading.report(diagnostic);
  if (file.edition !== undefined && file.edition.value !== 1) {
    loading.report(moduleErrors.edition(file.edition.span, { value: file.edition.value }));
  }
  const symbols = new Map<string, Definition>();
  const module: Module = { path, folder: folderOf(path), source, file, symbols, used: new Set() };
  loading.modules.set(path, module);
  loading.stack.push(path);
  for (const statement of file.imports) readImport(statement, { module, symbols, loading });
  loading.stack.pop();
  for (const declaration of file.declarations) declare(declaration, { module, symbols, loading });
  return module;
}

interface Into {
  readonly module: Module;
  readonly symbols: Map<string, Definition>;
  readonly loading: Loading;
}

function readImport(statement: Ast.Import, into: Into): void {
  if (statement.kind === 'import-tool') {
    into.loading.report(
      moduleErrors.notBuilt(statement.span, {
        what: 'Tool wrappers are',
        help: 'Write the tool as a process: an `exec` with its arguments, or a script.',
      }),
    );
    define(statement.alias, { kind: 'error', at: statement.alias.span }, into);
    return;
  }
  const module = importedModule(statement.from, into);
  if (statement.kind === 'import-all') {
    const { span } = statement.alias;
    define(
      statement.alias,
      module === undefined ? { kind: 'error', at: span } : { kind: 'module', module, at: span },
      into,
    );
    return;
  }
  for (const { name, alias } of statement.names) {
    const local = alias ?? name;
    const definition = module && exported(module, name, { from: statement.from.value, loading: into.loading });
    define(
      local,
      definition === undefined ? { kind: 'error', at: local.span } : { ...definition, at: local.span },
      into,
    );
  }
}

/** The definition a module gives under a name; what it imports itself is not passed on. */
function exported(
  module: Module,
  name: Ast.Name,
  given: { readonly from: string; readonly loading: Loading },
): Definition | undefined {
  const own = exportsOf(module);
  const definition = own.get(name.text);
  if (definition === undefined) {
    given.loading.report(
      moduleErrors.notInModule(name.span, { name: name.text, module: given.from, exports: [...own.keys()] }),
    );
  }
  return definition;
}

/** What a module defines itself. */
export function exportsOf(module: Module): ReadonlyMap<string, Definition> {
  const own = new Map<string, Definition>();
  for (const [name, definition] of module.symbols) {
    if (definition.kind !== 'module' && definition.kind !== 'error' && definition.module === module)
      own.set(name, definition);
  }
  return own;
}

function importedModule(from: Ast.PlainString, into: Into): Module | undefined {
  const { loading, module } = into;
  const { host, report } = loading;
  const address = from.value;
  const standard = address.startsWith('std/');
  if (!standard && !/^\.\.?\//.test(address) && !address.startsWith('/')) {
    const remote = /^(github:|gitlab:|git[@+:]|https?:|ssh:)/.test(address);
    report(
      remote
        ? moduleErrors.notBuilt(from.span, {
            what: 'Imports from git are',
            help: 'Copy the file beside this one and import it by its path, `"./segment.bit"`.',
          })
        : moduleErrors.badAddress(from.span, { address }),
    );
    return undefined;
  }
  const path = host.resolve(module.path, address);
  const unknown = (why: 'missing' | 'folder' | 'denied' | 'binary'): undefined => {
    report(
      standard
        ? moduleErrors.unknownStandard(from.span, { name: address, modules: host.standardModules() })
        : moduleErrors.unreadable(from.span, { path: address, why }),
    );
    return undefined;
  };
  if (path === undefined) return unknown('missing');
  const onStack = loading.stack.indexOf(path);
  if (onStack !== -1) {
    const loop = [...loading.stack.slice(onStack), path].map((file) => host.display(file));
    report(moduleErrors.circular(from.span, { loop }));
    return undefined;
  }
  const known = loading.modules.get(path);
  if (known !== undefined) return known;
  const read = host.read(path);
  return read.ok ? load(path, read.text, loading) : unknown(read.why);
}

function declare(declaration: Ast.Declaration, into: Into): void {
  const { module } = into;
  switch (declaration.kind) {
    case 'process':
      define(declaration.name, { kind: 'process', declaration, module, at: declaration.name.span }, into);
      return;
    case 'workflow':
      if (declaration.name === undefined) return;
      define(
        declaration.name,
        { kind: 'workflow', declaration, name: declaration.name.text, module, at: declaration.name.span },
        into,
      );
      return;
    case 'type':
      define(declaration.name, { kind: 'type', declaration, module, at: declaration.name.span }, into);
      return;
    case 'params':
    case 'test':
      return;
  }
}

function define(name: Ast.Name, definition: Definition, into: Into): void {
  const earlier = into.symbols.get(name.text);
  if (earlier === undefined) {
    into.symbols.set(name.text, definition);
    return;
  }
  const local = (one: Definition): boolean =>
    one.kind !== 'error' && one.kind !== 'module' && one.module === into.module;
  into.loading.report(
    local(earlier) && local(definition) && earlier.kind === definition.kind
      ? nameErrors.duplicate(name.span, { what: kindWord(definition), name: name.text, first: earlier.at })
      : moduleErrors.clash(name.span, {
          name: name.text,
          first: earlier.at,
          what: local(earlier) ? `the name of a ${kindWord(earlier)} in this file` : 'imported from another file',
        }),
  );
}

export const kindWord = (definition: Definition): string => (definition.kind === 'error' ? 'thing' : definition.kind);

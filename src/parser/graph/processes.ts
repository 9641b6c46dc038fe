import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Module } from '../names/modules.ts';
import type { SourceHost } from '../names/source-host.ts';
import { checkSnakeName } from '../names/words.ts';
import type * as Ast from '../syntax/ast.ts';
import { fold, isQuantity } from '../types/constants.ts';
import { typeExpr } from '../types/expressions.ts';
import { fitValue } from '../types/fit-value.ts';
import { holdsFile } from '../types/fits.ts';
import type { Scope } from '../types/scope.ts';
import type { Type } from '../types/type.ts';
import { constantScope, literalText, readType, uniqueFields } from '../types/type-nodes.ts';
import { checkScriptNames, checkUnusedInputs, readCommand } from './commands.ts';
import { readEnvironment } from './environment.ts';
import { readOutput } from './outputs.ts';
import { processErrors } from './process-errors.ts';
import { type Members, processScope, resourceNames } from './process-scope.ts';
import type { Expr, Input, Process, RetryCause } from './program.ts';

/** A process as checked, with what only calls need. */
export interface CheckedProcess {
  readonly process: Process;
  /** Inputs whose default is `file("…")`: a call that leaves them out gets the file as an argument. */
  readonly fileDefaults: ReadonlyMap<string, { readonly path: string; readonly ast: Ast.Expr }>;
}

interface Reading {
  readonly module: Module;
  readonly host: SourceHost;
  readonly report: (diagnostic: Diagnostic) => void;
}

/** Checks a declaration once, whoever calls it. Mistakes are reported, and what is left is as good as it can be. */
export function checkProcess(declaration: Ast.Process, reading: Reading): CheckedProcess {
  const { module, report } = reading;
  checkSnakeName(declaration.name, { what: 'processes', report });
  const sections = sectionsOf(declaration, report);
  const fileDefaults = new Map<string, { path: string; ast: Ast.Expr }>();
  const inputs = uniqueFields(sections.input?.fields ?? [], { what: 'input', report }).map((field) =>
    readInput(field, { ...reading, fileDefaults }),
  );
  const uses = readUses(sections.uses, { inputs, report });
  const members: Members = { inputs, outputs: [], uses, process: declaration.name.text };
  const outputs = uniqueFields(sections.output?.fields ?? [], { what: 'output', report }).map((field) =>
    readOutput(field, {
      ...reading,
      scope: processScope(members, { report, where: 'output' }),
      process: declaration.name.text,
    }),
  );
  if (outputs.length === 0 && sections.output === undefined) {
    report(processErrors.noOutput(declaration.name.span, { process: declaration.name.text }));
  }
  checkSamePaths(outputs, report);
  const resources = readResources(sections.resources, processScope(members, { report, where: 'resources' }));
  const all: Members = { ...members, outputs };
  const command = readCommand(declaration, { ...reading, sections, members: all });
  const stub =
    sections.stub && readCommand(declaration, { ...reading, sections: { script: sections.stub }, members: all });
  const environment = readEnvironment(sections.environment, reading);
  const limit = wholeNumber(sections.limit?.tasks, { min: 1, where: '`limit`', report });
  const process: Process = {
    id: `${module.source.name}#${declaration.name.text}`,
    name: declaration.name.text,
    ...(declaration.docs === undefined ? {} : { docs: declaration.docs }),
    span: declaration.name.span,
    folder: module.folder,
    inputs,
    outputs,
    uses,
    files: readFiles(sections.files, reading),
    resources,
    environment,
    retry: readRetry(sections.retry, report),
    ...readPolicy(sections.on_error, report),
    ...(limit === undefined ? {} : { limit }),
    cache: readCache(sections.cache, report),
    labels: (sections.label?.names ?? []).map((name) => name.text),
    command,
    ...(stub === undefined ? {} : { stub }),
  };
  checkScriptNames(process, { report });
  checkUnusedInputs(process, { report, declaration });
  return { process, fileDefaults };
}

/** The sections by kind; one that stands twice is reported and its later copies left out. */
export type Sections = { readonly [K in Ast.ProcessSection['kind']]?: Extract<Ast.ProcessSection, { kind: K }> };

function sectionsOf(declaration: Ast.Process, report: (diagnostic: Diagnostic) => void): Sections {
  const found = new Map<string, Ast.ProcessSection>();
  for (const section of declaration.sections) {
    const earlier = found.get(section.kind);
    if (earlier === undefined) found.set(section.kind, section);
    else {
      report(processErrors.sectionTwice(section.span, { section: section.kind, first: earlier.span }));
      // Names that are used elsewhere are known all the same.
      if (earlier.kind === 'input' && section.kind === 'input')
        found.set('input', { ...earlier, fields: [...earlier.fields, ...section.fields] });
      if (earlier.kind === 'output' && section.kind === 'output')
        found.set('output', { ...earlier, fields: [...earlier.fields, ...section.fields] });
    }
  }
  return Object.fromEntries(found);
}

function readInput(
  field: Ast.Field,
  reading: Reading & { readonly fileDefaults: Map<string, { path: string; ast: Ast.Expr }> },
): Input {
  const { report } = reading;
  checkSnakeName(field.name, { what: 'inputs', report });
  const type = readType(field.type, reading);
  if (field.named && !holdsFile(type) && type.kind !== 'error') {
    report(processErrors.namedValue(field.name.span, { input: field.name.text, type }));
  }
  const value = readDefault(field, type, reading);
  return {
    name: field.name.text,
    type,
    ...(field.docs === undefined ? {} : { docs: field.docs }),
    span: field.name.span,
    named: field.named ?? false,
    ...(value === undefined ? {} : { default: value }),
  };
}

function readDefault(
  field: Ast.Field,
  type: Type,
  reading: Reading & { readonly fileDefaults: Map<string, { path: string; ast: Ast.Expr }> },
): Expr | undefined {
  const ast = field.value;
  if (ast === undefined) return undefined;
  if (ast.kind === 'call' && ast.callee.kind === 'name' && ast.callee.name === 'file') {
    const path = ast.args.length === 1 && ast.args[0] !== undefined ? literalText(ast.args[0].value) : undefined;
    if (path !== undefined && holdsFile(type)) {
      reading.fileDefaults.set(field.name.text, { path, ast });
      return undefined;
    }
  }
  const scope: Scope = {
    ...constantScope(reading.report),
    resolve: (node) => {
      if (node.kind !== 'name' && node.kind !== 'member') return undefined;
      reading.report(processErrors.defaultNotConstant(node.span, { input: field.name.text }));
      return { kind: 'const', value: null, type: { kind: 'error' }, span: node.span };
    },
  };
  return fitValue(typeExpr(ast, scope), type, {
    where: `The default of \`${field.name.text}\``,
    report: reading.report,
    bound: () => undefined,
    declared: field.type.span,
  });
}

function readUses(
  section: Sections['uses'],
  given: { readonly inputs: readonly Input[]; readonly report: (diagnostic: Diagnostic) => void },
): Process['uses'] {
  const tags: string[] = [];
  const resources: Process['uses']['resources'][number][] = [];
  const inputTags: { input: string; tag: string }[] = [];
  for (const name of section?.names ?? []) {
    if (name.kind === 'error') continue;
    if (name.kind === 'name') {
      const resource = ([...resourceNames, 'attempt'] as const).find((candidate) => candidate === name.name);
      if (resource !== undefined) resources.push(resource);
      else
        given.report(
          processErrors.badUse(name.span, { name: name.name, inputs: given.inputs.map((input) => input.name) }),
        );
      continue;
    }
    if (name.kind === 'member' && name.of.kind === 'name') {
      const of = name.of.name;
      if (of === 'tag') {
        tags.push(name.name.text);
        continue;
      }
      const input = given.inputs.find((candidate) => candidate.name === of);
      if (input !== undefined && (input.type.kind === 'list' || input.type.kind === 'error')) {
        inputTags.push({ input: of, tag: name.name.text });
        continue;
      }
      if (input !== undefined) {
        given.report(processErrors.useOfSingle(name.span, { input: of, tag: name.name.text }));
        continue;
      }
    }
    given.report(processErrors.badUse(name.span, { name: undefined, inputs: given.inputs.map((input) => input.name) }));
  }
  return { tags: [...new Set(tags)], resources: [...new Set(resources)], inputTags };
}

function readFiles(section: Sections['files'], reading: Reading): Process['files'] {
  return (section?.paths ?? []).flatMap((ast) => {
    if (ast.kind === 'error') return [];
    const text = literalText(ast);
    if (text === undefined || text === '') {
      reading.report(processErrors.notLiteral(ast.span, { what: 'A path in `files`', example: '"scripts/lib/"' }));
      return [];
    }
    const path = reading.host.resolve(reading.module.path, /^[./]/.test(text) ? text : `./${text}`);
    if (path === undefined) return [];
    return [
      { path: path.replace(/(.)\/$/, '$1'), relative: text.replace(/^\.\//, '').replace(/\/$/, ''), span: ast.span },
    ];
  });
}

const resourceTypes: Readonly<Record<keyof Process['resources'], Type>> = {
  cpus: { kind: 'int', min: 1 },
  memory: { kind: 'quantity', dimension: 'size' },
  time: { kind: 'quantity', dimension: 'duration' },
  gpus: { kind: 'int', min: 0 },
  disk: { kind: 'quantity', dimension: 'size' },
  queue: { kind: 'str' },
  extra: { kind: 'list', of: { kind: 'str' } },
};

function readResources(section: Sections['resources'], scope: Scope): Process['resources'] {
  const resources: Partial<Record<keyof Process['resources'], Expr>> = {};
  for (const entry of uniqueFields(section?.entries ?? [], { what: 'resource', report: scope.report })) {
    const name = entry.name.text;
    const value = typeExpr(entry.value, scope);
    if (!isResource(name)) {
      scope.report(
        processErrors.unknownKey(entry.name.span, { section: 'resources', name, known: Object.keys(resourceTypes) }),
      );
      continue;
    }
    resources[name] = fitValue(value, resourceTypes[name], {
      where: `\`${name}\``,
      report: scope.report,
      bound: () => undefined,
    });
  }
  return resources;
}

const isResource = (name: string): name is keyof Process['resources'] => Object.hasOwn(resourceTypes, name);

function readRetry(section: Sections['retry'], report: (diagnostic: Diagnostic) => void): Process['retry'] {
  if (section === undefined) return { times: 0, on: [] };
  const times = wholeNumber(section.times, { min: 0, where: '`retry`', report }) ?? 0;
  const on = (section.on ?? []).flatMap((cause): RetryCause[] => {
    const name = cause.name.text;
    if (name === 'exit') {
      const codes = (cause.codes ?? []).flatMap(
        (code) => wholeNumber(code, { min: 1, max: 255, where: 'An exit status', report }) ?? [],
      );
      if ((cause.codes ?? []).length === 0) report(processErrors.exitWithoutCodes(cause.span, {}));
      return [{ kind: 'exit', codes }];
    }
    if (name === 'timeout' || name === 'oom' || name === 'any') return [{ kind: name }];
    report(
      processErrors.unknownWord(cause.name.span, {
        where: '`retry … on`',
        word: name,
        known: ['exit', 'timeout', 'oom', 'any'],
      }),
    );
    return [];
  });
  const backoff =
    section.backoff &&
    fold(
      fitValue(
        typeExpr(section.backoff, constantScope(report)),
        { kind: 'quantity', dimension: 'duration' },
        {
          where: '`backoff`',
          report,
          bound: () => undefined,
        },
      ),
      () => undefined,
    );
  return { times, on: section.on === undefined ? [{ kind: 'any' }] : on, ...(isQuantity(backoff) ? { backoff } : {}) };
}

function readPolicy(section: Sections['on_error'], report: (diagnostic: Diagnostic) => void): Pick<Process, 'onError'> {
  const word = section?.policy;
  if (word === undefined) return {};
  if (word.text === 'fail' || word.text === 'finish' || word.text === 'quarantine') return { onError: word.text };
  report(
    processErrors.unknownWord(word.span, {
      where: '`on_error`',
      word: word.text,
      known: ['fail', 'finish', 'quarantine'],
    }),
  );
  return {};
}

function readCache(section: Sections['cache'], report: (diagnostic: Diagnostic) => void): boolean {
  const word = section?.on;
  if (word !== undefined && word.text !== 'on' && word.text !== 'off') {
    report(processErrors.unknownWord(word.span, { where: '`cache`', word: word.text, known: ['on', 'off'] }));
  }
  return word?.text !== 'off';
}

function wholeNumber(
  ast: Ast.Expr | undefined,
  given: {
    readonly min: number;
    readonly max?: number;
    readonly where: string;
    readonly report: (diagnostic: Diagnostic) => void;
  },
): number | undefined {
  if (ast === undefined || ast.kind === 'error') return undefined;
  const type: Type = { kind: 'int', min: given.min, ...(given.max === undefined ? {} : { max: given.max }) };
  const expr = fitValue(typeExpr(ast, constantScope(given.report)), type, {
    where: given.where,
    report: given.report,
    bound: () => undefined,
  });
  const value = fold(expr, () => undefined);
  return typeof value === 'number' ? value : undefined;
}

/** Two outputs in one file would be one output. */
function checkSamePaths(outputs: Process['outputs'], report: (diagnostic: Diagnostic) => void): void {
  const seen = new Map<string, Process['outputs'][number]>();
  for (const output of outputs) {
    const text = pathText(output);
    if (text === undefined || text === '') continue;
    const earlier = seen.get(text);
    if (earlier === undefined) seen.set(text, output);
    else report(processErrors.samePath(output.span, { path: text, first: earlier.span, other: earlier.name }));
  }
}

function pathText(output: Process['outputs'][number]): string | undefined {
  switch (output.path.kind) {
    case 'stdout':
      return 'stdout';
    case 'path':
      return output.path.path.kind === 'const' && typeof output.path.path.value === 'string'
        ? output.path.path.value
        : undefined;
    case 'pattern':
      return output.path.pattern.text;
  }
}

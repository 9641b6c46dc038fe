import {
  datasetText,
  type Expr,
  type Node,
  type Program,
  quantityText,
  readableQuantity,
  type SourceColumn,
  type SourceQuery,
  typeText,
} from '../../src/parser/index.ts';

/** A checked program for reviewers: a line per param, node, publish and assertion. */
export function programText(program: Program): string {
  const lines: string[] = [];
  for (const param of program.params) {
    const value =
      param.value.kind === 'dataset'
        ? `node ${param.value.node}`
        : param.value.kind === 'absent'
          ? 'absent'
          : exprText(param.value);
    lines.push(`param ${param.name}: ${param.typeText} = ${value} (${param.from})`);
  }
  for (const process of program.processes) {
    const inputs = process.inputs.map(
      (input) => `${input.name}: ${typeText(input.type)}${input.default ? ` = ${exprText(input.default)}` : ''}`,
    );
    const outputs = process.outputs.map(
      (output) => `${output.name}: ${output.many ? 'many ' : ''}${typeText(output.type)}`,
    );
    lines.push(`process ${process.name}(${inputs.join(', ')}) -> ${outputs.join(', ')}`);
  }
  for (const node of program.nodes)
    lines.push(
      `${node.id} ${node.name}: ${kindText(node)} → ${node.plain ? typeText(node.of) : datasetText(node.of, node.tags)}${guardText(node.guards)}`,
    );
  for (const publish of program.publishes)
    lines.push(`publish ${publish.node} to ${exprText(publish.path)} as ${publish.name}${guardText(publish.guards)}`);
  for (const assertion of program.asserts)
    lines.push(`assert ${assertion.over} "${assertion.message}"${guardText(assertion.guards)}`);
  return `${lines.join('\n')}\n`;
}

function guardText(guards: Node['guards']): string {
  return guards.map((guard) => ` [if ${guard.is ? '' : 'not '}${guard.node}]`).join('');
}

function kindText(node: Node): string {
  switch (node.kind) {
    case 'source':
      return sourceText(node);
    case 'expr':
      return exprText(node.value);
    case 'call': {
      const args = node.args.map((arg) => `${arg.input}: ${arg.how === 'one' ? '' : `${arg.how} `}${arg.node}`);
      return `${node.process.name}(${args.join(', ')})${node.after.length > 0 ? ` after ${node.after.join(', ')}` : ''}`;
    }
    case 'output':
      return `${node.call}.${node.output ?? '*'}`;
    case 'failed':
      return `${node.call}.failed`;
    case 'map': {
      const value = node.value === undefined ? '' : ` ${exprText(node.value)}`;
      const set = node.set.map((one) => ` ${one.name}=${exprText(one.value)}`).join('');
      return `map ${node.from}${value}${set}${node.drop.map((name) => ` -${name}`).join('')}`;
    }
    case 'filter':
      return `where ${node.from} ${exprText(node.test)}`;
    case 'sort':
      return `order ${node.from}${sortText(node.by)}`;
    case 'group':
      return `group ${node.from} by (${node.by.join(', ')})${sortText(node.order)}${node.keep.length > 0 ? ` keep (${node.keep.join(', ')})` : ''}${node.over === undefined ? '' : ` over ${node.over}`}`;
    case 'window':
      return `window ${node.size} ${node.from} by (${node.by.join(', ')})${sortText(node.order)}`;
    case 'pivot':
      return `pivot ${node.from} ${node.tag} ${node.fields.map((field) => `${field.name}${field.optional ? '?' : ''}=${JSON.stringify(field.value)}`).join(' ')}${node.open ? ' …' : ''}`;
    case 'join':
      return `join ${node.fields.map((field) => `${field.name}: ${field.node}`).join(', ')} on (${node.on.join(', ')}) missing ${node.missing}`;
    case 'cross':
      return `cross ${node.fields?.left ?? '*'}: ${node.left}, ${node.fields?.right ?? '*'}: ${node.right}`;
    case 'union':
      return `${node.left} ++ ${node.right}`;
    case 'pick':
      return `${node.how} ${node.count} of ${node.from}${node.by.length > 0 ? ` by (${node.by.join(', ')})` : ''}`;
    case 'count':
    case 'collect':
      return `${node.kind} ${node.from}`;
    case 'table':
      return `table ${node.from} ${node.columns.map((column) => `${column.name}=${exprText(column.value)}`).join(' ')}`;
    case 'rows':
      return `rows ${node.from} ${node.columns.map((column) => `${column.name}:${column.type}`).join(' ')} by (${node.by.join(', ')})`;
    case 'choose':
      return `if ${node.test} then ${node.then} else ${node.else}`;
  }
}

function sourceText({ source }: Extract<Node, { kind: 'source' }>): string {
  const fill = 'fill' in source ? source.fill.map((one) => ` ${one.name}=${JSON.stringify(one.value)}`).join('') : '';
  switch (source.kind) {
    case 'files':
      return `files ${source.base}: ${source.pattern.text}${source.unordered ? ' unordered' : ''}${countText(source.count)}${fill}`;
    case 'file':
      return `file ${source.base}: ${exprText(source.path)}`;
    case 'sheet':
      return `sheet ${source.base}: ${exprText(source.path)} ${columnsText(source.columns)}${countText(source.count)}${fill}`;
    case 'catalog':
      return `catalog ${exprText(source.experiment)}${source.dataset ? ` / ${exprText(source.dataset)}` : ''} ${columnsText(source.columns)}${queryText(source.query)}${countText(source.count)}${fill}`;
    case 'results':
      return `results ${source.base}: ${exprText(source.pipeline)} ${exprText(source.result)}${source.run ? ` run ${exprText(source.run)}` : ''} ${columnsText(source.columns)}${queryText(source.query)}${countText(source.count)}${fill}`;
    case 'url':
      return `url ${exprText(source.address)}${source.sha256 === undefined ? '' : ` sha256 ${source.sha256}`}`;
    case 'remote':
      return `${source.scheme} ${source.pattern.text}${countText(source.count)}${fill}`;
    case 'omero':
      return `omero ${exprText(source.address)} ${columnsText(source.columns)}${countText(source.count)}${fill}`;
    case 'values':
      return `values ${exprText(source.list)} tagged ${source.tag}${source.labels ? ` (${source.labels.join(', ')})` : ''}`;
  }
}

const columnsText = (columns: readonly SourceColumn[]): string =>
  `(${columns.map((column) => `${column.role} ${column.name}${column.from === column.name ? '' : ` from "${column.from}"`}: ${typeText(column.type)}${column.optional ? '?' : ''}`).join(', ')})`;

const queryText = (query: SourceQuery | undefined): string => {
  if (query === undefined) return '';
  const { source, start, end } = query.query.condition.span;
  return ` where ${source.text.slice(start, end)}`;
};

function countText(count: { readonly min: number; readonly max?: number }): string {
  return `${count.min === 1 ? '' : ` min ${count.min}`}${count.max === undefined ? '' : ` max ${count.max}`}`;
}

function sortText(by: readonly { readonly value: Expr; readonly descending: boolean }[]): string {
  return by.length === 0
    ? ''
    : ` order by ${by.map((sort) => `${exprText(sort.value)}${sort.descending ? ' desc' : ''}`).join(', ')}`;
}

function exprText(expr: Expr): string {
  switch (expr.kind) {
    case 'const':
      if (typeof expr.value !== 'object' || expr.value === null) return JSON.stringify(expr.value);
      return `${readableQuantity(expr.value)} (${quantityText(expr.value)})`;
    case 'param':
      return `params.${expr.name}`;
    case 'node':
      return `#${expr.node}`;
    case 'tag':
      return `tag.${expr.name}`;
    case 'item':
      return 'it';
    case 'input':
    case 'output':
    case 'resource':
      return `${expr.kind}.${expr.name}`;
    case 'attempt':
    case 'index':
      return expr.kind;
    case 'field':
    case 'property':
      return `${exprText(expr.of)}.${expr.name}`;
    case 'at':
      return `${exprText(expr.of)}[${exprText(expr.index)}]`;
    case 'apply':
      return `${expr.function}(${expr.args.map(exprText).join(', ')})`;
    case 'unary':
      return `(${expr.operator} ${exprText(expr.of)})`;
    case 'binary':
      return `(${exprText(expr.left)} ${expr.operator} ${exprText(expr.right)})`;
    case 'if':
      return `(if ${exprText(expr.test)} then ${exprText(expr.then)} else ${exprText(expr.else)})`;
    case 'list':
      return `[${expr.items.map(exprText).join(', ')}]`;
    case 'record':
      return `{ ${expr.fields.map((field) => `${field.name}: ${exprText(field.value)}`).join(', ')} }`;
    case 'text':
      return `"${expr.parts.map((part) => (typeof part === 'string' ? part : `{${exprText(part.value)}${part.format === undefined ? '' : `:${part.format}`}}`)).join('')}"`;
  }
}

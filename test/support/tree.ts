/**
 * A syntax tree as text for golden files: one node a line, fields in the order of the tree, no spans. Fields that say nothing (empty lists)
 * are left out.
 */
export function treeText(node: unknown): string {
  return `${lines(node, '').join('\n')}\n`;
}

function lines(value: unknown, label: string): string[] {
  const head = label === '' ? '' : `${label}: `;
  if (Array.isArray(value)) {
    if (value.length === 0) return [];
    return [`${label}:`, ...value.flatMap((item) => indent(lines(item, '-')))];
  }
  if (typeof value !== 'object' || value === null) return [`${head}${JSON.stringify(value)}`];
  const entries = Object.entries(value).filter(([key]) => key !== 'span' && key !== 'kind');
  const kind = 'kind' in value && typeof value.kind === 'string' ? value.kind : '';
  if ('text' in value && entries.length === 1 && kind === '') return [`${head}${String(value.text)}`];
  const simple: string[] = [];
  const rest: string[] = [];
  for (const [key, field] of entries) {
    const text = lines(field, key);
    const [only] = text;
    if (text.length === 1 && only !== undefined && typeof field !== 'object') simple.push(only);
    else rest.push(...indent(text));
  }
  return [`${head}${[kind, ...simple].filter((part) => part !== '').join(' ')}`.trimEnd() || '-', ...rest];
}

function indent(text: readonly string[]): string[] {
  return text.map((line) => `  ${line}`);
}

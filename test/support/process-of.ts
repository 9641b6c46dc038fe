import type { Environment, Expr, Language, Process } from '../../src/parser/index.ts';

/** A checked process with nothing but a command and an environment. */
export function processOf(options: {
  readonly language?: string;
  readonly exec?: readonly string[];
  readonly environment?: Partial<Environment>;
}): Process {
  const span = { source: { name: 'test.bit', text: 'process p' }, start: 0, end: 9 };
  const text = (value: string): Expr => ({ kind: 'const', value, type: { kind: 'str' }, span });
  return {
    id: 'test.bit#p',
    name: 'p',
    span,
    folder: '/',
    inputs: [],
    outputs: [],
    uses: { tags: [], resources: [], inputTags: [] },
    files: [],
    resources: {},
    environment: { variables: [], secrets: [], network: false, ...options.environment },
    retry: { times: 0, on: [] },
    cache: true,
    labels: [],
    command:
      options.exec === undefined
        ? {
            kind: 'script',
            interpreter: { kind: 'language', language: (options.language ?? 'bash') as Language },
            text: '',
            span,
          }
        : {
            kind: 'exec',
            argv: { kind: 'list', items: options.exec.map(text), type: { kind: 'list', of: { kind: 'str' } }, span },
            span,
          },
  };
}

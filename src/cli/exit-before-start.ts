import type { Diagnostic } from '../diagnostics/diagnostic.ts';

/** 3 where nothing but the world is in the way: the machine lacks something (BIT50xx), or another place did not give what it was asked for. Else 2: the program or its inputs are wrong. */
export function exitBeforeStart(diagnostics: readonly Diagnostic[]): 2 | 3 {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  return errors.every(({ code }) => code.startsWith('BIT50') || elsewhere.has(code)) ? 3 : 2;
}

const elsewhere: ReadonlySet<string> = new Set(['BIT5109', 'BIT5214']);

import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { alternatives } from '../diagnostics/suggest.ts';

/**
 * Each thing once: a message that comes twice, and an interpreter or program that several processes lack, which becomes one message
 * that names the others too.
 */
export function sayOnce(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...Map.groupBy(diagnostics, subject).values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const others = [...new Set(group.map(processOf))].filter((name) => name !== processOf(first));
    return others.length === 0
      ? [first]
      : [{ ...first, help: `${first.help} ${listed(others)} ${others.length === 1 ? 'needs' : 'need'} it too.` }];
  });
}

/** BIT5001 and BIT5002 begin with the name of the process; what is missing is the rest. */
function subject(diagnostic: Diagnostic): string {
  const { code, message, at } = diagnostic;
  if (code === 'BIT5001' || code === 'BIT5002') return `${code} ${message.replace(/^`[^`]*`/, '')}`;
  return JSON.stringify([code, message, at.source.name, at.start, at.end]);
}

const processOf = ({ message }: Diagnostic): string => /^`([^`]*)`/.exec(message)?.[1] ?? '';

const listed = (names: readonly string[]): string => alternatives(names).replace(' or ', ' and ');

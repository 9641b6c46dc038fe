import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { error, warning } from '../../diagnostics/make.ts';
import type { Span } from '../../diagnostics/span.ts';
import { capital, listed, meant, replacing, ticks } from './wording.ts';

export const nameErrors = {
  /** BIT2001. A name is used that nothing in scope defines. */
  unknownName: (
    at: Span,
    given: { readonly name: string; readonly candidates: readonly string[]; readonly where?: string },
  ): Diagnostic =>
    error('BIT2001', at, {
      message: `There is nothing called \`${given.name}\` here`,
      label: given.where ?? 'not defined in this file or its imports',
      ...meant(at, {
        word: given.name,
        candidates: given.candidates,
        otherwise:
          given.candidates.length === 0
            ? 'Define it with `let`.'
            : `Here are ${listed(ticks(given.candidates.slice(0, 8)))}.`,
      }),
    }),
  /** BIT2002. A call of something that is no process, workflow or function. */
  unknownProcess: (at: Span, given: { readonly name: string; readonly candidates: readonly string[] }): Diagnostic =>
    error('BIT2002', at, {
      message: `There is no process, workflow or function called \`${given.name}\` here`,
      label: 'not defined in this file or its imports',
      ...meant(at, {
        word: given.name,
        candidates: given.candidates,
        otherwise: 'Define it with `process`, or import it: `import { name } from "std/image"`.',
      }),
    }),
  unknownFunction: (at: Span, given: { readonly name: string; readonly candidates: readonly string[] }): Diagnostic =>
    error('BIT2002', at, {
      message: `There is no function called \`${given.name}\``,
      ...meant(at, {
        word: given.name,
        candidates: given.candidates,
        otherwise: `The functions are ${listed(given.candidates)}. Processes are called in a workflow only.`,
      }),
    }),
  /** BIT2003. The name exists, but it is another kind of thing. */
  wrongKind: (
    at: Span,
    given: { readonly name: string; readonly is: string; readonly wanted: string; readonly help: string },
  ): Diagnostic =>
    error('BIT2003', at, {
      message: `\`${given.name}\` is ${given.is}, and here stands ${given.wanted}`,
      help: given.help,
    }),
  /** BIT2004. Two things of one name in one place. */
  duplicate: (at: Span, given: { readonly what: string; readonly name: string; readonly first: Span }): Diagnostic =>
    error('BIT2004', at, {
      message: `There are two ${plural(given.what)} called \`${given.name}\``,
      label: 'the second one',
      related: [{ at: given.first, message: 'the first one' }],
      help: 'Rename one of them, or leave it out.',
    }),
  /** BIT2005. An inner name would hide an outer one. */
  hides: (at: Span, given: { readonly name: string; readonly what: string; readonly first?: Span }): Diagnostic =>
    error('BIT2005', at, {
      message: `\`${given.name}\` is already ${given.what}`,
      ...(given.first === undefined ? {} : { related: [{ at: given.first, message: 'defined here' }] }),
      help: 'Give it another name: one name means one thing.',
    }),
  /** BIT2006. A name in an expression over items that could be two things. */
  twoThings: (
    at: Span,
    given: {
      readonly name: string;
      readonly first: string;
      readonly second: string;
      readonly writes: readonly string[];
    },
  ): Diagnostic =>
    error('BIT2006', at, {
      message: `\`${given.name}\` could be ${given.first} or ${given.second}`,
      help: `Write ${listed(ticks(given.writes), 'or')}.`,
      fixes: given.writes
        .filter((text) => /^[\w.]+$/.test(text))
        .map((text) => ({ title: `Write \`${text}\``, edits: [{ at, text }] })),
    }),
  /** BIT2007. Definitions that need each other. */
  circular: (
    at: Span,
    given: { readonly what: string; readonly loop: readonly string[]; readonly related: readonly Span[] },
  ): Diagnostic =>
    error('BIT2007', at, {
      message: `${capital(given.what)} ${given.loop[0]} needs itself: ${given.loop.join(' → ')}`,
      related: given.related.map((span) => ({ at: span, message: 'on the way round' })),
      help: 'Data flows one way. Break the loop by giving one of them something else.',
    }),
  /** BIT2008. A name in the wrong form. */
  convention: (
    at: Span,
    given: { readonly what: string; readonly name: string; readonly better: string },
  ): Diagnostic =>
    warning('BIT2008', at, {
      message: `Names of ${given.what} are written \`${given.better}\``,
      help: `Rename \`${given.name}\` to \`${given.better}\`.`,
      ...replacing(at, given.better),
    }),
  /** BIT2009. Something that nothing uses. */
  unused: (at: Span, given: { readonly what: string; readonly name: string; readonly help: string }): Diagnostic =>
    warning('BIT2009', at, { message: `The ${given.what} \`${given.name}\` is never used`, help: given.help }),
  isUnused: (diagnostic: Diagnostic): boolean => diagnostic.code === 'BIT2009',
  /** BIT2010. A text whose holes cannot be read. */
  unreadableText: (at: Span, given: { readonly problem: string }): Diagnostic =>
    error('BIT2010', at, {
      message: `This text cannot be read: ${given.problem}`,
      help: 'Inside a text `{x}` puts a value in; write `\\{` for a brace, or `r"…"` for a text without either.',
    }),
  /** BIT2011. `params` where there are none. */
  noParams: (at: Span, given: { readonly problem: string; readonly help: string }): Diagnostic =>
    error('BIT2011', at, { message: given.problem, help: given.help }),
  /** BIT2012. A name that the language keeps for itself. */
  reserved: (at: Span, given: { readonly name: string; readonly what: string; readonly why: string }): Diagnostic =>
    error('BIT2012', at, {
      message: `${capital(given.what)} cannot be called \`${given.name}\``,
      help: `${given.why} Give it another name.`,
      fixes: replacing(at, `${given.name}_`).fixes,
    }),

  // -------------------------------------------------------------- patterns
  /** BIT2030. A pattern with a brace or bracket that is not closed, or with something unreadable inside. */
  badPattern: (at: Span, given: { readonly problem: string; readonly help: string }): Diagnostic =>
    error('BIT2030', at, { message: given.problem, help: given.help }),
  /** BIT2031. A capture of a type that captures do not have. */
  captureType: (at: Span, given: { readonly name: string; readonly type: string }): Diagnostic =>
    error('BIT2031', at, {
      message: `A capture cannot be \`${given.type}\``,
      ...meant(at, {
        word: given.type,
        candidates: ['Int', 'Float', 'Str'],
        otherwise: `Write \`{${given.name}}\` for any text, \`{${given.name}:Int}\`, \`{${given.name}:Float}\`, \`{${given.name}:**}\` across folders, or \`{${given.name}:r"[A-H]\\d+"}\`.`,
      }),
    }),
  /** BIT2032. One name captured in two ways. */
  captureTwice: (at: Span, given: { readonly name: string }): Diagnostic =>
    error('BIT2032', at, {
      message: `\`{${given.name}}\` stands twice in this pattern, with two types`,
      help: 'A name that stands twice must agree with itself: give both the same type.',
    }),
};

function plural(what: string): string {
  return what.endsWith('s') ? `${what}es` : what.endsWith('y') ? `${what.slice(0, -1)}ies` : `${what}s`;
}

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { error, warning } from '../../diagnostics/make.ts';
import type { Span } from '../../diagnostics/span.ts';
import type { ReadResult } from './source-host.ts';
import { listed, meant } from './wording.ts';

type WhyNot = Extract<ReadResult, { ok: false }>['why'];

const whyNot: Readonly<Record<WhyNot, string>> = {
  missing: 'is not there',
  folder: 'is a folder, not a file',
  denied: 'cannot be read: permission denied',
  binary: 'is not a text file',
};

export const moduleErrors = {
  /** BIT4001. The imported file cannot be read. */
  unreadable: (at: Span, given: { readonly path: string; readonly why: WhyNot }): Diagnostic =>
    error('BIT4001', at, {
      message: `\`${given.path}\` ${whyNot[given.why]}`,
      help: 'A path in an import starts from the folder of this file: `from "./background.bit"`.',
    }),
  /** BIT4002. No such module of the standard library. */
  unknownStandard: (at: Span, given: { readonly name: string; readonly modules: readonly string[] }): Diagnostic =>
    error('BIT4002', at, {
      message: `The standard library has no module \`${given.name}\``,
      ...meant(at, {
        word: given.name,
        candidates: given.modules,
        otherwise: `Its modules are ${listed(given.modules)}.`,
        write: (name) => JSON.stringify(name),
      }),
    }),
  /** BIT4003. The module has nothing of that name. */
  notInModule: (
    at: Span,
    given: { readonly name: string; readonly module: string; readonly exports: readonly string[] },
  ): Diagnostic =>
    error('BIT4003', at, {
      message: `\`${given.module}\` has nothing called \`${given.name}\``,
      ...meant(at, {
        word: given.name,
        candidates: given.exports,
        otherwise:
          given.exports.length === 0 ? 'It defines nothing that can be imported.' : `It has ${listed(given.exports)}.`,
      }),
    }),
  /** BIT4004. Files that import each other. */
  circular: (at: Span, given: { readonly loop: readonly string[] }): Diagnostic =>
    error('BIT4004', at, {
      message: `These files import each other: ${given.loop.join(' → ')}`,
      help: 'Move what both need into a third file.',
    }),
  /** BIT4005. Two things of one name come into a file. */
  clash: (at: Span, given: { readonly name: string; readonly first: Span; readonly what: string }): Diagnostic =>
    error('BIT4005', at, {
      message: `\`${given.name}\` is already ${given.what}`,
      related: [{ at: given.first, message: 'the other one' }],
      help: `Rename it where it comes in: \`import { ${given.name} as other_${given.name} } from …\`.`,
    }),
  /** BIT4006. An address that no import has. */
  badAddress: (at: Span, given: { readonly address: string }): Diagnostic =>
    error('BIT4006', at, {
      message: `\`${given.address}\` is not an address of a module`,
      help: 'Write `"std/image"` for the standard library, or a path that starts with `./` or `../`: `"./background.bit"`.',
    }),
  /** BIT4007. A part of the language that this version does not have yet. */
  notBuilt: (at: Span, given: { readonly what: string; readonly help: string }): Diagnostic =>
    error('BIT4007', at, { message: `${given.what} not built into this version yet`, help: given.help }),
  /** BIT4008. Tests are read and not run. */
  testsNotBuilt: (at: Span, _given: object): Diagnostic =>
    warning('BIT4008', at, {
      message: 'Tests in the language are not built into this version yet, so this one is not run',
      help: 'It may stay: its syntax is checked. Use `assert` in the workflow for checks that must hold in every run.',
    }),
  /** BIT4009. Another edition of the language. */
  edition: (at: Span, given: { readonly value: number }): Diagnostic =>
    error('BIT4009', at, {
      message: `This file is written in edition ${given.value}, and this version knows edition 1`,
      help: 'Write `edition 1`, or use a newer version.',
    }),
  /** BIT4010. The file has no workflow to run. */
  noWorkflow: (at: Span, given: { readonly name: string }): Diagnostic =>
    error('BIT4010', at, {
      message: `\`${given.name}\` has no workflow to run`,
      help: 'It is a library: other files import it. Add `workflow { … }`, or run the file that imports it.',
    }),
  /** BIT4011. A script or extra file that a process names is not there. */
  scriptFile: (at: Span, given: { readonly path: string; readonly why: WhyNot }): Diagnostic =>
    error('BIT4011', at, {
      message: `The script \`${given.path}\` ${whyNot[given.why]}`,
      help: 'The path starts from the folder of this file.',
    }),
};

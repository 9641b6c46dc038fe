import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { error } from '../../diagnostics/make.ts';
import type { Span } from '../../diagnostics/span.ts';
import { listed, meant, ticks } from '../names/wording.ts';
import type { TagType } from '../types/type.ts';
import { tagsText } from '../types/type-text.ts';

const flag = (name: string): string => `--${name.replaceAll('_', '-')}`;

/** What can be wrong with params and the arguments for them: BIT2401 to BIT2499. */
export const paramErrors = {
  /** BIT2401. No such param. */
  unknown: (
    at: Span,
    given: { readonly name: string; readonly params: readonly string[]; readonly isFlag: boolean },
  ): Diagnostic =>
    error('BIT2401', at, {
      message: given.isFlag
        ? `This pipeline has no param \`${flag(given.name)}\``
        : `There is no param called \`${given.name}\``,
      ...(given.isFlag
        ? {
            help: meant(at, {
              word: given.name,
              candidates: given.params,
              otherwise: paramsHelp(given.params.map(flag)),
            }).help.replace(/`(\w+)`/g, (_, name: string) => `\`${flag(name)}\``),
          }
        : meant(at, { word: given.name, candidates: given.params, otherwise: paramsHelp(given.params) })),
    }),
  /** BIT2402. A param without a value. */
  missing: (at: Span, given: { readonly name: string; readonly typeText: string }): Diagnostic =>
    error('BIT2402', at, {
      message: `The param \`${given.name}\` needs a value`,
      help: `Give it on the command line, \`${flag(given.name)} …\` (${given.typeText}), in a params file, or write a default.`,
    }),
  /** BIT2403. A param that is called like a flag of the command. */
  reserved: (at: Span, given: { readonly name: string }): Diagnostic =>
    error('BIT2403', at, {
      message: `A param cannot be called \`${given.name}\`: \`${flag(given.name)}\` is an option of \`bit run\``,
      help: 'Give the param another name.',
    }),
  /** BIT2404. A text that does not read as the param's type. */
  unreadable: (
    at: Span,
    given: { readonly name: string; readonly text: string; readonly typeText: string; readonly help: string },
  ): Diagnostic =>
    error('BIT2404', at, {
      message: `\`${flag(given.name)}\` is ${given.typeText}, and \`${given.text}\` cannot be read as one`,
      help: given.help,
    }),
  tooMany: (at: Span, given: { readonly name: string }): Diagnostic =>
    error('BIT2404', at, {
      message: `\`${flag(given.name)}\` is given twice, and it is one value`,
      help: 'Give it once. Only lists are given by repetition.',
    }),
  noText: (at: Span, given: { readonly name: string }): Diagnostic =>
    error('BIT2404', at, {
      message: `\`${flag(given.name)}\` needs a value`,
      help: `Write \`${flag(given.name)} VALUE\`.`,
    }),
  notNegatable: (at: Span, given: { readonly name: string }): Diagnostic =>
    error('BIT2404', at, {
      message: `\`--no-${flag(given.name).slice(2)}\` is for Bool params, and \`${given.name}\` is none`,
      help: `Write \`${flag(given.name)} VALUE\`.`,
    }),
  noRecord: (at: Span, given: { readonly name: string }): Diagnostic =>
    error('BIT2404', at, {
      message: `\`${flag(given.name)}\` cannot be given as a text`,
      help: 'Give it a default in the pipeline, or make each of its fields a param.',
    }),
  /** BIT2405. A dataset that lacks a tag which the param declares. */
  lacksTag: (
    at: Span,
    given: { readonly name: string; readonly tag: TagType; readonly tags: readonly TagType[] },
  ): Diagnostic => {
    const found = given.tags.find((one) => one.name === given.tag.name);
    const capture = `{${given.tag.name}${given.tag.kind === 'Str' ? '' : `:${given.tag.kind}`}}`;
    return error('BIT2405', at, {
      message:
        found === undefined
          ? `\`${given.name}\` needs the tag \`${given.tag.name}\`, which this does not give`
          : `\`${given.name}\` needs the tag \`${given.tag.name}\` as ${given.tag.kind}, and this gives ${found.kind}`,
      label: tagsText(given.tags),
      help:
        given.tag.kind === 'Bool'
          ? 'Read it from a sheet: `sheet("samples.csv", { … })`.'
          : `Capture it in the pattern: \`${capture}\`.`,
    });
  },
  /** BIT2406. Params that need each other. */
  circular: (at: Span, given: { readonly loop: readonly string[] }): Diagnostic =>
    error('BIT2406', at, {
      message: `The default of \`${given.loop[0]}\` needs itself: ${given.loop.join(' → ')}`,
      help: 'Write the value of one of them out.',
    }),
  /** BIT2407. A default that only the run knows. */
  notKnown: (at: Span, given: { readonly name: string }): Diagnostic =>
    error('BIT2407', at, {
      message: `The default of \`${given.name}\` must be known before the run`,
      help: 'Params are values, files and sources; compute in the workflow.',
    }),
  /** BIT2408. Two `params` blocks. */
  twoBlocks: (at: Span, given: { readonly first: Span }): Diagnostic =>
    error('BIT2408', at, {
      message: 'There are two `params` blocks',
      related: [{ at: given.first, message: 'the first one' }],
      help: 'Put all params into one block.',
    }),
};

const paramsHelp = (params: readonly string[]): string =>
  params.length === 0 ? 'It has no params.' : `Its params are ${listed(ticks(params))}.`;

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { error } from '../../diagnostics/make.ts';
import type { Span } from '../../diagnostics/span.ts';
import { capital, listed, meant, replacing, ticks } from '../names/wording.ts';
import type { TagType, Type } from '../types/type.ts';
import { tagsText, typeText } from '../types/type-text.ts';

const one = (type: Type): string => `${/^[AEIOU]/.test(typeText(type)) ? 'an' : 'a'} ${typeText(type)}`;
const declaredAt = (at: Span): Pick<Diagnostic, 'related'> => ({ related: [{ at, message: 'declared here' }] });

interface Side {
  readonly input: string;
  readonly tags: readonly TagType[];
}

/** What can be wrong with the arguments of a call: BIT3101 to BIT3199. */
export const argumentErrors = {
  /** BIT3101. Inputs that the call does not give. */
  missing: (
    at: Span,
    given: {
      readonly name: string;
      readonly missing: readonly { readonly name: string; readonly type: Type }[];
      readonly callee: Span;
    },
  ): Diagnostic =>
    error('BIT3101', at, {
      message: `\`${given.name}\` is called without ${listed(given.missing.map((input) => `\`${input.name}\``))}`,
      help: `Give ${listed(given.missing.map((input) => `\`${input.name}: …\` (${typeText(input.type)})`))}.`,
    }),
  /** BIT3102. An argument that the process does not have. */
  unknown: (
    at: Span,
    given: {
      readonly name: string;
      readonly input: string;
      readonly open: readonly string[];
      readonly all: readonly string[];
    },
  ): Diagnostic =>
    error('BIT3102', at, {
      message: `\`${given.name}\` has no input \`${given.input}\``,
      ...meant(at, {
        word: given.input,
        candidates: given.open,
        otherwise: given.all.length === 0 ? 'It has no inputs.' : `Its inputs are ${listed(ticks(given.all))}.`,
      }),
    }),
  twice: (at: Span, given: { readonly name: string; readonly input: string; readonly first: Span }): Diagnostic =>
    error('BIT3102', at, {
      message: `The input \`${given.input}\` of \`${given.name}\` is given twice`,
      related: [{ at: given.first, message: 'the first time' }],
      help: 'Leave one of them out.',
    }),
  notNamed: (
    at: Span,
    given: { readonly name: string; readonly open: readonly string[]; readonly none: boolean },
  ): Diagnostic =>
    error('BIT3102', at, {
      message: given.none ? `\`${given.name}\` takes no arguments` : 'Only the first argument goes without its name',
      help:
        given.open.length === 0
          ? 'Leave it out.'
          : `Write which input it is: ${listed(
              given.open.map((name) => `\`${name}: …\``),
              'or',
            )}.`,
    }),
  /** BIT3103. A list is asked for, and each item is one. */
  wantsList: (
    at: Span,
    given: {
      readonly where: string;
      readonly asked: Type;
      readonly of: Type;
      readonly tags: readonly TagType[];
      readonly declared: Span;
    },
  ): Diagnostic => {
    const tag = given.tags[0]?.name ?? 'cell';
    return error('BIT3103', at, {
      message: `${capital(given.where)} is a list, ${typeText(given.asked)}, and these items are ${one(given.of)} each`,
      ...declaredAt(given.declared),
      help:
        given.tags.length > 1
          ? `Say which items make one list: \`group by (${tag})\`, or \`collect(…)\` for all of them in one.`
          : 'Put all of them in one list with `collect(…)`, or say which make one with `group by (…)`.',
    });
  },
  givesList: (
    at: Span,
    given: { readonly where: string; readonly asked: Type; readonly of: Type; readonly declared: Span },
  ): Diagnostic =>
    error('BIT3104', at, {
      message: `${capital(given.where)} is one ${typeText(given.asked)}, and these items are lists, ${typeText(given.of)}`,
      ...declaredAt(given.declared),
      help: 'Give the dataset before it was grouped, or make the input a list.',
    }),
  /** BIT3105. The items are records, and one of their fields is meant. */
  givesRecord: (
    at: Span,
    given: {
      readonly where: string;
      readonly asked: Type;
      readonly of: Type;
      readonly fitting: readonly string[];
      readonly declared: Span;
    },
  ): Diagnostic => {
    const names =
      given.fitting.length > 0
        ? given.fitting
        : given.of.kind === 'record'
          ? given.of.fields.map((field) => field.name)
          : [];
    return error('BIT3105', at, {
      message: `${capital(given.where)} is ${one(given.asked)}, and these items are records`,
      label: typeText(given.of),
      ...declaredAt(given.declared),
      help: `Name the one that is meant: ${listed(
        names.map((name) => `\`.${name}\``),
        'or',
      )}.`,
      ...(given.fitting.length === 1
        ? {
            fixes: [
              {
                title: `Add \`.${given.fitting[0]}\``,
                edits: [{ at: { ...at, start: at.end }, text: `.${given.fitting[0]}` }],
              },
            ],
          }
        : {}),
    });
  },
  /** BIT3106. Tags that do not contain each other. */
  noCommonTags: (
    at: Span,
    given: { readonly name: string; readonly first: Side; readonly second: Side },
  ): Diagnostic => {
    const shared = given.first.tags
      .filter((tag) => given.second.tags.some((other) => other.name === tag.name))
      .map((tag) => tag.name);
    return error('BIT3106', at, {
      message: `Nothing says which items of \`${given.second.input}\` belong to which of \`${given.first.input}\``,
      label: `${tagsText(given.second.tags)}, and \`${given.first.input}\` has ${tagsText(given.first.tags)}`,
      help:
        shared.length === 0
          ? `They share no tag. For every pair, write \`${given.first.input} cross ${given.second.input}\` first and pass its fields.`
          : `One must have all tags of the other. Write \`join(${given.first.input}: …, ${given.second.input}: …, on: (${shared.join(', ')}))\` first and pass its fields, or \`untag\` what is too much.`,
    });
  },
  /** BIT3107. `each` on an input whose name is a tag already. */
  eachTagTaken: (at: Span, given: { readonly tag: string }): Diagnostic =>
    error('BIT3107', at, {
      message: `\`each\` adds the tag \`${given.tag}\`, and these items have one already`,
      help: `Rename the tag before: \`tag { other_${given.tag}: ${given.tag} } untag (${given.tag})\`.`,
    }),
  /** BIT3108. Tags that are not matched. */
  floatMatched: (
    at: Span,
    given: { readonly tag: string; readonly name: string; readonly tags: readonly string[] },
  ): Diagnostic =>
    error('BIT3108', at, {
      message: `The tag \`${given.tag}\` is a Float, and Floats are not matched by themselves`,
      help: `If equal numbers belong together, say so: \`${given.name}(…) matching (${given.tags.join(', ')})\`. Else make it a text or \`untag\` it.`,
    }),
  digestMatched: (at: Span, given: { readonly first: string; readonly second: string }): Diagnostic =>
    error('BIT3108', at, {
      message: `\`${given.first}\` and \`${given.second}\` come from an unordered source, whose items cannot be matched`,
      help: 'Give the items tags that tell them apart: capture them in the pattern, `files("data/{name}.tif")`, and leave `unordered` out.',
    }),
  /** BIT3109. `matching` says something else than what is shared. */
  matchingUnknown: (at: Span, given: { readonly tag: string; readonly shared: readonly string[] }): Diagnostic =>
    error('BIT3109', at, {
      message: `The arguments do not share a tag \`${given.tag}\``,
      ...meant(at, {
        word: given.tag,
        candidates: given.shared,
        otherwise: given.shared.length === 0 ? 'They share none.' : `They share ${listed(ticks(given.shared))}.`,
      }),
    }),
  matchingMore: (
    at: Span,
    given: { readonly unsaid: readonly string[]; readonly said: readonly string[] },
  ): Diagnostic =>
    error('BIT3109', at, {
      message: `The arguments also share ${listed(ticks(given.unsaid))}`,
      help: `Write \`matching (${[...given.said, ...given.unsaid].join(', ')})\` if that is meant, or \`untag (${given.unsaid.join(', ')})\` on one side.`,
    }),
  /** BIT3110. The script uses a tag that the items do not have. */
  usesMissingTag: (
    at: Span,
    given: { readonly name: string; readonly tag: string; readonly tags: readonly TagType[]; readonly input?: string },
  ): Diagnostic =>
    error('BIT3110', at, {
      message: `\`${given.name}\` uses the tag \`${given.tag}\`, which ${given.input === undefined ? 'the items of this call' : `the elements of \`${given.input}\``} do not have`,
      label: `has ${tagsText(given.tags)}`,
      help: `Add it before the call: \`tag { ${given.tag}: … }\`.`,
    }),
  /** BIT3112. One item, matched by tags that only itself has. */
  oneItemMatched: (
    at: Span,
    given: {
      readonly input: string;
      readonly tags: readonly string[];
      readonly isAll: boolean;
      readonly written: string;
    },
  ): Diagnostic => {
    const fix = given.isAll ? `single(${given.written})` : `(${given.written}) untag (${given.tags.join(', ')})`;
    return error('BIT3112', at, {
      message: `\`${given.input}\` keeps ${listed(ticks(given.tags))}, so it would only be matched with the items it was picked from`,
      help: `Write \`${fix}\` to give it to ${given.isAll ? 'every task' : 'all items of its group'}.`,
      ...replacing(at, fix),
    });
  },
  /** BIT3111. A `many` output adds a tag that is there already. */
  manyTagTaken: (
    at: Span,
    given: { readonly name: string; readonly output: string; readonly tag: string; readonly declared: Span },
  ): Diagnostic =>
    error('BIT3111', at, {
      message: `The items of \`${given.output}\` would have the tag \`${given.tag}\` twice`,
      related: [{ at: given.declared, message: `\`${given.name}\` adds it here` }],
      help: `Rename the tag before the call: \`tag { other_${given.tag}: ${given.tag} } untag (${given.tag})\`.`,
    }),
};

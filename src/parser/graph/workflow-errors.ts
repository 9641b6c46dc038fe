import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { error } from '../../diagnostics/make.ts';
import type { Span } from '../../diagnostics/span.ts';
import { capital, listed, meant, sliceOf, ticks } from '../names/wording.ts';
import type { TagType, Type } from '../types/type.ts';
import { tagsText, typeText } from '../types/type-text.ts';

/** What can be wrong in the statements and signatures of workflows: BIT3201 to BIT3299. */
export const workflowErrors = {
  /** BIT3201. `matching` or `after` on something that is no call. */
  clauseOfCall: (at: Span, _given: object): Diagnostic =>
    error('BIT3201', at, {
      message: '`matching` and `after` belong to a call of a process',
      help: 'Write them directly behind it: `correct(image: images, flat: flats) matching (plate)`.',
    }),
  /** BIT3202. Something called that cannot be. */
  notCallable: (at: Span, _given: object): Diagnostic =>
    error('BIT3202', at, {
      message: 'Only processes, workflows and functions are called',
      help: 'Write `name(…)`, or `module.name(…)` after `import * as module from "…"`.',
    }),
  /** BIT3203. Branches with different tags that only the run decides. */
  branchTags: (
    at: Span,
    given: { readonly first: readonly TagType[]; readonly second: readonly TagType[] },
  ): Diagnostic =>
    error('BIT3203', at, {
      message: `The branches have different tags, ${tagsText(given.first)} and ${tagsText(given.second)}`,
      help: 'Where the tags differ, params alone must decide. Else give both the same tags with `tag` and `untag`.',
    }),
  /** BIT3204. An `if` statement that only the run decides. */
  testNotKnown: (at: Span, _given: object): Diagnostic =>
    error('BIT3204', at, {
      message: 'The test of this `if` is not known before the run',
      help: 'Test params, or the `count` of a source. What tasks make is tested item by item with `where`, or with `if … then … else …` as a value.',
    }),
  /** BIT3205. Arguments of a sub-workflow. */
  missingInput: (
    at: Span,
    given: { readonly workflow: string; readonly input: string; readonly type: Span },
  ): Diagnostic =>
    error('BIT3101', at, {
      message: `\`${given.workflow}\` is called without \`${given.input}\``,
      help: `Give \`${given.input}: …\` (${sliceOf(given.type)}).`,
    }),
  eachOfWorkflow: (at: Span, given: { readonly input: string }): Diagnostic =>
    error('BIT3205', at, {
      message: '`each` works on processes, and this is a workflow',
      help: `Declare \`${given.input}\` as a dataset in its signature and pass \`values([…])\`, or put the \`each\` on the process inside.`,
    }),
  wantsValue: (
    at: Span,
    given: { readonly where: string; readonly declared: Span; readonly tags: readonly TagType[] },
  ): Diagnostic =>
    error('BIT3206', at, {
      message: `${capital(given.where)} is one value, and this is a dataset of many items`,
      label: `has the tags ${tagsText(given.tags)}`,
      related: [{ at: given.declared, message: 'declared here' }],
      help: `Declare it as \`Dataset<${sliceOf(given.declared)}>\`, or pass one value: \`single(…)\`.`,
    }),
  lacksTag: (
    at: Span,
    given: { readonly where: string; readonly tag: string; readonly kind: string; readonly tags: readonly TagType[] },
  ): Diagnostic =>
    error('BIT3207', at, {
      message: `${capital(given.where)} needs the tag \`${given.tag}\`, which these items do not have`,
      label: `has ${tagsText(given.tags)}`,
      help: `Capture it in the source, \`{${given.tag}${given.kind === 'Str' ? '' : `:${given.kind}`}}\`, or add it with \`tag { ${given.tag}: … }\`.`,
    }),
  tagOfOtherType: (
    at: Span,
    given: { readonly where: string; readonly tag: string; readonly asked: string; readonly found: string },
  ): Diagnostic =>
    error('BIT3207', at, {
      message: `${capital(given.where)} needs the tag \`${given.tag}\` as ${given.asked}, and here it is ${given.found}`,
      help:
        given.asked === 'Str'
          ? `Leave the type out of the capture, \`{${given.tag}}\`.`
          : `Capture it with its type: \`{${given.tag}:${given.asked}}\`.`,
    }),
  /** BIT3208. `emit` and signatures. */
  unknownEmit: (at: Span, given: { readonly name: string; readonly outputs: readonly string[] }): Diagnostic =>
    error('BIT3208', at, {
      message: `The signature has no output \`${given.name}\``,
      ...meant(at, {
        word: given.name,
        candidates: given.outputs,
        otherwise:
          given.outputs.length === 0
            ? `Declare it: \`-> { ${given.name}: Dataset<Image> }\`.`
            : `Its outputs are ${listed(ticks(given.outputs))}.`,
      }),
    }),
  neverEmitted: (at: Span, given: { readonly workflow: string; readonly output: string }): Diagnostic =>
    error('BIT3208', at, {
      message: `\`${given.workflow}\` never gives its output \`${given.output}\``,
      help: `Add \`emit ${given.output} = …\` to its body.`,
    }),
  emittedInOne: (at: Span, given: { readonly name: string }): Diagnostic =>
    error('BIT3208', at, {
      message: `\`${given.name}\` is emitted in one branch only`,
      help: 'Emit it in both, or write `emit x = if … then … else …`.',
    }),
  emitInEntry: (at: Span, _given: object): Diagnostic =>
    error('BIT3208', at, {
      message: 'The workflow that is run emits nothing: nothing calls it',
      help: 'Write `publish … to "…"`.',
    }),
  entrySignature: (at: Span, _given: object): Diagnostic =>
    error('BIT3209', at, {
      message: 'The workflow that is run has no inputs and outputs of its own',
      help: 'Its inputs are `params { … }`, its outputs what it publishes. Give the workflow a name if others call it.',
    }),
  twoEntries: (at: Span, given: { readonly first: Span }): Diagnostic =>
    error('BIT3209', at, {
      message: 'There are two workflows without a name',
      related: [{ at: given.first, message: 'the first one' }],
      help: 'One is run; give the other a name and call it.',
    }),
  /** BIT3210. `expect` outside a test. */
  expectHere: (at: Span, _given: object): Diagnostic =>
    error('BIT3210', at, {
      message: '`expect` stands in tests only',
      help: 'In a workflow, write `assert test, "message"`.',
    }),
  /** BIT3220. `publish` of something without a file. */
  publishRecord: (at: Span, given: { readonly of: Type; readonly fields: readonly string[] }): Diagnostic =>
    error('BIT3220', at, {
      message: 'These items are records, and one file is published per item',
      label: typeText(given.of),
      help:
        given.fields.length === 0
          ? 'None of the fields is a file; make a table of them with `table(…)`.'
          : `Name the field: ${listed(
              given.fields.map((field) => `\`.${field}\``),
              'or',
            )}.`,
      ...(given.fields.length === 1
        ? {
            fixes: [
              {
                title: `Add \`.${given.fields[0]}\``,
                edits: [{ at: { ...at, start: at.end }, text: `.${given.fields[0]}` }],
              },
            ],
          }
        : {}),
    }),
  publishScalar: (at: Span, given: { readonly of: Type }): Diagnostic =>
    error('BIT3220', at, {
      message: `Files are published, and these items are ${typeText(given.of)}`,
      help: 'Make a table of them: `publish table(…) to "summary.csv"`.',
    }),
  /** BIT3221. A path that cannot be. */
  publishPath: (at: Span, given: { readonly problem: string }): Diagnostic =>
    error('BIT3221', at, {
      message: given.problem,
      help: 'Write a path in the output directory, with the tags that tell the items apart: `"masks/{cell}_t{time:04}.tif"`.',
    }),
  publishField: (at: Span, given: { readonly name: string }): Diagnostic =>
    error('BIT3221', at, {
      message: `\`${given.name}\` is only known when its task has run, so it cannot be in a path`,
      help: `Make it a tag first: \`tag { label: ${given.name} }\`, and write \`{label}\`.`,
    }),
  /** BIT3222. A path that does not tell the items apart. */
  publishSame: (at: Span, given: { readonly missing: readonly string[]; readonly suggestion: string }): Diagnostic =>
    error('BIT3222', at, {
      message: `Items that differ only in ${listed(ticks(given.missing))} would be published to one path`,
      help: `Show ${given.missing.length === 1 ? 'it' : 'them'} in the path, \`"${given.suggestion}"\`, or drop ${given.missing.length === 1 ? 'it' : 'them'} with \`untag\`.`,
      fixes: [{ title: 'Show the missing tags', edits: [{ at, text: `"${given.suggestion}"` }] }],
    }),
  publishList: (at: Span, given: { readonly suggestion: string }): Diagnostic =>
    error('BIT3222', at, {
      message: 'Each item is a list of files, and all of a list would be published to one path',
      help: `Number them: \`"${given.suggestion}"\`.`,
      fixes: [{ title: 'Number the files', edits: [{ at, text: `"${given.suggestion}"` }] }],
    }),
  publishTwice: (at: Span, given: { readonly path: string; readonly first: Span }): Diagnostic =>
    error('BIT3223', at, {
      message: `\`${given.path}\` is published by two statements`,
      related: [{ at: given.first, message: 'the other one' }],
      help: 'Give each a path of its own. Upper and lower case count as the same.',
    }),
  publishName: (at: Span, given: { readonly name: string; readonly first: Span }): Diagnostic =>
    error('BIT3224', at, {
      message: `Two results would be called \`${given.name}\` in the run database`,
      related: [{ at: given.first, message: 'the other one' }],
      help: `Name one of them: \`publish … to "…" as other_${given.name.replace(/\W/g, '_')}\`.`,
    }),
  /** BIT3230. `assert`. */
  assertOfTwo: (at: Span, given: { readonly first: Span }): Diagnostic =>
    error('BIT3230', at, {
      message: 'An `assert` is about the items of one dataset, and here are two',
      related: [{ at: given.first, message: 'the other one' }],
      help: 'Bring them together first: `join(a: …, b: …, on: (cell))`, and assert over that.',
    }),
  assertMessage: (at: Span, _given: object): Diagnostic =>
    error('BIT3230', at, {
      message: 'The message of an `assert` is a text',
      help: 'Write `assert count(tracks) > 0, "no track was found"`.',
    }),
};

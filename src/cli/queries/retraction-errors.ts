import type { Diagnostic, Explanation } from '../../diagnostics/diagnostic.ts';
import { error } from '../../diagnostics/make.ts';
import type { Span } from '../../diagnostics/span.ts';
import { alternatives, didYouMean } from '../../diagnostics/suggest.ts';

/** What can be wrong with `bit retract` and `bit impact`: BIT532x. All exit 2. */
export const retractionErrors = {
  /** BIT5320. */
  noReason: (at: Span, command: { readonly example: string }): Diagnostic =>
    error('BIT5320', at, {
      message: 'A retraction needs a reason',
      help: `Whoever meets it later reads it: \`${command.example}\``,
    }),

  /** BIT5321. */
  notATool: (at: Span, wrong: { readonly text: string; readonly known: readonly string[] }): Diagnostic =>
    error('BIT5321', at, {
      message: `\`${wrong.text}\` is not a tool with its version`,
      help:
        wrong.known.length > 0
          ? `Results of this store were made with ${alternatives(wrong.known)}.`
          : 'Write `NAME==VERSION`, as environments list it: `cellpose==4.0.1`.',
    }),

  /** BIT5322. */
  nothingNamed: (at: Span): Diagnostic =>
    error('BIT5322', at, {
      message: 'Nothing is named that could be retracted',
      help: 'Name an experiment and a condition, `bit retract screen \'cell == "A3"\'`, an item or a file, or a `--tool` or an `--environment`.',
    }),

  /** BIT5322. */
  noEnvironment: (at: Span): Diagnostic =>
    error('BIT5322', at, {
      message: 'No environment is named: this word is empty',
      help: 'Name it as `bit show TASK` does, or as `bit env list` does.',
    }),

  /** BIT5323. */
  noCondition: (at: Span, named: { readonly experiment: string }): Diagnostic =>
    error('BIT5323', at, {
      message: `Which items of \`${named.experiment}\` are meant is not said`,
      help: `Add a condition: \`bit retract ${named.experiment} 'cell == "A3"' --reason "…"\`; \`true\` means all of them.`,
    }),

  /** BIT5324. */
  twoThings: (at: Span): Diagnostic =>
    error('BIT5324', at, {
      message: 'Items are not retracted together with tools or environments',
      help: 'Use one command for each, with a reason of its own.',
    }),

  /** BIT5325. */
  unknownPart: (at: Span, wrong: { readonly text: string; readonly experiments: readonly string[] }): Diagnostic =>
    error('BIT5325', at, {
      message: `\`${wrong.text}\` is no experiment, no run and no place where anything was published`,
      help: didYouMean(
        wrong.text,
        wrong.experiments,
        '`bit datasets` lists the experiments, `bit log` the runs; without a name, `bit impact` shows everything.',
      ),
    }),
} as const;

export const retractionExplanations: readonly Explanation[] = [
  {
    code: 'BIT5320',
    title: 'A retraction without a reason',
    text: 'What is retracted is marked wherever it shows: in `bit find`, `bit show`, `bit lineage` and `bit impact`, in everything that was made of it, for years. `--reason "out of focus"` tells whoever meets the mark what is wrong. Taking a retraction back, with `--restore`, needs no reason.',
  },
  {
    code: 'BIT5321',
    title: 'A tool without its version',
    text: 'A tool is retracted in one version, written `cellpose==4.0.1`, as virtual environments list it. `bit show TASK` prints which versions a task ran with: the lines of `environment.pip` and `environment.conda`, the modules, and the programs and interpreters with the version that they tell. What is inside a container is not known; retract the container, with `--environment`.',
  },
  {
    code: 'BIT5322',
    title: 'Nothing is named that could be retracted',
    text: '`bit retract` takes an experiment and a condition over its items (`bit retract screen \'cell == "A3"\'`), or items by name (`screen/raw/A3.tif`), files and digests, or `--tool NAME==VERSION`, or `--environment NAME`.',
  },
  {
    code: 'BIT5323',
    title: 'An experiment without a condition',
    text: 'An experiment alone would mean all of its items, which is rarely meant. The condition after it is the one of `bit find`; `true` means all.',
  },
  {
    code: 'BIT5324',
    title: 'Items together with tools or environments',
    text: 'One retraction has one reason and is undone as a whole. Items on one side and tools or environments on the other are two retractions.',
  },
  {
    code: 'BIT5325',
    title: 'Nothing is known by this name',
    text: '`bit impact` can be narrowed to experiments, runs (the id or its beginning, the name, or `latest`), and files or folders where results are published. To ask what depends on something, use `--of FILE`, `--tool NAME==VERSION` or `--environment NAME`.',
  },
];

import type { Diagnostic, Explanation } from '../diagnostics/diagnostic.ts';
import { error, warning } from '../diagnostics/make.ts';
import type { Span } from '../diagnostics/span.ts';
import { alternatives, didYouMean } from '../diagnostics/suggest.ts';
import { shellWord } from './shell-word.ts';
import type { CommandLine, Operand, Verb } from './verb.ts';

/** What can be wrong with a command or a settings file: BIT59xx. All exit 2. */
export const usageErrors = {
  /** BIT5901. */
  unknownVerb: (at: Span, wrong: { readonly text: string; readonly verbs: readonly string[] }): Diagnostic =>
    error('BIT5901', at, {
      message: wrong.text.endsWith('.bit')
        ? `\`${wrong.text}\` is a pipeline, not a verb`
        : `There is no verb \`${wrong.text}\``,
      help: wrong.text.endsWith('.bit')
        ? `Say what to do with it: \`bit run ${wrong.text}\``
        : didYouMean(wrong.text, wrong.verbs, '`bit help` lists them.'),
    }),

  /** BIT5902. */
  unknownFlag: (
    at: Span,
    wrong: { readonly text: string; readonly verb: string; readonly flags: readonly string[] },
  ): Diagnostic => {
    const name = wrong.text.replace(/^-+/, '').replace(/=.*$/s, '');
    return error('BIT5902', at, {
      message: `\`bit ${wrong.verb}\` has no flag \`${wrong.text.replace(/=.*$/s, '')}\``,
      help: didYouMean(
        `--${name}`,
        wrong.flags.map((flag) => `--${flag}`),
        `\`bit ${wrong.verb} --help\` lists its flags.`,
      ),
    });
  },

  /** BIT5903. */
  missingOperand: (line: CommandLine, missing: { readonly verb: Verb; readonly operand: Operand }): Diagnostic => {
    const end = line.source.text.length;
    return error(
      'BIT5903',
      { source: line.source, start: end, end },
      {
        message: `\`bit ${missing.verb.name}\` needs ${missing.operand.name}: ${missing.operand.help}`,
        help: `For example: \`${missing.verb.examples[0]?.[0] ?? `bit ${missing.verb.name} ${missing.operand.name}`}\``,
      },
    );
  },

  /** BIT5903. */
  extraOperand: (at: Span, extra: { readonly verb: Verb; readonly text: string }): Diagnostic =>
    error('BIT5903', at, {
      message: `\`bit ${extra.verb.name}\` does not know what to do with \`${extra.text}\``,
      help: `For example: \`${extra.verb.examples[0]?.[0] ?? `bit ${extra.verb.name}`}\``,
    }),

  /** BIT5903. */
  noPipeline: (at: Span, missing: { readonly example: string }): Diagnostic =>
    error('BIT5903', at, { message: 'No pipeline is named', help: `Name a \`.bit\` file: \`${missing.example}\`` }),

  /** BIT5903. */
  extraWord: (at: Span, extra: { readonly text: string }): Diagnostic =>
    error('BIT5903', at, {
      message: `\`${extra.text}\` belongs to no flag and is not the pipeline`,
      help: 'A flag takes one word: quote a value with spaces, and repeat the flag for a list.',
    }),

  /** BIT5904. */
  missingValue: (
    at: Span,
    wrong: { readonly name: string; readonly value: string; readonly choices?: readonly string[] },
  ): Diagnostic => {
    const { name, choices = [] } = wrong;
    return error('BIT5904', at, {
      message: `\`--${name}\` needs a value`,
      help:
        choices[0] === undefined
          ? `Write \`--${name} ${wrong.value}\`.`
          : `Write \`--${name} ${shellWord(choices[0])}\`${choices.length === 1 ? '.' : `; it is ${alternatives(choices)}.`}`,
    });
  },

  /** BIT5904. */
  valueOfSwitch: (at: Span, wrong: { readonly name: string; readonly off?: string }): Diagnostic =>
    error('BIT5904', at, {
      message: `\`--${wrong.name}\` takes no value`,
      help:
        wrong.off === undefined
          ? `Write \`--${wrong.name}\` to switch it on, or leave it out.`
          : `Write \`--${wrong.name}\` or \`--${wrong.off}\`.`,
    }),

  /** BIT5904. */
  reservedName: (at: Span, wrong: { readonly name: string; readonly why: string }): Diagnostic =>
    error('BIT5904', at, {
      message: `A run cannot have the name \`${wrong.name}\`: ${wrong.why}`,
      help: 'Choose another, for example `--name night-2`.',
    }),

  /** BIT5903. */
  together: (at: Span, wrong: { readonly flags: readonly [string, string]; readonly help: string }): Diagnostic =>
    error('BIT5903', at, {
      message: `\`${wrong.flags[0]}\` and \`${wrong.flags[1]}\` cannot be given together`,
      help: wrong.help,
    }),

  /** BIT5903. */
  emptyPath: (at: Span, missing: { readonly example: string }): Diagnostic =>
    error('BIT5903', at, {
      message: 'No file is named: this word is empty',
      help: `For example: \`${missing.example}\``,
    }),

  /** BIT5904. */
  notAChoice: (
    at: Span,
    wrong: { readonly name: string; readonly text: string; readonly choices: readonly string[] },
  ): Diagnostic =>
    error('BIT5904', at, {
      message: `\`--${wrong.name}\` cannot be \`${wrong.text}\``,
      help: didYouMean(wrong.text, wrong.choices, `It is ${alternatives(wrong.choices)}.`),
    }),

  /** BIT5904. */
  operandNotAChoice: (
    at: Span,
    wrong: { readonly name: string; readonly text: string; readonly choices: readonly string[] },
  ): Diagnostic =>
    error('BIT5904', at, {
      message: `${wrong.name} cannot be \`${wrong.text}\``,
      help: didYouMean(wrong.text, wrong.choices, `It is ${alternatives(wrong.choices)}.`),
    }),

  /** BIT5904. */
  notACount: (at: Span, wrong: { readonly name: string; readonly text: string }): Diagnostic =>
    error('BIT5904', at, {
      message: `\`--${wrong.name}\` is a whole number, not \`${wrong.text}\``,
      help: `For example \`--${wrong.name} 4\`.`,
    }),

  /** BIT5904. `example` shows the form: `8 GB`, `30d`. */
  badValue: (
    at: Span,
    wrong: { readonly what: string; readonly text: string; readonly expected: string; readonly example: string },
  ): Diagnostic =>
    error('BIT5904', at, {
      message: `\`${wrong.what}\` is ${wrong.expected}, not \`${wrong.text}\``,
      help: `For example \`${wrong.example}\`.`,
    }),

  /** BIT5905. */
  noSuchFile: (
    at: Span,
    wrong: { readonly path: string; readonly what: string; readonly why: 'missing' | 'folder' | 'denied' | 'not-text' },
  ): Diagnostic => {
    const { message, help } = {
      missing: {
        message: `There is no ${wrong.what} \`${wrong.path}\``,
        help: 'Paths on the command line are relative to the folder you are in.',
      },
      folder: { message: `\`${wrong.path}\` is a folder, not a ${wrong.what}`, help: 'Name a file in it.' },
      denied: { message: `\`${wrong.path}\` may not be read`, help: 'Ask its owner for the right to read it.' },
      'not-text': {
        message: `\`${wrong.path}\` is not a text, so it is no ${wrong.what}`,
        help: 'Name a text file in UTF-8.',
      },
    }[wrong.why];
    return error('BIT5905', at, { message, help });
  },

  /** BIT5906. */
  unknownSetting: (
    at: Span,
    wrong: { readonly key: string; readonly known: readonly string[]; readonly help?: string },
  ): Diagnostic =>
    warning('BIT5906', at, {
      message: `There is no setting \`${wrong.key}\`; it is not used`,
      help: didYouMean(wrong.key, wrong.known, wrong.help ?? '`bit config` lists the settings.'),
    }),

  /** BIT5906. `table` as in the file: `process.segment`. */
  unknownProcessSetting: (
    at: Span,
    wrong: {
      readonly table: string;
      readonly key: string;
      readonly known: readonly string[];
      readonly instead?: string;
    },
  ): Diagnostic =>
    warning('BIT5906', at, {
      message: `\`[${wrong.table}]\` has no setting \`${wrong.key}\`; it is not used`,
      help:
        wrong.instead === undefined
          ? didYouMean(wrong.key, wrong.known, `It may have ${alternatives(wrong.known)}.`)
          : `Did you mean \`${wrong.instead}\`?`,
    }),

  /** BIT5911. */
  unusedTable: (
    at: Span,
    wrong: { readonly table: 'process' | 'label'; readonly name: string; readonly known: readonly string[] },
  ): Diagnostic =>
    warning('BIT5911', at, {
      message:
        wrong.table === 'process'
          ? `This pipeline has no process \`${wrong.name}\`, so what is set for it is not used`
          : `No process of this pipeline has the label \`${wrong.name}\`, so what is set for it is not used`,
      help: didYouMean(
        wrong.name,
        wrong.known,
        wrong.known.length === 0
          ? `It has no ${wrong.table === 'process' ? 'processes' : 'labels'} at all.`
          : `It has ${alternatives(wrong.known)}.`,
      ),
    }),

  /** BIT5907. */
  badSettingsFile: (at: Span, wrong: { readonly name: string; readonly why: string }): Diagnostic =>
    error('BIT5907', at, {
      message: `${wrong.name} is not valid: ${wrong.why}`,
      help: 'Put it right, or take the file away.',
    }),

  /** BIT5908. */
  unknownProfile: (at: Span, wrong: { readonly name: string; readonly known: readonly string[] }): Diagnostic =>
    error('BIT5908', at, {
      message: `There is no profile \`${wrong.name}\``,
      help: didYouMean(
        wrong.name,
        wrong.known,
        wrong.known.length > 0
          ? `The settings files have ${alternatives(wrong.known)}.`
          : `Write \`[profile.${wrong.name}]\` into bit.toml beside the pipeline.`,
      ),
    }),

  /** BIT5909. */
  unknownName: (
    at: Span,
    wrong: { readonly what: string; readonly text: string; readonly known: readonly string[] },
  ): Diagnostic =>
    error('BIT5909', at, {
      message: `There is no ${wrong.what} \`${wrong.text}\` in this pipeline`,
      help: didYouMean(
        wrong.text,
        wrong.known,
        wrong.known.length > 0 ? `It has ${alternatives(wrong.known)}.` : 'It calls no process at all.',
      ),
    }),

  /** BIT5910. */
  unknownCode: (at: Span, wrong: { readonly text: string; readonly known: readonly string[] }): Diagnostic =>
    error('BIT5910', at, {
      message: `No message has the code \`${wrong.text}\``,
      help: didYouMean(wrong.text, wrong.known, '`bit explain` lists them.'),
    }),
} as const;

export const usageExplanations: readonly Explanation[] = [
  {
    code: 'BIT5901',
    title: 'There is no such verb',
    text: 'The first word after `bit` says what to do: `bit run cells.bit`, `bit check cells.bit`. `bit help` lists all of them.',
  },
  {
    code: 'BIT5902',
    title: 'The verb has no such flag',
    text: 'Each verb has its own flags, listed by `bit VERB --help`. `run` and `plan` also take a flag for each param of the pipeline; `bit run FILE --help` lists those.',
  },
  {
    code: 'BIT5903',
    title: 'Too few or too many words',
    text: "The verb needs a file, a run or a path that was not given, or was given one more than it can use. A value with spaces needs quotes: `--angle '30 deg'`.",
  },
  {
    code: 'BIT5904',
    title: 'A flag or a setting has a value that it cannot have',
    text: 'Sizes are written with their unit (`8 GB`), durations too (`30 min`), counts as whole numbers; where there are only a few choices the message lists them. The message underlines the value, on the command line or in the settings file.',
  },
  {
    code: 'BIT5905',
    title: 'A file named on the command line cannot be read',
    text: 'Paths on the command line are relative to the folder you are in; paths inside a `.bit` file are relative to that file.',
  },
  {
    code: 'BIT5906',
    title: 'A settings file names a setting that does not exist',
    text: 'Settings are read from /etc/bitflow.toml, your own bitflow/config.toml, bit.toml beside the pipeline, the profile, `BIT_…` variables and flags. A name that is none of the settings is most often a misspelling, so it is said, and ignored. `bit config` lists all settings with their values and where each comes from.',
  },
  {
    code: 'BIT5907',
    title: 'A settings file cannot be read',
    text: 'Settings files and `--params` files are TOML (params files may be JSON too). The message points at the place where reading stopped.',
  },
  {
    code: 'BIT5908',
    title: 'There is no such profile',
    text: 'A profile is a group of settings under a name, written as `[profile.cluster]` in a settings file and chosen with `--profile cluster` or `BIT_PROFILE`.',
  },
  {
    code: 'BIT5909',
    title: 'The pipeline has no such process or call',
    text: '`--only` and `--fresh` take the name of a process that the pipeline calls, or the name of one call (the `let` it stands in). `bit plan FILE` shows both.',
  },
  {
    code: 'BIT5910',
    title: 'No message has that code',
    text: 'Messages have codes like BIT2004, shown in front of them; the letters may be left out. `bit explain` lists all of them.',
  },
  {
    code: 'BIT5911',
    title: 'Settings for a process or a label that the pipeline does not have',
    text: '`[process.segment]` and `[label.heavy]` in a settings file hold for the process of that name and for processes that carry that label (`label heavy` in the `.bit` file). The name is most often misspelt, or the process was renamed. Nothing is said where another `.bit` file in the same folder has it, nor of settings files that many pipelines share: those in /etc and in your home.',
  },
];

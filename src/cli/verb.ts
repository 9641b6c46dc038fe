import type { Source, Span } from '../diagnostics/span.ts';
import type { ColorChoice, Terminal } from './terminal.ts';

/**
 * What people type after `bit`. One file per verb in `src/cli/verbs/`, exporting `verb`, made with `defineVerb`; the table in
 * `src/cli/verbs.ts` loads it when it is asked for. Usage, `--help`, completion and parsing come from this declaration.
 */
export interface Verb {
  readonly name: string;
  /** One line, for `bit help`. */
  readonly summary: string;
  /** Paragraphs for `--help`, where the summary does not say it all. */
  readonly details?: string;
  readonly operands: readonly Operand[];
  readonly flags: Flags;
  /** Whole commands, each with what it does: `['bit gc --dry-run', 'what could be freed']`. At least one. */
  readonly examples: readonly (readonly [command: string, does: string])[];
  /** `run` and `plan` take flags that the pipeline declares; they get every flag that is not declared here, unread. */
  readonly openFlags?: boolean;
  /**
   * Resolves to the exit status of cli.md. Throws `CommandProblem` for what is wrong in the user's world and `StoreProblem` where
   * the store is; anything else thrown is our bug and exits 70.
   */
  run(invocation: Invocation<Flags>): Promise<number>;
}

export interface Operand {
  /** As shown: `FILE`, `RUN`. */
  readonly name: string;
  readonly how: 'required' | 'optional' | 'some' | 'any';
  readonly help: string;
  /** The only words it may be. */
  readonly choices?: readonly string[];
  /** What completion offers. */
  readonly complete?: 'pipeline' | 'file' | 'folder' | readonly string[];
}

export type Flags = Readonly<Record<string, Flag>>;

/** Named in kebab-case. `value` is shown in `--help`: `--keep 30d|N`. */
export type Flag =
  | {
      readonly kind: 'switch';
      readonly help: string;
      readonly short?: string;
      /** What switches it off, of those that can be. */
      readonly off?: string;
    }
  | {
      readonly kind: 'text';
      readonly value: string;
      readonly help: string;
      readonly short?: string;
      readonly choices?: readonly string[];
      /** What completion offers where it may be something else too, which the verb judges. */
      readonly offers?: readonly string[];
    }
  | {
      readonly kind: 'list';
      readonly value: string;
      readonly help: string;
      readonly short?: string;
      /** For messages: what a value may be is judged elsewhere. */
      readonly examples?: readonly string[];
    }
  | { readonly kind: 'count'; readonly value: string; readonly help: string; readonly short?: string };

export type FlagValues<F extends Flags> = {
  readonly [Name in keyof F]: F[Name] extends { readonly kind: 'switch' }
    ? boolean
    : F[Name] extends { readonly kind: 'list' }
      ? readonly string[]
      : F[Name] extends { readonly kind: 'count' }
        ? number | undefined
        : F[Name] extends { readonly choices: readonly (infer Choice)[] }
          ? Choice | undefined
          : string | undefined;
};

/** What every command has around it. */
export interface Surroundings {
  readonly global: GlobalFlags;
  readonly terminal: Terminal;
  /** Where the user stands; absolute. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where `--profile` stands on the command line. */
  readonly profilePlace: Span | undefined;
}

export interface Invocation<F extends Flags> extends Surroundings {
  /** The verb's name, for messages. */
  readonly verb: string;
  /** Checked against `operands`: the required ones are there, and no more than declared. */
  readonly operands: readonly string[];
  readonly flags: FlagValues<F>;
  /** Where a flag's values stand on the command line, for messages; empty where it was not given. */
  places(flag: keyof F & string): readonly Span[];
  readonly operandPlaces: readonly Span[];
  /** `--help` was asked for: seen by `openFlags` verbs alone, the others have it answered. */
  readonly help: boolean;
  /** Every word after the verb, for `openFlags` verbs, which read them again with the pipeline's params; else empty. */
  readonly rest: readonly Word[];
  readonly commandLine: CommandLine;
}

export interface GlobalFlags {
  /** One JSON document on stdout instead of text. */
  readonly json: boolean;
  /** `--store`, as typed. `existingStore` and `storeFor` in store-folder.ts say what it comes to. */
  readonly store: string | undefined;
  readonly profile: string | undefined;
  readonly color: ColorChoice | undefined;
  /** No progress and no summary; what went wrong is still said. */
  readonly quiet: boolean;
}

/** The words after `bit`, as one text that diagnostics can point into. */
export interface CommandLine {
  readonly source: Source;
  readonly words: readonly Word[];
}

export interface Word {
  readonly text: string;
  /** Offsets in the command line's source. */
  readonly start: number;
  readonly end: number;
}

/** Types `invocation.flags` by the flags that are declared. */
export function defineVerb<const F extends Flags>(
  definition: Omit<Verb, 'flags' | 'run'> & { readonly flags: F; run(invocation: Invocation<F>): Promise<number> },
): Verb {
  // The parser fills in a value of the declared kind for every declared flag, so the narrower type is what `run` is given.
  return definition as unknown as Verb;
}

/** Taken by every verb. */
export const globalFlags = {
  json: { kind: 'switch', help: 'print one JSON document (docs/json.md)' },
  color: { kind: 'text', value: 'WHEN', choices: ['auto', 'always', 'never'], help: 'colours: auto, always or never' },
  store: { kind: 'text', value: 'DIR', help: 'the store; the nearest .bit/ upwards unless said' },
  profile: { kind: 'text', value: 'NAME', help: 'settings from [profile.NAME] of bit.toml' },
  quiet: { kind: 'switch', short: 'q', help: 'say only what went wrong' },
  help: { kind: 'switch', short: 'h', help: 'show this' },
} as const satisfies Flags;

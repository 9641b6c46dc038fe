import type { IRecognitionException } from 'chevrotain';
import { Token, tokenTypes } from './tokens.ts';

/** The rules that read one entry of a block. */
export type EntryRule =
  | 'item'
  | 'field'
  | 'outputField'
  | 'section'
  | 'statement'
  | 'entry'
  | 'schemaField'
  | 'importedName';

/** Where the grammar stopped, and what it was reading. */
export interface Stop {
  /** The token that does not fit; undefined where the entry ends too early. */
  readonly token: Token | undefined;
  /** The one token that was needed, in words; undefined where several would do. */
  readonly expected: string | undefined;
  /** The rules that were being read, innermost last. */
  readonly ruleStack: readonly string[];
}

export function stopOf(error: IRecognitionException): Stop {
  return {
    token: error.token instanceof Token ? error.token : undefined,
    expected: error.name === 'MismatchedTokenException' ? labels.get(error.message) : undefined,
    ruleStack: error.context.ruleStack,
  };
}

const labels = new Map(tokenTypes.map((type) => [type.name, type.LABEL ?? type.name]));

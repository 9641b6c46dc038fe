import { isNativeError } from 'node:util/types';
import { createContext, Script } from 'node:vm';

/** A regular expression, or a pattern with one in it, that tries so many ways through a text that no one can wait for it: `(a+)+b`. */
export class RegexTooSlow extends Error {
  readonly regex: string;
  constructor(regex: string) {
    super(`The regular expression \`${regex}\` takes too long: it tries too many ways through some text`);
    this.name = 'RegexTooSlow';
    this.regex = regex;
  }
}

/** Many times what a million texts take with an expression that is well made. */
const MOST_MILLISECONDS = 10_000;

const script = new Script('match()');

/**
 * What matching gives, which is ended where it takes too long: throws `RegexTooSlow`. While an expression is at work nothing else is, not even what stops a
 * program; only the virtual machine can end it. Give it all texts in one go: entering it takes longer than a match.
 */
export function matchInTime<T>(regex: string, match: () => T): T {
  try {
    return script.runInContext(createContext({ match }), { timeout: MOST_MILLISECONDS });
  } catch (error) {
    // It is an error of the other realm, and so no instance of ours.
    if (isNativeError(error) && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
      throw new RegexTooSlow(regex);
    throw error;
  }
}

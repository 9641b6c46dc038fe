import { isNativeError } from 'node:util/types';
import { createContext, Script } from 'node:vm';

/** A regular expression that tries so many ways through a text that no one can wait for it: `(a+)+b`. */
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

// While an expression is at work nothing else is, not even what stops a program: only the virtual machine can end it. All texts in one go, since entering it takes longer than a match.
const matching = new Script('texts.map((text) => regex.exec(text))');
const testing = new Script('texts.filter((text) => regex.test(text))');

/** The match of each text, `null` where there is none. Throws `RegexTooSlow`. The expression is not global. */
export const matchesInTime = (regex: RegExp, texts: readonly string[]): readonly (RegExpExecArray | null)[] =>
  inTime<readonly (RegExpExecArray | null)[]>(matching, regex, texts);

/** The texts that it matches. Throws `RegexTooSlow`. The expression is not global. */
export const matchedInTime = (regex: RegExp, texts: readonly string[]): readonly string[] =>
  inTime<readonly string[]>(testing, regex, texts);

function inTime<T>(script: Script, regex: RegExp, texts: readonly string[]): T {
  try {
    return script.runInContext(createContext({ regex, texts }), { timeout: MOST_MILLISECONDS });
  } catch (error) {
    // It is an error of the other realm, and so no instance of ours.
    if (isNativeError(error) && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
      throw new RegexTooSlow(regex.source);
    throw error;
  }
}

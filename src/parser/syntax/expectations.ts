import type { IParserErrorMessageProvider } from 'chevrotain';

/**
 * Chevrotain asks for a sentence where only the expected token is known. The words are found later, with the whole entry in view
 * (`explain-mistake.ts`), so what is kept here is the name of the token that was expected.
 */
export const expectations: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected }) => expected.name,
  buildNotAllInputParsedMessage: () => '',
  buildNoViableAltMessage: () => '',
  buildEarlyExitMessage: () => '',
};

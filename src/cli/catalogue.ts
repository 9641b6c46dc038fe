import { catalogue } from '../diagnostics/catalogue.ts';
import { explanations as syntax } from '../parser/syntax/syntax-errors.ts';

/** The long form of every code, for `bit explain` and SARIF; a phase with a catalogue of its own adds a line. */
export const explanations = catalogue([syntax]);

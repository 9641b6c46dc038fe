import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Span } from '../../diagnostics/span.ts';
import type { Author, Experiment, TagKey } from '../../engine/ports/catalog.ts';
import { isoDate } from '../annotate/iso-date.ts';
import { checkedAuthor, readAuthor } from './author-text.ts';
import { experimentErrors } from './experiment-errors.ts';
import { type KeySaid, keyOf, readKeyText } from './key-text.ts';
import { licenceOf } from './licence.ts';

/** What a command or a file says of an experiment. What is absent stays as it was; an empty text takes the field away. */
export interface ExperimentSaid {
  readonly title?: string;
  /** All of them: a line each, or part by part. */
  readonly authors?: readonly (string | Author)[];
  readonly date?: string;
  readonly description?: string;
  readonly licence?: string;
  readonly funding?: readonly string[];
  /** As `--key` takes them, or part by part. */
  readonly keys?: readonly (string | KeySaid)[];
  /** Whether keys that are not said go: a file is whole, a flag adds. */
  readonly otherKeys: 'stay' | 'go';
  readonly dropKeys: readonly string[];
}

export type SaidField = 'title' | 'author' | 'date' | 'description' | 'licence' | 'funding' | 'key' | 'drop-key';

/** The record as it will be, and everything that is wrong with what was said; `at` gives the place of the n-th saying about a field. */
export function changedExperiment(
  before: Experiment,
  said: ExperimentSaid,
  { at }: { readonly at: (field: SaidField, index: number) => Span },
): { readonly experiment: Experiment; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const authors = said.authors === undefined ? before.authors : authorsOf(said.authors, { at, diagnostics });
  const title = text(said.title, before.title);
  const description = text(said.description, before.description);
  const date = dateOf(text(said.date, before.date), { at, diagnostics });
  const licence = said.licence === undefined ? before.licence : licenceText(said.licence, { at, diagnostics });
  const funding = said.funding?.map((one) => one.trim()).filter((one) => one !== '') ?? before.funding;
  const keys = keysOf(before.keys, said, { at, diagnostics });
  return {
    experiment: {
      name: before.name,
      ...(title !== undefined && { title }),
      authors,
      ...(date !== undefined && { date }),
      ...(description !== undefined && { description }),
      ...(licence !== undefined && { licence }),
      funding,
      keys,
      ...(before.extra !== undefined && { extra: before.extra }),
    },
    diagnostics,
  };
}

/** Why an experiment or a dataset cannot be called so; `undefined` where it can: names stand in commands and in paths like `screen/raw/A3.tif`. */
export function experimentNameProblem(name: string): string | undefined {
  if (name.trim() === '') return 'it is empty';
  if (name !== name.trim()) return 'a blank stands at its beginning or end';
  if (name.includes('/')) return '`/` parts an experiment from its datasets';
  if (/[\p{Cc}\u2028\u2029]/u.test(name)) return 'it has characters that cannot be seen';
  if (name.startsWith('-')) return 'what begins with `-` is a flag';
  if ([...name].length > MOST_CHARACTERS) return `it is longer than ${MOST_CHARACTERS} characters`;
  if (!/^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._-]*$/u.test(name))
    return 'it may hold letters, digits, spaces and `. _ -`, and begins with a letter or a digit';
  return undefined;
}

const MOST_CHARACTERS = 200;

interface Finding {
  readonly at: (field: SaidField, index: number) => Span;
  readonly diagnostics: Diagnostic[];
}

const text = (said: string | undefined, before: string | undefined): string | undefined => {
  const own = said === undefined ? before : said.trim().normalize('NFC');
  return own === '' ? undefined : own;
};

function authorsOf(said: readonly (string | Author)[], { at, diagnostics }: Finding): readonly Author[] {
  return said.flatMap((one, index): readonly Author[] => {
    if (typeof one === 'string' && one.trim() === '') return [];
    const read = typeof one === 'string' ? readAuthor(one) : checkedAuthor(one);
    if (read.how === 'read') return [read.author];
    const shown = typeof one === 'string' ? one : one.name;
    diagnostics.push(experimentErrors.badAuthor(at('author', index), { text: shown, problem: read.problem }));
    return [];
  });
}

function dateOf(date: string | undefined, { at, diagnostics }: Finding): string | undefined {
  if (date === undefined) return undefined;
  const iso = isoDate(date, { short: 'refused' });
  if (iso === undefined) diagnostics.push(experimentErrors.badDate(at('date', 0), { text: date }));
  return iso;
}

function licenceText(said: string, { at, diagnostics }: Finding): string | undefined {
  if (said.trim() === '') return undefined;
  const found = licenceOf(said);
  if (found.how === 'unknown') diagnostics.push(experimentErrors.unknownLicence(at('licence', 0), found));
  return found.licence;
}

function keysOf(before: readonly TagKey[], said: ExperimentSaid, { at, diagnostics }: Finding): readonly TagKey[] {
  const keys = new Map(said.otherKeys === 'go' && said.keys !== undefined ? [] : before.map((key) => [key.name, key]));
  const told = new Set<string>();
  for (const [index, one] of (said.keys ?? []).entries()) {
    const refuse = (name: string, wrong: { readonly problem: string; readonly help: string }): void => {
      diagnostics.push(experimentErrors.badKey(at('key', index), { name, ...wrong }));
    };
    const read = typeof one === 'string' ? readKeyText(one) : one;
    if ('problem' in read) {
      refuse(typeof one === 'string' ? one : one.name, read);
      continue;
    }
    if (told.has(read.name)) refuse(read.name, { problem: 'is said twice', help: 'Say all of it in one place.' });
    told.add(read.name);
    const made = keyOf(read, keys.get(read.name));
    if (made.how === 'read') keys.set(read.name, made.key);
    else refuse(read.name, made);
  }
  for (const [index, name] of said.dropKeys.entries()) {
    if (told.has(name))
      diagnostics.push(
        experimentErrors.badKey(at('drop-key', index), {
          name,
          problem: 'is to be declared and to be dropped',
          help: 'Leave one of the two out.',
        }),
      );
    else if (!keys.delete(name))
      diagnostics.push(
        experimentErrors.noSuchKey(at('drop-key', index), { name, known: before.map((key) => key.name) }),
      );
  }
  return [...keys.values()];
}

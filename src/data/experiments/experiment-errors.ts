import type { Diagnostic, Explanation } from '../../diagnostics/diagnostic.ts';
import { error, warning } from '../../diagnostics/make.ts';
import type { Span } from '../../diagnostics/span.ts';
import { alternatives, didYouMean } from '../../diagnostics/suggest.ts';
import type { TagKey } from '../../engine/ports/catalog.ts';
import type { TagValue } from '../../engine/ports/value.ts';
import { counted, quoted, someOf } from '../annotate/problem-list.ts';

/** What can be wrong with the record of an experiment: BIT5353 to BIT5358. All exit 2. */
export const experimentErrors = {
  /** BIT5353. */
  badAuthor: (at: Span, wrong: { readonly text: string; readonly problem: string }): Diagnostic =>
    error('BIT5353', at, {
      message: `The author ${quoted(wrong.text)} ${wrong.problem}`,
      help: 'Write `Ada Lovelace <ada@example.org> (0000-0002-1825-0097) [University of London]`; all but the name may be left out.',
    }),

  /** BIT5354. */
  badDate: (at: Span, wrong: { readonly text: string }): Diagnostic =>
    error('BIT5354', at, {
      message: `${quoted(wrong.text)} is no date`,
      help: 'Write `2026-02-28`, or `2026-02-28T14:05:00` with `Z` or `+01:00` at its end where the zone is known.',
    }),

  /** BIT5354, too. */
  badName: (at: Span, wrong: { readonly text: string; readonly why: string }): Diagnostic =>
    error('BIT5354', at, {
      message: `No experiment can be called ${quoted(wrong.text)}: ${wrong.why}`,
      help: 'Letters, digits, blanks inside, `-` and `_` will do: `screen-2026`. What is said at length is its `--title`.',
    }),

  /** BIT5355. */
  unknownLicence: (at: Span, wrong: { readonly licence: string; readonly near: readonly string[] }): Diagnostic =>
    warning('BIT5355', at, {
      message: `The licence ${quoted(wrong.licence)} is none of the usual ones; it is kept as it is`,
      help:
        wrong.near.length > 0
          ? `Did you mean ${alternatives(wrong.near)}?`
          : 'Write its SPDX identifier, `CC-BY-4.0` or `CC0-1.0`, or its address.',
    }),

  /** BIT5356. */
  badKey: (at: Span, wrong: { readonly name: string; readonly problem: string; readonly help: string }): Diagnostic =>
    error('BIT5356', at, { message: `The key ${quoted(wrong.name)} ${wrong.problem}`, help: wrong.help }),

  /** BIT5356, too. */
  noSuchKey: (at: Span, wrong: { readonly name: string; readonly known: readonly string[] }): Diagnostic =>
    error('BIT5356', at, {
      message: `There is no key ${quoted(wrong.name)} to drop`,
      help: didYouMean(
        wrong.name,
        wrong.known,
        wrong.known.length === 0 ? 'The experiment has none.' : `There are ${alternatives(wrong.known)}.`,
      ),
    }),

  /** BIT5357. */
  valuesDoNotFit: (
    at: Span,
    wrong: {
      readonly experiment: string;
      readonly key: TagKey;
      readonly all: readonly { readonly path: string; readonly value: TagValue }[];
    },
  ): Diagnostic => {
    const { key, all } = wrong;
    const allowed = key.values === undefined ? '' : ` among ${someOf(key.values.map(String), { most: 10 })}`;
    return error('BIT5357', at, {
      message: `\`${key.name}\` cannot become ${key.type}${key.unit === undefined ? '' : ` in ${key.unit}`}${allowed}: ${counted(all.length, 'item has', 'items have')} another value: ${someOf(
        all.map(({ path, value }) => `${JSON.stringify(value)} (${path})`),
        { most: 20 },
      )}`,
      help: `Correct them first: \`bit annotate ${wrong.experiment} '${key.name} == ${JSON.stringify(all[0]?.value ?? '').replaceAll("'", '')}' --set ${key.name}=…\``,
    });
  },

  /** BIT5357, too. */
  unitChanges: (
    at: Span,
    wrong: { readonly key: TagKey; readonly from: string; readonly items: number; readonly isKnown: boolean },
  ): Diagnostic => {
    const { key, from, items, isKnown } = wrong;
    const keep = `\`--numbers keep\` if they were in ${key.unit} all along`;
    return error('BIT5357', at, {
      message: `${counted(items, 'item has', 'items have')} \`${key.name}\` in ${from}, not in ${key.unit}`,
      help: isKnown
        ? `Say what becomes of their numbers: \`--numbers convert\`, or ${keep}.`
        : `${from} cannot be converted to ${key.unit}. Say ${keep}.`,
    });
  },

  /** BIT5357, too. */
  keyInUse: (
    at: Span,
    wrong: { readonly experiment: string; readonly name: string; readonly items: number },
  ): Diagnostic =>
    error('BIT5357', at, {
      message: `The key \`${wrong.name}\` cannot be dropped: ${counted(wrong.items, 'item has', 'items have')} it`,
      help: `Take it away from them first: \`bit annotate ${wrong.experiment} --unset ${wrong.name}\``,
    }),

  /** BIT5358. */
  badFile: (at: Span, wrong: { readonly name: string; readonly why: string; readonly help: string }): Diagnostic =>
    error('BIT5358', at, { message: `${wrong.name} ${wrong.why}`, help: wrong.help }),
} as const;

export const experimentExplanations: readonly Explanation[] = [
  {
    code: 'BIT5353',
    title: 'An author cannot be read',
    text: 'An author is written as `Ada Lovelace <ada@example.org> (0000-0002-1825-0097) [University of London]`: name, address, ORCID iD and affiliation, of which only the name is needed. The last character of an ORCID iD is a check digit, so that one that was mistyped is noticed.',
  },
  {
    code: 'BIT5354',
    title: 'A date or a name of an experiment cannot be',
    text: 'Dates are written as `2026-02-28` or `2026-02-28T14:05:00`. The name of an experiment stands in front of those of its datasets, `screen/raw`, on command lines and in `catalog("screen")`; so it holds no `/`, no line end, and does not begin with `-`.',
  },
  {
    code: 'BIT5355',
    title: 'A licence that is not known',
    text: 'Licences are written with their SPDX identifier, so that programs know them: `CC-BY-4.0`, not `CC BY 4.0`; or as an address. Another text is kept as it is: this is a warning.',
  },
  {
    code: 'BIT5356',
    title: 'A key cannot be read',
    text: 'A key is written as `dose:Float unit=um term=NCIT:C25488 values=1,2,3 "what was given"`: name, type (`Str`, `Int`, `Float`, `Bool` or `Date`), unit of numbers, ontology term, allowed values, description. Of a key that is there already, only what is said changes; `unit=` takes the unit away.',
  },
  {
    code: 'BIT5357',
    title: 'Items do not fit a key as it would be',
    text: 'A key holds for all items of an experiment. Where its type, its unit or its allowed values change, the values that items have are read again; what cannot be read is listed, and nothing changes. A new unit leaves open whether the numbers are to be converted or were in that unit all along: `--numbers convert` or `--numbers keep` says which.',
  },
  {
    code: 'BIT5358',
    title: 'A file about an experiment cannot be read',
    text: 'The file of `--from` is TOML, as `bit experiment NAME --to-toml` prints it. It is the whole record: what is not in it goes, keys included.',
  },
];

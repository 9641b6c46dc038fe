import type { ExperimentSaid, SaidField } from '../../data/experiments/changed-experiment.ts';
import type { Span } from '../../diagnostics/span.ts';
import type { FlagValues } from '../verb.ts';

/** The record of an experiment, field by field, as flags. */
export const experimentFlags = {
  title: { kind: 'text', value: 'TEXT', help: 'one line about it' },
  author: {
    kind: 'list',
    value: 'AUTHOR',
    help: '`Ada Lovelace <ada@x.org> (0000-0002-1825-0097) [University]`; replaces all',
  },
  date: { kind: 'text', value: 'DATE', help: '`2026-11-24`' },
  description: { kind: 'text', value: 'TEXT', help: 'what was done, at length' },
  licence: { kind: 'text', value: 'SPDX|URL', help: '`CC-BY-4.0`, or an address' },
  funding: { kind: 'list', value: 'TEXT', help: 'who paid for it; replaces all' },
  key: {
    kind: 'list',
    value: 'KEY',
    help: '`dose:Float unit=um term=NCIT:C25488 values=1,2,3 "description"`; others stay',
  },
  'drop-key': { kind: 'list', value: 'NAME', help: 'a key that no item has' },
} as const;

/** What the flags say, or nothing where none was given. */
export function saidByFlags(
  flags: FlagValues<typeof experimentFlags>,
  places: (flag: SaidField) => readonly Span[],
): ExperimentSaid | undefined {
  const fields = Object.keys(experimentFlags) as readonly SaidField[];
  if (fields.every((field) => places(field).length === 0)) return undefined;
  const { title, date, description, licence, author, funding, key } = flags;
  return {
    ...(title !== undefined && { title }),
    ...(date !== undefined && { date }),
    ...(description !== undefined && { description }),
    ...(licence !== undefined && { licence }),
    ...(author.length > 0 && { authors: author }),
    ...(funding.length > 0 && { funding }),
    ...(key.length > 0 && { keys: key }),
    otherKeys: 'stay',
    dropKeys: flags['drop-key'],
  };
}

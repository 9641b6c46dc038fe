import { authorText } from '../../data/experiments/author-text.ts';
import { keyText } from '../../data/experiments/key-text.ts';
import type { Experiment } from '../../engine/ports/catalog.ts';

/** A field of the record that is another than before; lists one by one. */
export interface RecordChange {
  /** `title`, `key dose`. */
  readonly field: string;
  readonly was: string | null;
  readonly becomes: string | null;
}

export function recordChanges(before: Experiment, after: Experiment): readonly RecordChange[] {
  const changes: RecordChange[] = [];
  const compare = (field: string, was: string | undefined, becomes: string | undefined): void => {
    if (was !== becomes) changes.push({ field, was: was ?? null, becomes: becomes ?? null });
  };
  const listed = (texts: readonly string[]): string | undefined => (texts.length === 0 ? undefined : texts.join('; '));
  compare('title', before.title, after.title);
  compare('authors', listed(before.authors.map(authorText)), listed(after.authors.map(authorText)));
  compare('date', before.date, after.date);
  compare('licence', before.licence, after.licence);
  compare('funding', listed(before.funding), listed(after.funding));
  compare('description', before.description, after.description);
  const names = new Set([...before.keys, ...after.keys].map(({ name }) => name));
  const text = ({ keys }: Experiment, name: string): string | undefined => {
    const key = keys.find((one) => one.name === name);
    return key && keyText(key);
  };
  for (const name of names) compare(`key ${name}`, text(before, name), text(after, name));
  return changes;
}

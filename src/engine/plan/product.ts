import type { TagType } from '../../parser/index.ts';
import { type Change, type Entry, lossOf, type Site } from './entry.ts';
import type { TagSlots } from './tag-key.ts';

/** Every combination of one item from each of several datasets, as they come. */
export interface Product {
  start(): void;
  /** The combinations that a change of one part is news for. New ones were given to `add` and are not among them. */
  changed(factor: number, entry: Entry, change: Change): readonly Entry[];
  tagsOf(parts: readonly Entry[]): TagSlots;
  /** No combination can come any more, and none can turn out not to exist. */
  readonly isComplete: boolean;
}

export interface ProductOptions {
  /** How many datasets. */
  readonly slots: readonly unknown[];
  readonly tags: readonly TagType[];
  readonly types: readonly (readonly TagType[])[];
  readonly site: Site;
  /** Makes the entry of a combination. */
  readonly add: (parts: readonly Entry[]) => Entry;
}

/** What the datasets hold open is held open here by an entry for each. */
export function product({ slots, tags, types, site, add }: ProductOptions): Product {
  const factors = slots.map(() => ({ members: [] as Entry[], own: [] as (Entry | Entry[] | undefined)[] }));
  const unsure = new Set<Entry>();
  // Where each tag comes from: `[factor, position]`.
  const places = tags.map((tag) => {
    const factor = types.findIndex((of) => of.some((one) => one.name === tag.name));
    return { factor, position: types[factor]?.findIndex((one) => one.name === tag.name) ?? -1 };
  });
  const isSame =
    types.length === 1 &&
    types[0]?.length === tags.length &&
    places.every((place, i) => place.factor === 0 && place.position === i);

  const tagsOf = (parts: readonly (Entry | undefined)[]): TagSlots =>
    isSame ? (parts[0]?.tags ?? []) : places.map(({ factor, position }) => parts[factor]?.tags[position]);

  function combine(factor: number, entry: Entry): void {
    if (factors.length === 1) {
      link(0, entry, add([entry]));
      return;
    }
    const parts: Entry[] = [];
    const fill = (at: number): void => {
      if (at === factors.length) {
        const made = add([...parts]);
        for (const [i, part] of parts.entries()) link(i, part, made);
        return;
      }
      const choices = at === factor ? [entry] : (factors[at]?.members ?? []);
      for (const choice of choices) {
        if (choice.state === 'gone') continue;
        parts[at] = choice;
        fill(at + 1);
      }
    };
    fill(0);
  }

  function link(factor: number, part: Entry, made: Entry): void {
    const own = factors[factor]?.own;
    if (own === undefined) return;
    const known = own[part.index];
    if (known === undefined) own[part.index] = made;
    else if (Array.isArray(known)) known.push(made);
    else own[part.index] = [known, made];
  }

  return {
    start() {
      if (factors.length === 0) add([]);
    },
    changed(factor, entry, change) {
      const place = factors[factor];
      if (place === undefined) return [];
      if (change === 'added') {
        if (entry.isOpen || !entry.isCertain) unsure.add(entry);
        if (entry.isOpen) {
          const parts = factors.map((_, i) => (i === factor ? entry : undefined));
          const isCertain = entry.isCertain && factors.length === 1;
          place.own[entry.index] = site.open({ tags: tagsOf(parts), isCertain, from: entry, rank: undefined });
        } else {
          combine(factor, entry);
          if (factors.length > 1) place.members.push(entry);
        }
        return [];
      }
      if (change === 'settled' || !entry.isOpen) unsure.delete(entry);
      const known = place.own[entry.index];
      if (entry.isOpen) {
        if (known !== undefined && !Array.isArray(known)) followOpen(entry, known, change);
        return [];
      }
      return known === undefined ? [] : Array.isArray(known) ? known : [known];
    },
    tagsOf,
    get isComplete() {
      return unsure.size === 0;
    },
  };

  function followOpen(entry: Entry, own: Entry, change: Change): void {
    if (change === 'certain') {
      if (factors.length === 1) site.makeCertain(own);
    } else if (entry.state === 'gone') {
      site.gone(own);
    } else {
      site.lose(own, lossOf(entry));
    }
  }
}

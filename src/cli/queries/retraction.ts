import type { CatalogItem, Retraction } from '../../engine/ports/catalog.ts';
import { readTool, type Store, sameTool } from '../../store/index.ts';
import { asDigest } from '../../util/brand.ts';
import { resolveContent } from './resolve.ts';
import { selectItems } from './select-items.ts';

/** What one command retracts or takes back. */
export interface Wanted {
  /** For the change: the experiment that was named, or that all items belong to; `''` where it is about no single one. */
  readonly experiment: string;
  readonly subjects: readonly Pick<Retraction, 'kind' | 'subject'>[];
  /** Items with such content, also those that were not named. */
  readonly items: readonly CatalogItem[];
}

/** Items of an experiment that meet a condition. */
export async function wantedByCondition(
  store: Store,
  asked: {
    readonly experiment: string;
    readonly dataset?: string;
    readonly condition: string;
    readonly restores: boolean;
  },
): Promise<Wanted> {
  const { experiment, restores } = asked;
  const found = await selectItems(store, { ...asked, retracted: restores ? 'only' : 'with' });
  return {
    experiment,
    ...(await byContent(
      store,
      found.map(({ digest }) => digest),
    )),
  };
}

/** Items, files and digests by name. */
export async function wantedByName(store: Store, names: readonly string[], folder: string): Promise<Wanted> {
  const digests: string[] = [];
  for (const name of names) digests.push((await resolveContent(store, name, folder)).digest);
  const { subjects, items } = await byContent(store, digests);
  const experiments = new Set(items.map(({ experiment }) => experiment));
  const [only = ''] = experiments.size === 1 ? experiments : [];
  return { experiment: only, subjects, items };
}

async function byContent(store: Store, digests: readonly string[]): Promise<Pick<Wanted, 'subjects' | 'items'>> {
  const subjects = [...new Set(digests)];
  return {
    subjects: subjects.map((subject) => ({ kind: 'content', subject })),
    items: await store.catalog.itemsOf(subjects.map(asDigest)),
  };
}

/** Of these, what is not retracted yet, or, to take it back, what is: as it stands in the store. */
export async function standing(
  store: Store,
  subjects: Wanted['subjects'],
  options: { readonly restores: boolean },
): Promise<Wanted['subjects']> {
  const retracted = await store.catalog.retractions();
  const contents = new Set(retracted.flatMap(({ kind, subject }) => (kind === 'content' ? [subject] : [])));
  const others = retracted.filter(({ kind }) => kind !== 'content');
  return subjects.flatMap((wanted) => {
    const known =
      wanted.kind === 'content'
        ? contents.has(wanted.subject) && wanted
        : others.find((one) => one.kind === wanted.kind && isSame(wanted, one));
    if (options.restores) return known ? [{ kind: wanted.kind, subject: known.subject }] : [];
    return known ? [] : [wanted];
  });
}

function isSame(one: Wanted['subjects'][number], other: Wanted['subjects'][number]): boolean {
  const [a, b] = [readTool(one.subject), readTool(other.subject)];
  if (one.kind === 'tool' && a !== undefined && b !== undefined) return sameTool(a, b);
  return one.subject === other.subject;
}

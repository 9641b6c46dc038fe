import type { Change } from '../../engine/ports/catalog.ts';
import { unreachable } from '../../util/unreachable.ts';
import { beginningOf, oneLine, shortPath } from './wording.ts';

/** What a change did, in words, without who and when: `from /data/plate7`, `--set condition=control where name ~ "ctl"`. Empty where it does not say. */
export function changeInWords(change: Pick<Change, 'kind' | 'about'>, { folder }: { readonly folder: string }): string {
  const { about } = change;
  const text = (name: string): string | undefined => {
    const value = about[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  switch (change.kind) {
    case 'import': {
      const [first, ...others] = [about.source]
        .flat()
        .filter((one): one is string => typeof one === 'string' && one !== '');
      if (first === undefined) return '';
      return `from ${oneLine(shortPath(first, folder))}${others.length === 0 ? '' : ` and ${others.length} more`}`;
    }
    case 'annotation': {
      const condition = text('condition');
      return [text('rule'), condition === undefined ? undefined : `where ${condition}`]
        .filter(isThere)
        .map(beginningOf)
        .join(' ');
    }
    case 'retraction': {
      const reason = text('reason');
      return [text('what'), text('of'), reason === undefined ? undefined : `(${reason})`].filter(isThere).join(' ');
    }
    case 'experiment': {
      const fields = about.fields;
      return [text('what'), Array.isArray(fields) ? fields.join(', ') : undefined].filter(isThere).join(': ');
    }
    case 'undo': {
      const kind = text('kind');
      return typeof about.undoes === 'number'
        ? `of change ${about.undoes}${kind === undefined ? '' : ` (${kind})`}`
        : '';
    }
    default:
      return unreachable(change.kind);
  }
}

/** How many items it was about, where it says so. */
export function itemsOfChange({ about }: Pick<Change, 'about'>): number | undefined {
  const said = about.items ?? about.subjects;
  return typeof said === 'number' ? said : undefined;
}

const isThere = (text: string | undefined): text is string => text !== undefined;

/** The account, and the person where the settings said who it is. */
export function whoOfChange({ user, about }: Pick<Change, 'user' | 'about'>): string {
  const { author } = about;
  const name = typeof author === 'object' && author !== null && 'name' in author ? author.name : undefined;
  return typeof name === 'string' ? `${name} (${user})` : user;
}

import type { Author } from '../../engine/ports/catalog.ts';
import { orcid } from './orcid.ts';

export type ReadAuthor =
  | { readonly how: 'read'; readonly author: Author }
  | { readonly how: 'refused'; readonly problem: string };

/** An author on one line: `Ada Lovelace <ada@x.org> (0000-0002-1825-0097) [University of London]`; all but the name may be left out, in any order. */
export function readAuthor(text: string): ReadAuthor {
  const found: { email?: string; orcid?: string; affiliation?: string } = {};
  let rest = text.normalize('NFC');
  const take = (name: 'email' | 'orcid' | 'affiliation', pattern: RegExp): void => {
    const match = pattern.exec(rest);
    if (match?.[1] === undefined) return;
    found[name] = match[1].trim();
    rest = `${rest.slice(0, match.index)} ${rest.slice(match.index + match[0].length)}`;
  };
  take('email', /<([^<>]*)>/u);
  take('affiliation', /\[([^[\]]*)\]/u);
  take('orcid', /\(\s*((?:https?:\/\/[^()]*)?[\dXx-]*)\s*\)/u);
  const name = rest.replace(/\s+/gu, ' ').trim();
  return checkedAuthor({ name, ...found });
}

/** An author whose parts came one by one, as in a TOML file. */
export function checkedAuthor(author: Author): ReadAuthor {
  if (author.name === '' || /[<>[\]\p{Cc}]/u.test(author.name))
    return { how: 'refused', problem: author.name === '' ? 'has no name' : 'has brackets that hold nothing known' };
  if (author.email !== undefined && !/^[^\s@<>]+@[^\s@<>]+$/u.test(author.email))
    return { how: 'refused', problem: `has an address that is none, \`${author.email}\`` };
  if (author.orcid === undefined) return { how: 'read', author };
  const id = orcid(author.orcid);
  return id === undefined
    ? { how: 'refused', problem: `has an ORCID iD with a wrong digit, \`${author.orcid}\`` }
    : { how: 'read', author: { ...author, orcid: id } };
}

/** An author as `readAuthor` reads it. */
export function authorText({ name, email, orcid: id, affiliation }: Author): string {
  return [
    name,
    ...(email === undefined ? [] : [`<${email}>`]),
    ...(id === undefined ? [] : [`(${id})`]),
    ...(affiliation === undefined ? [] : [`[${affiliation}]`]),
  ].join(' ');
}

import { suggestions } from '../../diagnostics/suggest.ts';

export type LicenceFound =
  /** As SPDX or the address has it. */
  | { readonly how: 'known'; readonly licence: string }
  | { readonly how: 'unknown'; readonly licence: string; readonly near: readonly string[] };

/** A licence by its SPDX identifier or its address. SPDX lists hundreds; those that data carry are few, so others are kept and only asked about. */
export function licenceOf(text: string): LicenceFound {
  const licence = text.trim();
  if (/^https?:\/\/[^\s/]+(?:\/\S*)?$/iu.test(licence)) return { how: 'known', licence };
  const own = common.find((known) => known.toLowerCase() === licence.toLowerCase());
  if (own !== undefined) return { how: 'known', licence: own };
  // `CC BY 4.0`, as people write it.
  const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9.]/gu, '');
  const alike = common.filter((known) => plain(known) === plain(licence));
  const begun = common.filter((known) => known.toLowerCase().startsWith(`${licence.toLowerCase()}-`)).slice(0, 2);
  const near = [alike, begun, suggestions(licence, common)].find((names) => names.length > 0) ?? [];
  return { how: 'unknown', licence, near };
}

const common: readonly string[] = [
  'CC0-1.0',
  'CC-BY-4.0',
  'CC-BY-3.0',
  'CC-BY-SA-4.0',
  'CC-BY-NC-4.0',
  'CC-BY-ND-4.0',
  'CC-BY-NC-SA-4.0',
  'CC-BY-NC-ND-4.0',
  'CC-PDDC',
  'PDDL-1.0',
  'ODC-By-1.0',
  'ODbL-1.0',
  'MIT',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'GPL-2.0-only',
  'GPL-3.0-only',
  'GPL-3.0-or-later',
  'LGPL-3.0-or-later',
  'AGPL-3.0-or-later',
  'MPL-2.0',
  'CECILL-2.1',
  'etalab-2.0',
];

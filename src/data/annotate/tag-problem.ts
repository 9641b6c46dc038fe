import type { CatalogTagKind, TagKey } from '../../engine/ports/catalog.ts';
import type { Tags } from '../../engine/ports/value.ts';

/**
 * One thing that is wrong with a rule, an item or a sheet. Items are named by their path, rows as a spreadsheet numbers them. `rule` is the place of
 * the rule in the list that was given.
 */
export type TagProblem = { readonly rule?: number } & (
  | { readonly kind: 'bad-rule'; readonly problem: string; readonly help: string }
  | { readonly kind: 'bad-regex'; readonly problem: string; readonly help: string }
  | { readonly kind: 'unmatched'; readonly item: string; readonly what: string }
  | { readonly kind: 'matches-nothing'; readonly what: string; readonly items: number; readonly example: string }
  | {
      readonly kind: 'ambiguous-name';
      readonly item: string;
      readonly pattern: string;
      readonly first: Tags;
      readonly second: Tags;
    }
  | { readonly kind: 'no-piece'; readonly item: string; readonly position: number; readonly pieces: readonly string[] }
  | { readonly kind: 'no-word'; readonly item: string; readonly words: readonly string[] }
  | { readonly kind: 'several-words'; readonly item: string; readonly found: readonly string[] }
  | { readonly kind: 'unreadable-sheet'; readonly problem: string; readonly help: string }
  | { readonly kind: 'no-file-column'; readonly wanted: string | undefined; readonly columns: readonly string[] }
  | { readonly kind: 'unclear-file-column'; readonly columns: readonly string[] }
  | { readonly kind: 'row-without-file'; readonly row: number; readonly file: string; readonly near?: string }
  | { readonly kind: 'row-unclear'; readonly row: number; readonly file: string; readonly items: readonly string[] }
  | { readonly kind: 'row-twice'; readonly rows: readonly [number, number]; readonly item: string }
  | { readonly kind: 'row-without-name'; readonly row: number }
  | { readonly kind: 'file-without-row'; readonly item: string }
  | { readonly kind: 'header-without-name'; readonly header: string; readonly position: number }
  | { readonly kind: 'headers-alike'; readonly columns: readonly string[]; readonly name: string }
  | { readonly kind: 'stray-cell'; readonly row: number; readonly text: string }
  | {
      readonly kind: 'mixed-decimals';
      readonly column: string;
      readonly comma: { readonly row: number; readonly text: string };
      readonly point: { readonly row: number; readonly text: string };
    }
  | {
      readonly kind: 'bad-value';
      readonly key: TagKey;
      readonly text: string;
      readonly why: 'not-of-type' | 'other-unit' | 'too-large';
      readonly item: string;
      readonly row?: number;
      readonly column?: string;
    }
  | {
      readonly kind: 'value-not-allowed';
      readonly key: TagKey;
      readonly text: string;
      readonly item: string;
      readonly row?: number;
      readonly column?: string;
    }
  | { readonly kind: 'unknown-key'; readonly name: string; readonly column?: string; readonly known: readonly string[] }
  | {
      readonly kind: 'type-differs';
      readonly name: string;
      readonly said: CatalogTagKind;
      readonly declared: CatalogTagKind;
    }
  | {
      readonly kind: 'given-twice';
      readonly name: string;
      readonly item: string;
      readonly first: string;
      readonly second: string;
    }
  | { readonly kind: 'duplicate-tags'; readonly tags: Tags; readonly items: readonly string[] }
);

export type TagProblemKind = TagProblem['kind'];

import type { ImageInfo, TableInfo } from '../../engine/ports/formats.ts';

/** What one format's reader found. Problems are sentences in the analyst's words; none means the file is whole. */
export interface Reading {
  readonly problems: readonly string[];
  readonly image?: ImageInfo;
  readonly table?: TableInfo;
}

import type { Notice } from '../../engine/index.ts';
import { bytesInWords } from '../../util/bytes-in-words.ts';

type Transfer = Notice & { readonly kind: 'fetching' | 'sending' };

/** What comes and goes, added up: there may be thousands of files, and of each a notice for every few kilobytes. */
export interface Transfers {
  /** Counts it in. */
  note(notice: Transfer): void;
  /** Where it stands: `fetching 3 files, 1.20 of 4.00 GB: s3://raw/A1.tif`. */
  line(): string | undefined;
  /** When all is here or there: `fetched 3 files (4.00 GB)`. What is told is forgotten. */
  total(): string | undefined;
}

export function createTransfers(): Transfers {
  let files = new Map<string, Transfer>();
  let last: Transfer | undefined;
  let [bytes, size, hasSize] = [0, 0, true];
  const count = (): string => `${files.size} ${files.size === 1 ? 'file' : 'files'}`;
  return {
    note: (notice) => {
      const before = files.get(notice.uri);
      files.set(notice.uri, notice);
      bytes += notice.bytes - (before?.bytes ?? 0);
      size += (notice.size ?? 0) - (before?.size ?? 0);
      hasSize = hasSize && notice.size !== undefined;
      last = notice;
    },
    line: () => {
      if (last === undefined) return undefined;
      const amount = hasSize ? `${bytesInWords(bytes)} of ${bytesInWords(size)}` : bytesInWords(bytes);
      return files.size === 1
        ? `${last.kind} ${last.uri}, ${amount}`
        : `${last.kind} ${count()}, ${amount}: ${last.uri}`;
    },
    total: () => {
      if (last === undefined) return undefined;
      const line = `${last.kind === 'fetching' ? 'fetched' : 'sent'} ${count()} (${bytesInWords(bytes)})`;
      files = new Map();
      [last, bytes, size, hasSize] = [undefined, 0, 0, true];
      return line;
    },
  };
}

import type { ImportProgress } from '../../data/import/import-request.ts';
import { bytesInWords } from '../../util/bytes-in-words.ts';
import type { Output } from '../terminal.ts';

/** How far an import is: one line that is written over on a terminal, a line now and then elsewhere. */
export function importProgress({ output, quiet }: { readonly output: Output; readonly quiet: boolean }): {
  readonly show: (progress: ImportProgress) => void;
  /** Takes the line away, so that something else can be written. */
  clear(): void;
  close(): void;
} {
  let isShown = false;
  let lastAt = performance.now();
  const clear = (): void => {
    if (isShown) output.write('\r\u001b[K');
    isShown = false;
  };
  return {
    show: (progress) => {
      if (quiet) return;
      const now = performance.now();
      if (now - lastAt < (output.interactive ? 100 : 30_000)) return;
      lastAt = now;
      if (!output.interactive) return output.line(inWords(progress));
      output.write(`\r\u001b[K${inWords(progress).slice(0, output.columns - 1)}`);
      isShown = true;
    },
    clear,
    close: clear,
  };
}

function inWords(progress: ImportProgress): string {
  const { done, of } = progress;
  switch (progress.step) {
    case 'headers':
      return `looking at headers: ${done} of ${of}`;
    case 'contents':
      return `reading: ${done} of ${of} files, ${bytesInWords(progress.bytes)}`;
    case 'keep':
      return `taking into the store: ${done} of ${of}`;
    case 'write':
      return `writing: ${done} of ${of}`;
  }
}

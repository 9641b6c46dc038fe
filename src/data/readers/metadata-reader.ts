import type { FileInfo } from '../../engine/ports/formats.ts';

/**
 * A program outside Bitflow that reads the headers of files which Bitflow does not. Asked for by name (`bit import --reader …`), never on its own.
 */
export interface MetadataReader {
  /** As people know it: `Bio-Formats`, `Python`. */
  readonly name: string;
  /**
   * One finding per path, in their order. A file that cannot be read, and a program that hangs or breaks on one, is that file's
   * problem; the next is read all the same. Aborting ends the program and rejects with the signal's reason.
   */
  read(paths: readonly string[], signal: AbortSignal): AsyncIterable<MetadataFinding>;
  /** Ends what still runs. A reader that was closed is not used again. */
  close(): Promise<void>;
}

export type MetadataFinding =
  | { readonly path: string; readonly info: FileInfo }
  /** A sentence: what is wrong, and what to do where that is known. */
  | { readonly path: string; readonly problem: string };

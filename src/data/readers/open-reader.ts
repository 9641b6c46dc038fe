import type { Result } from '../../util/result.ts';
import { unreachable } from '../../util/unreachable.ts';
import { openBioFormats } from './bio-formats.ts';
import type { MetadataReader } from './metadata-reader.ts';
import { openPython } from './python.ts';

/** The readers that a person can name. */
export const readerNames = ['bioformats', 'python'] as const;
export type ReaderName = (typeof readerNames)[number];

/** The error is what to tell the person: which program is missing, and how to get it. */
export function openReader(
  name: ReaderName,
  {
    program,
    searchPath,
    secondsPerFile,
  }: {
    /** A name or an absolute path; `undefined` for what the reader's own program is called. */
    program: string | undefined;
    searchPath: string;
    secondsPerFile: number;
  },
): Result<MetadataReader, string> {
  switch (name) {
    case 'bioformats':
      return openBioFormats({ program: program ?? 'showinf', searchPath, secondsPerFile });
    case 'python':
      return openPython({ interpreter: program ?? 'python3', searchPath, secondsPerFile });
    default:
      return unreachable(name);
  }
}

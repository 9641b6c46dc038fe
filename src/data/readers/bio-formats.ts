import { resolve } from 'node:path';
import { execa } from 'execa';
import { findProgram } from '../../util/find-program.ts';
import { err, ok, type Result } from '../../util/result.ts';
import { formats } from '../formats/index.ts';
import { omeFileImage } from '../formats/ome-image.ts';
import type { MetadataFinding, MetadataReader } from './metadata-reader.ts';

/**
 * Bio-Formats' `showinf`, started once per file: it prints OME-XML, which our own reader reads. The error is what to tell the
 * person where the program is not to be found.
 */
export function openBioFormats({
  program,
  searchPath,
  secondsPerFile,
}: {
  /** As set by the person: a name or an absolute path. */
  program: string;
  searchPath: string;
  secondsPerFile: number;
}): Result<MetadataReader, string> {
  const showinf = findProgram(program, searchPath);
  if (showinf === undefined) return err(missing(program));
  return ok({
    name: 'Bio-Formats',
    async *read(paths, signal) {
      for (const path of paths) yield await findingOf(path, { showinf, secondsPerFile, signal });
    },
    async close() {
      // Each start ends with its file.
    },
  });
}

function missing(program: string): string {
  return `Bio-Formats' program \`${program}\` is not to be found. Install it with \`conda install -c bioconda bftools\`, or unpack bftools.zip from https://www.openmicroscopy.org/bio-formats/downloads/ (it needs Java) into a folder of the PATH`;
}

/** An XML with an element for each of a million planes is a few hundred megabytes. */
const MOST_XML = 512 * 1024 * 1024;

async function findingOf(
  path: string,
  { showinf, secondsPerFile, signal }: { showinf: string; secondsPerFile: number; signal: AbortSignal },
): Promise<MetadataFinding> {
  signal.throwIfAborted();
  const known = await formats.inspect(path, { format: 'File' });
  if (!known.ok) return { path, problem: known.problems.map(({ message }) => message).join('; ') };
  const run = await execa(showinf, ['-no-upgrade', '-nopix', '-omexml-only', resolve(path)], {
    stdin: 'ignore',
    reject: false,
    timeout: secondsPerFile * 1000,
    killSignal: 'SIGKILL',
    maxBuffer: MOST_XML,
    cancelSignal: signal,
    env: { LC_ALL: 'C.UTF-8' },
  });
  signal.throwIfAborted();
  if (run.timedOut) return { path, problem: `Bio-Formats did not answer within ${secondsPerFile} s` };
  if (run.isMaxBuffer) return { path, problem: 'Bio-Formats says more about this file than Bitflow reads' };
  const from = run.stdout.search(/<\?xml|<OME[\s>]/); // warnings may stand before it
  const image = from < 0 ? undefined : omeFileImage(run.stdout.slice(from));
  if (image === undefined) return { path, problem: `Bio-Formats cannot read this file: ${reason(run)}` };
  return { path, info: { ...known.info, image } };
}

/** Java puts the name of the exception before the sentence; a program that says nothing is told by its exit. */
function reason(run: {
  stdout: string;
  stderr: string;
  shortMessage?: string | undefined;
  exitCode?: number | undefined;
}): string {
  const lines = `${run.stderr}\n${run.stdout}`.split('\n').map((line) => line.trim());
  const exception = lines.find((line) => /^(Exception in thread "[^"]*" )?[\w.]+(Exception|Error)\b/.test(line));
  const said =
    exception?.replace(/^(Exception in thread "[^"]*" )?([\w.]*\.)?/, '') ?? lines.find((line) => line !== '');
  return (said ?? `it ended with exit status ${run.exitCode ?? 'none'} and said nothing`).slice(0, 300);
}

import { spawn } from 'node:child_process';
import type { RemoteProblem } from '../../engine/ports/remote.ts';
import { remoteProblem } from '../remote/problem.ts';

/**
 * Hands a file to the site's importer and resolves with the image that it names on its output, `Image:77`, as `omero import` does. Images cannot be imported over HTTP. Rejects where the importer
 * fails, or names no image: without its number, no tags can be put onto it and a repetition would import it again.
 */
export async function importImage(of: {
  importer: readonly string[];
  dataset: number;
  path: string;
  about: string;
  signal: AbortSignal;
}): Promise<string> {
  const [program, ...words] = of.importer.map((word) => word.replaceAll('{dataset}', String(of.dataset)));
  if (program === undefined) throw problem(of.about, 'it is empty', '');
  const { output, errors, exit } = await finished(program, [...words, of.path], of);
  if (exit !== 0) throw problem(of.about, `it ended with ${exit}`, errors);
  const image = /\bImage:(\d+)/.exec(output)?.[1];
  if (image === undefined) throw problem(of.about, 'it named no image (a line with Image:NUMBER was expected)', errors);
  return `Image:${image}`;
}

async function finished(
  program: string,
  words: readonly string[],
  { about, signal }: { about: string; signal: AbortSignal },
): Promise<{ output: string; errors: string; exit: number | string }> {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], signal });
  const [output, errors]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  const { promise, resolve, reject } = Promise.withResolvers<number | string>();
  child.on('close', (code, killedBy) => resolve(code ?? killedBy ?? 'an unknown status'));
  child.on('error', (error) =>
    reject(signal.aborted ? error : problem(about, `it cannot be started: ${error.message}`, '')),
  );
  const exit = await promise;
  return { output: Buffer.concat(output).toString(), errors: Buffer.concat(errors).toString(), exit };
}

function problem(about: string, what: string, errors: string): RemoteProblem {
  // A message is one line, wherever it is shown.
  const last = errors
    .trim()
    .split(/\s*\n\s*/u)
    .slice(-5)
    .join(' · ');
  return remoteProblem(
    'failed',
    about,
    `The importer for images did not work: ${what}${last === '' ? '' : `: ${last}`}`,
    'It is the setting `omero.importer`; run it by hand with one file to see what it needs.',
  );
}

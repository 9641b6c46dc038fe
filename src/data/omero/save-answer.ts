import { open } from 'node:fs/promises';
import { type Progress, RemoteProblem } from '../../engine/ports/remote.ts';
import { PassingTrouble } from './try-again.ts';

/**
 * Writes the body of an answer to a file, synced, and resolves with its length. Rejects with `PassingTrouble` where it breaks off, stands still, or has another length than
 * the server promised: what is at `to` is then worthless.
 */
export async function saveAnswer(
  response: Response,
  to: string,
  of: {
    readonly about: string;
    readonly signal: AbortSignal;
    readonly stallMilliseconds: number;
    readonly progress: (progress: Progress) => void;
  },
): Promise<number> {
  const promised = lengthOf(response);
  const file = await open(to, 'w');
  let bytes = 0;
  try {
    const reader = response.body?.getReader();
    while (reader !== undefined) {
      const chunk = await inTime(reader, of);
      if (chunk === undefined) break;
      for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at)).bytesWritten;
      bytes += chunk.length;
      of.progress({ uri: of.about, bytes, ...(promised !== undefined && { size: promised }) });
    }
    if (promised !== undefined && bytes !== promised) {
      throw passing(of.about, `the server promised ${promised} bytes and sent ${bytes}`);
    }
    await file.sync();
  } catch (error) {
    throw diskProblem(error, { to, about: of.about }) ?? error;
  } finally {
    await file.close();
  }
  return bytes;
}

/** `undefined` at the end. A connection may stay open without a byte for hours; nobody wants to wait for that. */
async function inTime(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  { about, signal, stallMilliseconds }: { about: string; signal: AbortSignal; stallMilliseconds: number },
): Promise<Uint8Array | undefined> {
  const stalled = Promise.withResolvers<never>();
  const words = `nothing came for ${stallMilliseconds / 1000} seconds`;
  const timer = setTimeout(() => stalled.reject(passing(about, words)), stallMilliseconds);
  try {
    const { value } = await Promise.race([reader.read(), stalled.promise]);
    return value;
  } catch (error) {
    await reader.cancel().catch(() => undefined);
    signal.throwIfAborted();
    throw error instanceof PassingTrouble ? error : passing(about, 'the connection broke off');
  } finally {
    clearTimeout(timer);
  }
}

function lengthOf(response: Response): number | undefined {
  const stated = response.headers.get('content-length');
  // A packed answer is measured as it is packed.
  if (stated === null || response.headers.has('content-encoding')) return undefined;
  const length = Number(stated);
  return Number.isSafeInteger(length) && length >= 0 ? length : undefined;
}

const passing = (about: string, what: string): PassingTrouble =>
  new PassingTrouble(
    new RemoteProblem(
      'unreachable',
      about,
      `${about} did not come whole: ${what}`,
      'Check the network, and try again.',
    ),
  );

/** The disk here, not the server there. */
function diskProblem(error: unknown, { to, about }: { to: string; about: string }): RemoteProblem | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return undefined;
  return new RemoteProblem('full', about, `There is no room left for ${about} at ${to}`, 'Make room, and try again.');
}

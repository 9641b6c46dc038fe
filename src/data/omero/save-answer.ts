import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Progress, RemoteProblem } from '../../engine/ports/remote.ts';
import { PassingTrouble } from './try-again.ts';

/** Where bytes are gathered before they are whole: beside their place, so that a rename puts them there. */
export const draftOf = (to: string): string => join(dirname(to), `.bit-part-${basename(to)}`);

/**
 * Writes the body of an answer to a file, synced, which appears when it is whole, and resolves with its length. `check` may refuse it before that. Rejects with `PassingTrouble` where it breaks off, stands
 * still, or has another length than the server promised; nothing stays then.
 */
export async function saveAnswer(
  response: Response,
  to: string,
  of: {
    readonly about: string;
    readonly signal: AbortSignal;
    readonly stallMilliseconds: number;
    readonly progress: (progress: Progress) => void;
    readonly check?: (draft: string) => Promise<void>;
  },
): Promise<number> {
  const draft = draftOf(to);
  try {
    const bytes = await written(response, draft, of);
    await of.check?.(draft);
    await rm(to, { recursive: true, force: true });
    await rename(draft, to);
    return bytes;
  } catch (error) {
    await response.body?.cancel().catch(() => undefined);
    await rm(draft, { force: true }).catch(() => undefined);
    throw diskProblem(error, { to, about: of.about }) ?? error;
  }
}

async function written(
  response: Response,
  draft: string,
  of: {
    readonly about: string;
    readonly signal: AbortSignal;
    readonly stallMilliseconds: number;
    readonly progress: (progress: Progress) => void;
  },
): Promise<number> {
  const promised = lengthOf(response);
  const file = await open(draft, 'w');
  try {
    let bytes = 0;
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
    return bytes;
  } finally {
    await file.close();
  }
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
export function diskProblem(error: unknown, { to, about }: { to: string; about: string }): RemoteProblem | undefined {
  const code = error instanceof Error && 'code' in error && 'syscall' in error ? error.code : undefined;
  if (!(error instanceof Error) || typeof code !== 'string') return undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return new RemoteProblem('full', about, `There is no room left for ${about} at ${to}`, 'Make room, and try again.');
  }
  const words = `${about} cannot be kept at ${to}: ${error.message}`;
  return new RemoteProblem('failed', about, words, 'Check the path, and that you may write there.');
}

import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Progress } from '../../engine/ports/remote.ts';
import { unlessIdle } from '../remote/again.ts';
import { localProblem, MayPass, remoteProblem } from '../remote/problem.ts';

/** Where bytes are gathered before they are whole: beside their place, so that a rename puts them there. */
export const draftOf = (to: string): string => join(dirname(to), `.bit-part-${basename(to)}`);

/**
 * Writes the body of an answer to a file, synced, which appears when it is whole, and resolves with its length. `check` may refuse it before that. Rejects with `MayPass` where it breaks off, stands
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
    throw localProblem(of.about, error) ?? error;
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
    // A connection may stay open without a byte for hours; nobody wants to wait for that.
    const late = (): Error => passing(of.about, `nothing came for ${of.stallMilliseconds / 1000} seconds`);
    const chunks = unlessIdle(response.body ?? nothing(), { ms: of.stallMilliseconds, signal: of.signal, late });
    for await (const chunk of broken(chunks, of)) {
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

/** The chunks, until the connection ends before its time. */
async function* broken(
  chunks: AsyncIterable<Uint8Array>,
  { about, signal }: { about: string; signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof TypeError ? passing(about, 'the connection broke off') : error;
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

function lengthOf(response: Response): number | undefined {
  const stated = response.headers.get('content-length');
  // A packed answer is measured as it is packed.
  if (stated === null || response.headers.has('content-encoding')) return undefined;
  const length = Number(stated);
  return Number.isSafeInteger(length) && length >= 0 ? length : undefined;
}

const passing = (about: string, what: string): MayPass =>
  new MayPass(
    remoteProblem('unreachable', about, `${about} did not come whole: ${what}`, 'Check the network, and try again.'),
  );

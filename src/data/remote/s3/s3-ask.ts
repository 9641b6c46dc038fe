import { RemoteProblem } from '../../../engine/ports/remote.ts';
import { readS3 } from '../address.ts';
import { type Patience, within } from '../again.ts';
import { mayPass } from '../problem.ts';
import { type S3Access, type S3Parts, s3Client } from './s3-client.ts';
import { s3Problem } from './s3-problem.ts';

export interface S3ProviderParts extends S3Parts {
  readonly patience: Patience;
}

/** One request to the bucket that an address names. Rejects with problems of ours, `MayPass` among them. */
export type S3Ask = <T>(uri: string, signal: AbortSignal, request: (access: S3Access) => Promise<T>) => Promise<T>;

export interface S3Clients {
  readonly ask: S3Ask;
  /** What an error means that came later than the answer, while its bytes came over. */
  problemOf(uri: string, error: unknown): Promise<unknown>;
  close(): Promise<void>;
}

/** A client for each bucket, made when it is first needed. */
export function s3Clients(parts: S3ProviderParts): S3Clients {
  const { patience, credentials } = parts;
  const clients = new Map<string, Promise<S3Access>>();
  const accessTo = (bucket: string): Promise<S3Access> => {
    const found = clients.get(bucket) ?? s3Client(bucket, parts);
    clients.set(bucket, found);
    // One that could not be made, say because the credentials file is open to all, is made anew next time.
    found.catch(() => clients.delete(bucket));
    return found;
  };
  return {
    ask: async (uri, signal, request) => {
      const { bucket } = readS3(uri);
      const access = await accessTo(bucket);
      try {
        return await within(request(access), {
          ms: patience.idleMs,
          signal,
          late: () => mayPass(uri, `${access.host} does not answer, for ${uri}`),
        });
      } catch (error) {
        signal.throwIfAborted();
        const problem = s3Problem(error, { uri, access, credentials });
        // Keys that were renewed meanwhile are looked for anew.
        if (problem instanceof RemoteProblem && problem.why === 'credentials') clients.delete(bucket);
        throw problem;
      }
    },
    problemOf: async (uri, error) => s3Problem(error, { uri, access: await accessTo(readS3(uri).bucket), credentials }),
    close: async () => {
      for (const access of clients.values()) (await access.catch(() => undefined))?.client.destroy();
      clients.clear();
    },
  };
}

import { join } from 'node:path';
import { staticValues } from '../plan/static-values.ts';
import type { PublishItem } from '../plan/step.ts';
import type { PublishFile, PublishResult, RemotePublishFile } from '../ports/publisher.ts';
import type { Progress } from '../ports/remote.ts';
import { place } from './call-record.ts';
import type { Ledger } from './ledger.ts';
import type { RunRequest } from './request.ts';

/** Results on their way to where people look for them, in batches, each recorded once it is in place. */
export interface Publishing {
  add(items: readonly PublishItem[], makerOf: (item: PublishItem) => string | undefined): void;
  /** Puts the next batch in place. */
  publish(): Promise<void>;
  readonly waiting: boolean;
  /** Something could not be published: the run has failed, and what could be is there. */
  readonly failed: boolean;
}

const batchSize = 512;

export function createPublishing(request: RunRequest, ledger: Ledger): Publishing {
  const { publisher, remotePublisher, content } = request.ports;
  const known = staticValues(request.program);
  let queue: { readonly item: PublishItem; readonly task: string | undefined }[] = [];
  let failed = false;
  return {
    add(items, makerOf) {
      for (const item of items) queue.push({ item, task: makerOf(item) });
    },
    get waiting() {
      return queue.length > 0;
    },
    get failed() {
      return failed;
    },
    async publish() {
      const batch = queue.slice(0, batchSize);
      queue = queue.slice(batchSize);
      const results = await publishBatch(batch.map(({ item }) => item));
      const published = [];
      for (const [at, result] of results.entries()) {
        const { item, task } = batch[at] ?? {};
        if (!item) continue;
        if (!result.ok) {
          failed = true;
          ledger.record({
            type: 'problem',
            code: 'BIT6401',
            message: `\`${item.path}\` could not be published: ${result.message}`,
            help: result.help ?? helpFor(result.why),
            ...place(item.publish.span),
          });
          continue;
        }
        // A resumed run publishes again what it had published: nothing is copied, and nothing is recorded twice.
        if (ledger.state.published.get(result.to)?.digest === item.value.digest) continue;
        published.push({
          path: result.to,
          relative: item.path,
          digest: item.value.digest,
          directory: item.value.directory,
          size: item.value.size,
          tags: item.tags,
          name: item.publish.name,
          ...(task !== undefined && { task }),
        });
      }
      if (published.length > 0) ledger.record({ type: 'published', files: published });
    },
  };

  /** In the order given, whichever place each goes to. */
  async function publishBatch(items: readonly PublishItem[]): Promise<readonly PublishResult[]> {
    const here: PublishFile[] = [];
    const elsewhere: RemotePublishFile[] = [];
    const where = items.map((item) => {
      const { digest, directory } = item.value;
      const from = item.value.path ?? content.path(digest, directory);
      const there = item.publish.place;
      // What stubs make is no result: it stays on this machine, beside the rest of it.
      if (there === undefined || request.options.stub) {
        const path = there === undefined ? item.path : `${there.kind}/${item.path.replaceAll(':', '_')}`;
        return { of: 'here', at: here.push({ from, digest, directory, to: join(request.outdir, path) }) - 1 } as const;
      }
      const to =
        there.kind === 'omero' ? { kind: there.kind, address: String(known.value(there.address) ?? '') } : there;
      const file = { from, digest, directory, path: item.path, place: to, tags: item.tags };
      return { of: 'elsewhere', at: elsewhere.push(file) - 1 } as const;
    });
    const options = {
      signal: request.signals.kill,
      progress: (progress: Progress) => request.onNotice({ kind: 'sending', ...progress }),
    };
    const results = {
      here: here.length === 0 ? [] : await publisher.publish(here),
      elsewhere: elsewhere.length === 0 ? [] : await remotePublisher.publish(elsewhere, options),
    };
    return where.map(({ of, at }) => {
      const result = results[of][at];
      // One that is missing would give its item the place of another.
      if (result === undefined) throw new Error('a publisher answered for fewer files than it was given');
      return result;
    });
  }
}

function helpFor(why: 'foreign' | 'full' | 'denied' | 'failed'): string {
  switch (why) {
    case 'foreign':
      return 'What a run did not put there is never overwritten: move it away, or publish elsewhere with `--outdir`';
    case 'full':
      return 'The disk is full: free some space and run the same command again; finished tasks are not repeated';
    case 'denied':
      return 'The folder cannot be written: see its owner and mode, or publish elsewhere with `--outdir`';
    case 'failed':
      return 'Run the same command again; finished tasks are not repeated';
  }
}

import type { Event } from '../../engine/ports/event.ts';
import { chunks } from '../../util/chunks.ts';
import type { ChangeLine } from '../catalog/catalog-projection.ts';
import type { KeyRecord } from '../database/keys.ts';

/** What a line of the journal holds. */
export type Line =
  | {
      readonly kind: 'event';
      readonly run: string;
      readonly seq: number;
      readonly chunk: number;
      readonly at: string;
      readonly event: Event;
    }
  /** Parts and inputs of keys, before the event that plans them. */
  | { readonly kind: 'keys'; readonly keys: readonly KeyRecord[] }
  /** A step of a change to experiments, datasets and items; `part` counts the steps. */
  | {
      readonly kind: 'change';
      readonly change: number;
      readonly part: number;
      readonly at: string;
      readonly line: ChangeLine;
    }
  /** Paths that a publish is about to take: they are ours even if nothing more is heard of it. */
  | {
      readonly kind: 'placing';
      readonly at: string;
      readonly files: readonly { readonly path: string; readonly digest: string; readonly directory: boolean }[];
    };

export const eventLine = (
  at: { readonly run: string; readonly seq: number; readonly chunk: number; readonly at: string },
  body: string,
): string =>
  `{"kind":"event","run":${JSON.stringify(at.run)},"seq":${at.seq},"chunk":${at.chunk},"at":"${at.at}","event":${body}}`;

export const changeLine = (
  at: { readonly change: number; readonly part: number; readonly at: string },
  line: ChangeLine,
): string => JSON.stringify({ kind: 'change', ...at, line } satisfies Line);

/** In lines of a few hundred kilobytes, one at a time: building a line holds the event loop. */
export function* keyLines(keys: readonly KeyRecord[]): Generator<string> {
  for (const slice of chunks(keys, 500)) {
    yield JSON.stringify({
      kind: 'keys',
      keys: slice.map(({ key, parts, inputs }) => ({ key, parts, inputs })),
    } satisfies Line);
  }
}

export const placingLine = (line: Omit<Extract<Line, { kind: 'placing' }>, 'kind'>): string =>
  JSON.stringify({ kind: 'placing', ...line });

/** `undefined` for a line that a crash cut short. */
export function readLine(text: string): Line | undefined {
  try {
    const line: unknown = JSON.parse(text);
    // Written by this module; a damaged line does not parse.
    return typeof line === 'object' && line !== null && 'kind' in line ? (line as Line) : undefined;
  } catch {
    return undefined;
  }
}

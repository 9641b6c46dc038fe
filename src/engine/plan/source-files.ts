import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Node, Type } from '../../parser/index.ts';
import { typeText } from '../../parser/index.ts';
import type { Digest } from '../../util/brand.ts';
import { chunks } from '../../util/chunks.ts';
import type { Digested, Fingerprint } from '../ports/content-store.ts';
import type { FrozenFile } from '../ports/event.ts';
import type { RemoteFile } from '../ports/remote.ts';
import type { SourceFile, SourceItem } from '../ports/source-provider.ts';
import type { FileValue } from '../ports/value.ts';
import { formatDemand } from './format-demand.ts';
import { type Loading, shownProblems } from './loading.ts';
import { planErrors } from './plan-errors.ts';

/** A file of a source, as the items that name it hold it and as the run's first events freeze it. */
export interface SourceContent {
  readonly value: FileValue;
  readonly frozen: FrozenFile;
}

/** Digests and headers of the files of a source, each once however many items name it. What is in another place is fetched first. */
export async function readSourceFiles(
  loading: Loading,
  items: readonly SourceItem[],
): Promise<{ readonly byPlace: ReadonlyMap<string, SourceContent>; readonly diagnostics: readonly Diagnostic[] }> {
  const wanted = new Map<string, Wanted>();
  for (const item of items) {
    for (const [column, file] of Object.entries(item.files)) {
      if (file !== null && !wanted.has(file.place))
        wanted.set(file.place, { file, type: typeOfColumn(loading, column) });
    }
  }
  const all = [...wanted.values()];
  const found = [
    ...(await onThisMachine(loading, all)),
    ...(await inTheStore(loading, all)),
    ...(await elsewhere(loading, all)),
  ];
  const diagnostics: Diagnostic[] = [];
  const byPlace = new Map<string, SourceContent>();
  const good = found.flatMap((one) => {
    if (!('code' in one)) return [one];
    diagnostics.push(one);
    return [];
  });
  diagnostics.unshift(...changed(good, loading));
  // Headers are small reads: enough of them at once to keep the disk busy, not so many that file handles run out.
  for (const some of chunks(good, 64)) {
    const read = await Promise.all(some.map((one) => readHeader(one, loading)));
    for (const one of read) {
      if ('code' in one) diagnostics.push(one);
      else byPlace.set(one.frozen.path, one);
    }
  }
  return { byPlace, diagnostics: diagnostics.slice(0, shownProblems) };
}

interface Wanted {
  readonly file: SourceFile;
  readonly type: Type;
}

/** Content that is on this machine by now. */
interface Found extends Wanted {
  readonly digest: Digest;
  readonly directory: boolean;
  readonly size: number;
  readonly mtimeMs: number;
  readonly fingerprint: Fingerprint;
  /** Absent where it is an object of the store. */
  readonly path?: string;
}

async function onThisMachine({ node, spec, ports }: Loading, all: readonly Wanted[]): Promise<(Found | Diagnostic)[]> {
  const wanted = all.filter(({ file }) => file.at.kind === 'path');
  const fingerprint = 'fingerprint' in spec ? spec.fingerprint : 'content';
  const digested = await ports.content.digest(
    wanted.map(({ file }) => file.place),
    { fingerprint, fresh: false },
  );
  return digested.flatMap((one, at): (Found | Diagnostic)[] => {
    const asked = wanted[at];
    if (asked === undefined) return [];
    return one.ok ? [{ ...asked, ...one }] : [unreadable(one, node)];
  });
}

async function inTheStore({ node, ports }: Loading, all: readonly Wanted[]): Promise<(Found | Diagnostic)[]> {
  const wanted = all.flatMap((one) => (one.file.at.kind === 'stored' ? [{ ...one, ...one.file.at }] : []));
  const there = await ports.content.present(wanted, { verify: false });
  return wanted.map((one) =>
    there.has(one.digest)
      ? { file: one.file, type: one.type, digest: one.digest, directory: one.directory, size: one.size, ...still }
      : planErrors.lostContent(node.span, { source: node.name, file: one.file.place, digest: one.digest }),
  );
}

/** Objects never change: there is no time to tell one version from another by. */
const still = { mtimeMs: 0, fingerprint: 'content' } as const;

async function elsewhere(loading: Loading, all: readonly Wanted[]): Promise<(Found | Diagnostic)[]> {
  const { node, ports, options } = loading;
  const wanted = all.flatMap((one) => {
    const { at } = one.file;
    return at.kind === 'remote' ? [{ ...one, at: at.file, sha256: at.sha256 }] : [];
  });
  if (wanted.length === 0) return [];
  const files = new Map<string, RemoteFile>(wanted.map(({ file, at }) => [file.place, at]));
  if (options.fetch === 'none') {
    const here = await ports.remote.here([...files.values()]);
    const missing = wanted.filter(({ file }) => !here.has(file.place));
    if (missing.length > 0) {
      const sizes = missing.map(({ at }) => at.size);
      return [
        planErrors.notFetched(node.span, {
          source: node.name,
          count: missing.length,
          first: missing.slice(0, 3).map(({ file }) => file.place),
          bytes: sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0),
        }),
      ];
    }
  }
  const { signal, progress } = options;
  const answers = await ports.remote.fetch(
    wanted.map(({ at, sha256 }) => ({ file: at, ...(sha256 !== undefined && { sha256 }) })),
    { signal, progress },
  );
  return answers.flatMap((answer, at): (Found | Diagnostic)[] => {
    const asked = wanted[at];
    if (asked === undefined) return [];
    const { file, type } = asked;
    if (answer.ok) {
      const { digest, directory, size } = answer;
      return [{ file, type, digest, directory, size, ...still, mtimeMs: Date.parse(asked.at.modifiedAt ?? '') || 0 }];
    }
    if ('sha256' in answer)
      return [
        planErrors.wrongSha256(node.span, {
          source: node.name,
          file: file.place,
          found: answer.sha256,
          wanted: asked.sha256 ?? '',
        }),
      ];
    const { problem } = answer;
    return [planErrors.notReached(node.span, { source: node.name, why: problem.message, help: problem.help })];
  });
}

/** What was imported is what is meant: other bytes at its place are never taken for it. */
function changed(found: readonly Found[], { node }: Loading): readonly Diagnostic[] {
  const other = found.filter(({ file, digest }) => file.expected !== undefined && file.expected !== digest);
  if (other.length === 0) return [];
  return [
    planErrors.changedSince(node.span, {
      source: node.name,
      count: other.length,
      first: other.slice(0, 3).map(({ file }) => file.place),
    }),
  ];
}

async function readHeader(one: Found, { node, ports }: Loading): Promise<SourceContent | Diagnostic> {
  const { file, type, digest, directory, size, mtimeMs, fingerprint } = one;
  const path = one.path ?? ports.content.path(digest, directory);
  const found = await ports.formats.inspect(path, formatDemand(type) ?? { format: 'File' });
  if (!found.ok) {
    const problems = found.problems.map((problem) => problem.message);
    return planErrors.wrongContent(node.span, { source: node.name, file: file.place, type: typeText(type), problems });
  }
  const { info } = found;
  return {
    value: {
      kind: 'file',
      digest,
      directory,
      size,
      name: file.name,
      info,
      ...(one.path !== undefined && { path: one.path }),
      ...(fingerprint !== 'content' && { fingerprint }),
    },
    frozen: { path: file.place, digest, size, directory, mtimeMs, fingerprint, info },
  };
}

function unreadable(one: Digested & { readonly ok: false }, node: Node): Diagnostic {
  const words = {
    missing: [
      'it is not there',
      'Check the path. A file that was there a moment ago may have been moved by another program.',
    ],
    denied: ['you may not read it', 'Ask its owner for the right to read it, or copy it to a place of yours.'],
    'not-regular': [
      'it is neither a file nor a folder',
      'Devices, sockets and pipes cannot be the input of a pipeline; write their content to a file first.',
    ],
    'changed-while-read': [
      'it changed while it was read',
      'Wait until the program that writes it has ended, then run again.',
    ],
    failed: [one.message, 'The file system gave this error; look at the disk or the mount.'],
  } as const;
  const [why, help] = words[one.why];
  return planErrors.unreadable(node.span, { source: node.name, file: one.path, why, help });
}

function typeOfColumn({ node, spec }: Loading, column: string): Type {
  if (!('columns' in spec)) return node.of;
  const found = spec.columns.find((one) => one.role === 'file' && (column === '' || one.name === column));
  return found?.type ?? node.of;
}

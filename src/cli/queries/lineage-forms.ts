import type { Lineage, LineageTask } from '../../engine/ports/run-reader.ts';
import type { Digest } from '../../util/brand.ts';
import { bytesInWords } from '../amounts.ts';
import { formats } from '../formats.ts';
import type { Colors } from '../terminal.ts';
import { shortDigest, shortPath, tagsInWords, timeInWords } from './wording.ts';

/** As docs/json.md says. */
export const lineageDocument = (lineage: Lineage) => ({
  format: formats.lineage,
  root: lineage.root,
  artifacts: Object.fromEntries(
    [...lineage.artifacts].map(([digest, { size, info, tags, locations, producedBy, directory }]) => [
      digest,
      {
        size: size ?? null,
        type: info?.mediaType ?? null,
        directory: directory ?? false,
        ...(info?.image !== undefined && { image: info.image }),
        tags,
        locations: locations.map(({ path, kind, run, at, name, current }) => ({ path, kind, run, at, name, current })),
        producedBy,
      },
    ]),
  ),
  tasks: Object.fromEntries(
    [...lineage.tasks].map(([id, task]) => [
      id,
      {
        process: task.call?.process ?? null,
        run: task.run,
        key: task.key,
        tags: task.tags,
        startedAt: task.startedAt ?? null,
        seconds: task.seconds ?? null,
        runner: task.call?.runner ?? null,
        environment: task.call?.environment ?? null,
        command: task.call?.command ?? null,
        isolation: task.isolation ?? null,
        source: task.call === undefined ? null : { file: task.call.script.file, line: task.call.script.line },
        inputs: task.inputs,
        outputs: task.outputs,
      },
    ]),
  ),
});

/** An indented tree, each artifact and task once; what was shown above is only named. */
export function lineageLines(
  lineage: Lineage,
  options: { readonly direction: 'up' | 'down'; readonly colors: Colors; readonly folder: string },
): readonly string[] {
  const { bold, cyan, dim } = options.colors;
  const lines: string[] = [];
  const seen = new Set<string>();
  const nameOf = (digest: Digest, name?: string): string => {
    const artifact = lineage.artifacts.get(digest);
    const place = artifact?.locations[0];
    const label = place === undefined ? (name ?? 'content') : shortPath(place.path, options.folder);
    const size = artifact?.size === undefined ? '' : `  ${bytesInWords(artifact.size)}`;
    const tags = artifact === undefined ? '' : tagsInWords(artifact.tags);
    return `${bold(label)}${dim(`  ${shortDigest(digest)}${size}${tags === '' ? '' : `  ${tags}`}`)}`;
  };
  const taskLine = (id: string, task: LineageTask): string => {
    const at = task.startedAt === undefined ? '' : `  ${timeInWords(task.startedAt)}`;
    const source =
      task.call === undefined ? '' : `  ${shortPath(task.call.script.file, options.folder)}:${task.call.script.line}`;
    return `${cyan(id)}${dim(`${at}${source}${task.call === undefined ? '' : `  ${task.call.command}`}`)}`;
  };
  const walk = (digest: Digest, depth: number, name?: string): void => {
    const again = seen.has(digest);
    lines.push(`${'  '.repeat(depth)}${nameOf(digest, name)}${again ? dim('  (above)') : ''}`);
    if (again) return;
    seen.add(digest);
    for (const [id, task] of lineage.tasks) {
      const [from, to] = options.direction === 'up' ? [task.outputs, task.inputs] : [task.inputs, task.outputs];
      if (!from.some((edge) => edge.digest === digest)) continue;
      if (options.direction === 'up' && !(lineage.artifacts.get(digest)?.producedBy.includes(id) ?? false)) continue;
      const known = seen.has(id);
      lines.push(
        `${'  '.repeat(depth + 1)}${options.direction === 'up' ? 'made by' : 'used by'} ${taskLine(id, task)}${known ? dim('  (above)') : ''}`,
      );
      if (known) continue;
      seen.add(id);
      for (const edge of to) walk(edge.digest, depth + 2, edge.name);
    }
  };
  walk(lineage.root, 0);
  return lines;
}

export function lineageMermaid(lineage: Lineage, folder: string): string {
  const { artifacts, tasks, edges } = graphOf(lineage, folder);
  const quoted = (text: string): string =>
    `"${text.replaceAll('&', '#amp;').replaceAll('"', '#quot;').replaceAll('<', '#lt;').replaceAll('\n', ' ')}"`;
  return [
    'flowchart LR',
    ...artifacts.map(({ id, label }) => `  ${id}(${quoted(label)})`),
    ...tasks.map(({ id, label }) => `  ${id}[${quoted(label)}]`),
    ...edges.map(({ from, to, label }) => `  ${from} -->|${quoted(label)}| ${to}`),
  ].join('\n');
}

export function lineageDot(lineage: Lineage, folder: string): string {
  const { artifacts, tasks, edges } = graphOf(lineage, folder);
  const quoted = (text: string): string =>
    `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
  return [
    'digraph lineage {',
    '  rankdir=LR;',
    ...artifacts.map(({ id, label }) => `  ${id} [shape=ellipse, label=${quoted(label)}];`),
    ...tasks.map(({ id, label }) => `  ${id} [shape=box, label=${quoted(label)}];`),
    ...edges.map(({ from, to, label }) => `  ${from} -> ${to} [label=${quoted(label)}];`),
    '}',
  ].join('\n');
}

function graphOf(lineage: Lineage, folder: string) {
  const ids = new Map<string, string>();
  const artifacts = [...lineage.artifacts].map(([digest, artifact], index) => {
    ids.set(digest, `a${index}`);
    const place = artifact.locations[0];
    return { id: `a${index}`, label: place === undefined ? shortDigest(digest) : shortPath(place.path, folder) };
  });
  const tasks = [...lineage.tasks].map(([id], index) => {
    ids.set(id, `t${index}`);
    return { id: `t${index}`, label: id };
  });
  const edges = [...lineage.tasks].flatMap(([id, task]) => [
    ...task.inputs.map((edge) => ({ from: ids.get(edge.digest) ?? '', to: ids.get(id) ?? '', label: edge.name })),
    ...task.outputs.map((edge) => ({ from: ids.get(id) ?? '', to: ids.get(edge.digest) ?? '', label: edge.name })),
  ]);
  return { artifacts, tasks, edges };
}

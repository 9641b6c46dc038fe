import type { Lineage, LineageTask } from '../../engine/ports/run-reader.ts';
import { nearestFirst } from '../../store/reader/nearest.ts';
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
  options: {
    readonly direction: 'up' | 'down';
    readonly colors: Colors;
    readonly folder: string;
    readonly path?: string;
  },
): readonly string[] {
  const { bold, cyan, dim } = options.colors;
  const lines: string[] = [];
  /** Work that several items share was done for one of them: the tags of what is asked for say which item it is about. */
  const asked = lineage.artifacts.get(lineage.root)?.locations.find((one) => one.path === options.path)?.tags;
  const seen = new Set<string>();
  /** The place that has to do with this task, where the same bytes lie in several. */
  const nameOf = (digest: Digest, edge?: Edge): string => {
    const artifact = lineage.artifacts.get(digest);
    const places = artifact?.locations ?? [];
    const place =
      edge === undefined
        ? (places.find((one) => one.path === options.path) ?? places[0])
        : options.direction === 'up'
          ? nearestFirst(places, { run: edge.task.run, tags: { ...edge.task.tags, ...asked } })[0]
          : (places.find((one) => one.task === edge.task.task) ?? places[0]);
    const label = place === undefined ? (edge?.name ?? 'content') : shortPath(place.path, options.folder);
    const size = artifact?.size === undefined ? '' : `  ${bytesInWords(artifact.size)}`;
    const tags = place === undefined ? tagsInWords(artifact?.tags ?? {}) : tagsInWords(place.tags);
    return `${bold(label)}${dim(`  ${shortDigest(digest)}${size}${tags === '' ? '' : `  ${tags}`}`)}`;
  };
  const taskLine = (id: string, task: LineageTask): string => {
    const at = task.startedAt === undefined ? '' : `  ${timeInWords(task.startedAt)}`;
    const source =
      task.call === undefined ? '' : `  ${shortPath(task.call.script.file, options.folder)}:${task.call.script.line}`;
    return `${cyan(id)}${dim(`${at}${source}${task.call === undefined ? '' : `  ${task.call.command}`}`)}`;
  };
  const makers = (digest: Digest): readonly string[] => lineage.artifacts.get(digest)?.producedBy ?? [];
  const users = (digest: Digest): readonly string[] =>
    [...lineage.tasks].filter(([, task]) => task.inputs.some((edge) => edge.digest === digest)).map(([id]) => id);
  const walk = (digest: Digest, depth: number, edge?: Edge): void => {
    const again = seen.has(digest);
    lines.push(`${'  '.repeat(depth)}${nameOf(digest, edge)}${again ? dim('  (above)') : ''}`);
    if (again) return;
    seen.add(digest);
    for (const id of options.direction === 'up' ? makers(digest) : users(digest)) {
      const task = lineage.tasks.get(id);
      const how = options.direction === 'up' ? 'made by' : 'used by';
      const known = seen.has(id);
      lines.push(
        `${'  '.repeat(depth + 1)}${how} ${task === undefined ? cyan(id) : taskLine(id, task)}${known ? dim('  (above)') : ''}`,
      );
      if (known || task === undefined) continue;
      seen.add(id);
      for (const next of options.direction === 'up' ? task.inputs : task.outputs)
        walk(next.digest, depth + 2, { name: next.name, task });
    }
  };
  walk(lineage.root, 0);
  return lines;
}

interface Edge {
  readonly name: string;
  readonly task: LineageTask;
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

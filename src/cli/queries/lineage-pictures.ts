import type { Lineage } from '../../engine/ports/run-reader.ts';
import type { AffectedContent } from './lineage-forms.ts';
import { affectedInWords, shortDigest, shortPath } from './wording.ts';

export interface PictureOptions {
  readonly folder: string;
  readonly affected: AffectedContent;
}

export function lineageMermaid(lineage: Lineage, options: PictureOptions): string {
  const { artifacts, tasks, edges } = graphOf(lineage, options);
  const quoted = (text: string): string =>
    `"${text.replaceAll('&', '#amp;').replaceAll('"', '#quot;').replaceAll('<', '#lt;').replaceAll('\n', ' ')}"`;
  const marked = artifacts.filter(({ isAffected }) => isAffected);
  return [
    'flowchart LR',
    ...artifacts.map(({ id, lines }) => `  ${id}(${quoted(lines.join(' · '))})`),
    ...tasks.map(({ id, label }) => `  ${id}[${quoted(label)}]`),
    ...edges.map(({ from, to, label }) => `  ${from} -->|${quoted(label)}| ${to}`),
    ...(marked.length === 0
      ? []
      : [
          '  classDef affected stroke:#c00,stroke-width:2px',
          `  class ${marked.map(({ id }) => id).join(',')} affected`,
        ]),
  ].join('\n');
}

export function lineageDot(lineage: Lineage, options: PictureOptions): string {
  const { artifacts, tasks, edges } = graphOf(lineage, options);
  const quoted = (text: string): string =>
    `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
  return [
    'digraph lineage {',
    '  rankdir=LR;',
    ...artifacts.map(
      ({ id, lines, isAffected }) =>
        `  ${id} [shape=ellipse, label=${quoted(lines.join('\n'))}${isAffected ? ', color=red' : ''}];`,
    ),
    ...tasks.map(({ id, label }) => `  ${id} [shape=box, label=${quoted(label)}];`),
    ...edges.map(({ from, to, label }) => `  ${from} -> ${to} [label=${quoted(label)}];`),
    '}',
  ].join('\n');
}

function graphOf(lineage: Lineage, { folder, affected }: PictureOptions) {
  const ids = new Map<string, string>();
  const artifacts = [...lineage.artifacts].map(([digest, artifact], index) => {
    ids.set(digest, `a${index}`);
    const place = artifact.locations[0] ?? artifact.items[0];
    const mark = affected.get(digest);
    return {
      id: `a${index}`,
      lines: [
        place === undefined ? shortDigest(digest) : shortPath(place.path, folder),
        ...artifact.items.map(
          (item) =>
            `${item.experiment}/${item.dataset}/${item.name}, imported ${item.importedAt.slice(0, 10)} by ${item.importedBy}`,
        ),
        ...(mark === undefined ? [] : [affectedInWords(mark, folder)]),
      ],
      isAffected: mark !== undefined,
    };
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

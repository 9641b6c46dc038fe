import type { Node, NodeId, Program } from '../../parser/index.ts';
import { blake3 } from '../../util/blake3.ts';
import { asAttemptToken, type Digest } from '../../util/brand.ts';
import { framed } from '../key/canonical.ts';
import { taskKey } from '../key/task-key.ts';
import type { Completion, TableComputation } from '../plan/step.ts';
import type { KeyPart } from '../ports/event.ts';
import { type FileValue, isFile, isList, isRecord, type Value } from '../ports/value.ts';
import { place } from './call-record.ts';
import { readNodes } from './critical-path.ts';
import type { Ledger } from './ledger.ts';
import { inputFiles, type Work } from './work.ts';

/**
 * Tables that the engine makes of tags and scalars have a history like every other result: what their rows came from is what the tasks above them made,
 * or, where those made numbers alone, what they read.
 */
export interface Tables {
  /** A task is over; kept where a table hangs on its call. */
  made(work: Work, completion: Completion): void;
  /** Records a table as a result. Returns the id it goes by. */
  record(computation: TableComputation, file: FileValue): string;
  /** The id of the table with this content. */
  idOf(digest: Digest): string | undefined;
}

export function createTables(program: Program, ledger: Ledger): Tables {
  const above = new Map<NodeId, readonly NodeId[]>();
  for (const node of program.nodes) if (node.kind === 'table') above.set(node.id, callsAbove(program, node));
  const made = new Map<NodeId, Set<Digest>>();
  for (const calls of above.values()) for (const call of calls) made.set(call, new Set());
  const ids = new Map<Digest, string>();

  return {
    idOf: (digest) => ids.get(digest),
    made(work, completion) {
      const digests = made.get(work.task.call.id);
      if (!digests || completion.how !== 'succeeded') return;
      const own = Object.values(completion.outputs).flatMap((output) =>
        output.kind === 'one' ? filesIn(output.value) : output.items.flatMap((item) => filesIn(item.value)),
      );
      const read = own.length > 0 ? own : inputFiles(work.inputs).map(({ file }) => file);
      for (const file of read) digests.add(file.digest);
    },
    record(computation, file) {
      const node = program.nodes[computation.node];
      if (!node) throw new Error(`node ${computation.node} is unknown`);
      const id = node.name;
      ids.set(file.digest, id);
      const parts: KeyPart[] = [
        [
          'table.columns',
          'argv',
          computation.columns.map((column) => framed(`${column.name}: ${column.kind}`)).join(''),
        ],
        ['table.rows', 'text', blake3(JSON.stringify(computation.rows))],
      ];
      const key = taskKey(parts);
      const at = place(node.span);
      const inputs = (above.get(node.id) ?? []).flatMap((call) => {
        const name = program.nodes[call]?.name ?? '';
        return [...(made.get(call) ?? [])].map((digest) => ({ name, digest }));
      });
      ledger.record(
        {
          type: 'calls-recorded',
          calls: [
            {
              call: id,
              process: 'table',
              ...at,
              script: at,
              args: {},
              command: 'table(…)',
              runner: 'local',
              environment: 'bit',
            },
          ],
        },
        { type: 'tasks-planned', tasks: [{ task: id, call: id, tags: {}, key, parts, inputs, byEngine: true }] },
        {
          type: 'tasks-succeeded',
          tasks: [
            {
              task: id,
              key,
              token: asAttemptToken(''),
              byEngine: true,
              outputs: [
                {
                  name: 'table',
                  value: {
                    kind: 'file',
                    digest: file.digest,
                    size: file.size,
                    directory: false,
                    path: file.name,
                    info: file.info,
                  },
                },
              ],
            },
          ],
        },
      );
      return id;
    },
  };
}

/** The nearest calls above a node. */
function callsAbove(program: Program, node: Node): readonly NodeId[] {
  const found = new Set<NodeId>();
  const seen = new Set<NodeId>();
  const walk = (id: NodeId): void => {
    const at = program.nodes[id];
    if (!at || seen.has(id)) return;
    seen.add(id);
    if (at.kind === 'call') found.add(id);
    else readNodes(at).forEach(walk);
  };
  readNodes(node).forEach(walk);
  return [...found].sort((a, b) => a - b);
}

function filesIn(value: Value): readonly FileValue[] {
  if (isFile(value)) return [value];
  if (isList(value)) return value.flatMap(filesIn);
  return isRecord(value) ? Object.values(value.fields).flatMap(filesIn) : [];
}

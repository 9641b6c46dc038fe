import type { KeyPart } from '../../../src/engine/ports/event.ts';
import type { Tags } from '../../../src/engine/ports/value.ts';
import type { Store } from '../../../src/store/index.ts';
import { blake3 } from '../../../src/util/blake3.ts';
import { asAttemptToken, asTaskKey, type Digest, type RunId } from '../../../src/util/brand.ts';
import { call, started } from '../../contract/run-store.contract.ts';

export interface SyntheticTask {
  readonly call: string;
  readonly tags: Tags;
  /** Names of contents; the digest is that of the name. */
  readonly reads: readonly string[];
  readonly makes: string;
  /** Where what it made is published, below the folder of results. */
  readonly publishes?: string;
  readonly parts?: readonly KeyPart[];
  readonly environment?: string;
}

/** A run of these tasks, as an engine would write it down when all of them ran. */
export async function syntheticRun(store: Store, tasks: readonly SyntheticTask[]): Promise<RunId> {
  const run = store.runs.createRun();
  const rows = tasks.map((task) => {
    const id = `${task.call}[${Object.entries(task.tags)
      .map(([name, value]) => `${name}=${value}`)
      .join(',')}]`;
    const inputs = task.reads.map((name, index) => ({ name: `in${index}`, digest: blake3(name) }));
    const parts: readonly KeyPart[] = [
      ['script', 'text', blake3(task.call)],
      ...(task.parts ?? []),
      ...inputs.map((input): KeyPart => [`input.${input.name}`, 'file', input.digest]),
    ];
    return { ...task, id, parts, inputs, key: asTaskKey(blake3(JSON.stringify([task.call, parts, task.tags]))) };
  });
  const calls = new Map(rows.map((row) => [row.call, row.environment ?? 'system']));
  const file = (digest: Digest) => ({
    kind: 'file' as const,
    digest,
    size: 5,
    directory: false,
    path: 'out.txt',
    info: { mediaType: 'text/plain' },
  });
  await store.runs.append(run, [
    started(store.runs.engine.token),
    { type: 'calls-recorded', calls: [...calls].map(([name, environment]) => ({ ...call(name), environment })) },
    {
      type: 'tasks-planned',
      tasks: rows.map((row) => ({
        task: row.id,
        call: row.call,
        tags: row.tags,
        key: row.key,
        parts: row.parts,
        inputs: row.inputs,
      })),
    },
    {
      type: 'tasks-succeeded',
      tasks: rows.map((row) => ({
        task: row.id,
        key: row.key,
        token: asAttemptToken(`${run} ${row.id}`),
        outputs: [{ name: 'out', value: file(blake3(row.makes)) }],
      })),
    },
    {
      type: 'published',
      files: rows.flatMap((row) =>
        row.publishes === undefined
          ? []
          : [
              {
                path: `/p/results/${row.publishes}`,
                relative: row.publishes,
                digest: blake3(row.makes),
                directory: false,
                size: 5,
                tags: row.tags,
                name: row.call,
                task: row.id,
              },
            ],
      ),
    },
  ]);
  return run;
}

/** `NAME 0` → `NAME 1` → … → `ends`, which is published as `NAME.txt`. */
export const makeChain = (
  store: Store,
  chain: { readonly name: string; readonly length: number; readonly ends: string },
): Promise<RunId> =>
  syntheticRun(
    store,
    Array.from({ length: chain.length }, (_, n) => {
      const last = n + 1 === chain.length;
      return {
        call: 'step',
        tags: { chain: chain.name, n },
        reads: [`${chain.name} ${n}`],
        makes: last ? chain.ends : `${chain.name} ${n + 1}`,
        ...(last && { publishes: `${chain.name}.txt` }),
      };
    }),
  );

/** One task in each kind of environment, with the parts that it adds to a key. */
export async function toolsRun(store: Store): Promise<void> {
  const environments: readonly (readonly [
    name: string,
    shown: string,
    parts: readonly (readonly [string, string])[],
  ])[] = [
    [
      'conda',
      'conda 77aa00 (samtools)',
      [['conda', 'r-base-4.3.3-h1_2.conda md5=00ff\nsamtools-1.19-h50ea8bc_0.tar.bz2 md5=ab\n']],
    ],
    ['container', 'container tools:1', [['container', `sha256:${'c'.repeat(64)}`]]],
    ['modules', 'modules samtools/1.19, gcc/12.2', [['modules', 'bio/samtools/1.19 gcc/12.2']]],
    [
      'pip',
      'pip 3f2a91 (cellpose, scikit-image)',
      [
        ['python', '3.11.9'],
        ['pip', 'cellpose==4.0.1\nscikit-image==0.25.0 sha256=aa\n'],
      ],
    ],
    [
      'pip-newer',
      'pip 99ff00 (cellpose, scikit-image)',
      [
        ['python', '3.11.9'],
        ['pip', 'cellpose==4.0.10\nscikit-image==0.25.0 sha256=aa\n'],
      ],
    ],
    [
      'program',
      'system',
      [
        ['program samtools', 'samtools 1.19 (using htslib 1.20)'],
        ['bash', '5.2.21'],
        ['variable VERSION', 'cellpose==4.0.1'],
      ],
    ],
  ];
  for (const [environment, shown, parts] of environments)
    await syntheticRun(store, [
      {
        call: 'use',
        tags: { environment },
        reads: ['raw'],
        makes: `made with ${environment}`,
        publishes: `${environment}.txt`,
        environment: shown,
        parts: parts.map(([name, value]): KeyPart => [`environment.${name}`, 'str', value]),
      },
    ]);
}

/** Containers and clusters: the same short tasks by hand, with the tools that people use for it. */
import { spawnSync } from 'node:child_process';
import { has, median, putAside, type Timed, timed, write } from './measure.ts';

export type Note = (graph: string, what: string, tool: string, result: Timed) => void;

export interface Elsewhere {
  /** `bin/bit.js`. */
  readonly bit: string;
  readonly fresh: (name: string) => string;
  readonly note: Note;
}

/** 200 containers, two at a time, against a loop of `docker run`. An image that is here and has a shell is taken. */
export function measureDocker({ bit, fresh, note }: Elsewhere): void {
  const image = process.env.BENCH_IMAGE ?? smallestImage();
  if (image === undefined) {
    unmeasured('Docker: no daemon answers, or there is no image here');
    return;
  }
  const at = fresh('docker');
  write(at, 'graph.bit', shellTasks({ count: 200, environment: `container: "${image}"` }));
  const mount = `type=bind,source=${at},target=/work`;
  const run = `docker run --rm --network none --mount ${mount} --workdir /work ${image} sh -c 'echo {} > loop-{}.txt'`;
  note('200 containers', 'cold', 'bit', cold({ bit, at, flags: ['--runner', 'docker'] }));
  const loop = median(
    3,
    () => undefined,
    () => timed('sh', ['-c', `seq 200 | xargs -P 2 -I '{}' ${run}`], { cwd: at }),
  );
  note('200 containers', 'cold', 'docker run', loop);
}

/** 1 000 short tasks against one array written by hand, alone and packed. */
export function measureSlurm({ bit, fresh, note }: Elsewhere): void {
  if (!has('sbatch') || spawnSync('scontrol', ['ping']).status !== 0) {
    unmeasured('Slurm: no controller answers here');
    return;
  }
  const at = fresh('slurm');
  const count = 1000;
  write(at, 'graph.bit', shellTasks({ count }));
  note('1 000 jobs', 'cold', 'bit', cold({ bit, at, flags: ['--runner', 'slurm'] }));
  write(at, 'array.sh', `#!/bin/sh\necho "$SLURM_ARRAY_TASK_ID" > array-"$SLURM_ARRAY_TASK_ID".txt\n`);
  const array = median(
    3,
    () => undefined,
    () =>
      // `sbatch --wait` looks ever more seldom, and would be told of the end much too late.
      timed(
        'sh',
        [
          '-c',
          `job=$(sbatch --parsable --array=0-${count - 1} --mem=10 --output=/dev/null array.sh) && while squeue --noheader --job "$job" | grep -q .; do sleep 0.2; done`,
        ],
        { cwd: at },
      ),
  );
  note('1 000 jobs', 'cold', 'sbatch', array);
  write(at, 'graph.bit', shellTasks({ count, resources: 'time: 10 s' }));
  note('1 000 packed', 'cold', 'bit', cold({ bit, at, flags: ['--runner', 'slurm'] }));
  note('1 000 packed', 'cold', 'sbatch', array);
}

function shellTasks(of: {
  readonly count: number;
  readonly environment?: string;
  readonly resources?: string;
}): string {
  return `process make_file {
  input { n: Int }
  output { out: Text = "out.txt" }
  ${of.resources === undefined ? '' : `resources { ${of.resources} }`}
  ${of.environment === undefined ? '' : `environment { ${of.environment} }`}
  exec ["sh", "-c", "echo $1 > out.txt", "make_file", "{n}"]
}

workflow {
  let made = make_file(values(range(0, ${of.count})))
  assert count(made) == ${of.count}, "every task made its file"
}
`;
}

function cold(of: { readonly bit: string; readonly at: string; readonly flags: readonly string[] }): Timed {
  return median(
    3,
    () => putAside(of.at, ['.bit']),
    () => timed('node', [of.bit, 'run', 'graph.bit', ...of.flags], { cwd: of.at }),
  );
}

function smallestImage(): string | undefined {
  if (!has('docker')) return undefined;
  const listed = spawnSync('docker', ['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}'], { encoding: 'utf8' });
  const names = listed.stdout.split('\n').filter((name) => name !== '' && !name.includes('<none>'));
  return names.find((name) => name.includes('busybox')) ?? names[0];
}

function unmeasured(why: string): void {
  process.stderr.write(`${why}: not measured\n`);
}

import { existsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { execa } from 'execa';
import type { Capacity } from '../../engine/ports/runner.ts';

/** What this machine offers; limits of a container or control group count. */
export async function machineCapacity(): Promise<Capacity> {
  const constrained = process.constrainedMemory();
  const total = totalmem();
  return {
    pool: 'machine',
    cpus: availableParallelism(),
    memoryBytes: constrained > 0 && constrained < total ? constrained : total,
    gpus: (await listGpus()).length,
  };
}

/** Names of the GPUs, by the driver's own tool; none where there is no driver. */
export async function listGpus(): Promise<readonly string[]> {
  if (!existsSync('/proc/driver/nvidia') && !existsSync('/dev/nvidiactl')) return [];
  const listed = await execa('nvidia-smi', ['-L'], { reject: false, timeout: 10_000, stdin: 'ignore' });
  if (listed.failed) return [];
  return listed.stdout.split('\n').filter((line) => line.startsWith('GPU '));
}

/**
 * Loaded before a command (`node --import`): writes what the command's own process came to when it ends, without the command knowing: the
 * longest and the 99th percentile of the event loop's stalls, and peak memory.
 */
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const file = process.env.BENCH_LAG;
if (file !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  process.on('exit', () => {
    const stalls = {
      maxMs: delay.max / 1e6,
      p99Ms: delay.percentile(99) / 1e6,
      peakMiB: process.resourceUsage().maxRSS / 1024,
    };
    writeFileSync(file, JSON.stringify(stalls));
  });
}

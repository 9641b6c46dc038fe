import { reportInternalError } from './internal-error.ts';
import { invoke } from './invoke.ts';

/** The command: reads the words after `bit`, does what they say, and ends the process with the exit status of cli.md. */
export async function main(words: readonly string[]): Promise<void> {
  process.on('uncaughtException', (error) => end(reportInternalError(error, { words })));
  process.on('unhandledRejection', (error) => end(reportInternalError(error, { words })));
  let status: number;
  try {
    status = await invoke(words);
  } catch (error) {
    status = reportInternalError(error, { words });
  }
  end(status);
}

/** A pipe may still hold what was written: exiting at once would cut it off. */
function end(status: number): void {
  process.exitCode = status;
  let open = 2;
  const closed = (): void => {
    open -= 1;
    if (open === 0) process.exit();
  };
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.writableLength === 0 || stream.destroyed) closed();
    else stream.write('', closed);
  }
}

if (import.meta.main) await main(process.argv.slice(2));

import { versionLine } from './version-line.ts';

/**
 * The command: reads the words after `bit`, does what they say, and ends the process with the exit status of cli.md. Everything but the
 * answer to `bit version` is loaded from here on, because scripts ask that often and nothing else is needed for it.
 */
export async function main(words: readonly string[]): Promise<void> {
  if (words.length === 1 && (words[0] === 'version' || words[0] === '--version' || words[0] === '-V')) {
    process.stdout.write(`${versionLine()}\n`);
    return;
  }
  const fail = async (error: unknown): Promise<void> => {
    const { reportInternalError } = await import('./internal-error.ts');
    end(reportInternalError(error, { words }));
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  try {
    const { invoke } = await import('./invoke.ts');
    end(await invoke(words));
  } catch (error) {
    await fail(error);
  }
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

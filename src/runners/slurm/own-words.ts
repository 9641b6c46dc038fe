/**
 * Options of `sbatch` that are the runner's: with others of these a job is not found again, or `sbatch` does not answer with its number. The
 * site and the process may say anything else.
 */
const own: ReadonlySet<string> = new Set([
  ...['--job-name', '-J', '--array', '-a', '--output', '-o', '--error', '-e', '--open-mode', '--parsable'],
  ...[
    '--wait',
    '-W',
    '--test-only',
    '--requeue',
    '--no-requeue',
    '--export',
    '--chdir',
    '-D',
    '--wrap',
    '--hold',
    '-H',
  ],
  ...['--clusters', '--cluster', '-M', '--help', '-h', '--usage', '--version', '-V', '--dependency', '-d'],
]);

/** The first of these words that may not be said; undefined where all may. */
export function ownWord(words: readonly string[]): string | undefined {
  return words.find((word) => {
    const [name = ''] = word.trim().split(/[=\s]/, 1);
    // `-Jname` is one word too.
    return own.has(name) || (/^-[A-Za-z]/.test(name) && own.has(name.slice(0, 2)));
  });
}

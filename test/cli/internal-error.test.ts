import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { makePlace, root } from './bit.ts';

test('a mistake of our own is called one: no stack on the screen, all of it in a report, exit 70', async () => {
  const place = makePlace({
    'broken.mjs': `import { reportInternalError } from ${JSON.stringify(join(root, 'src/cli/internal-error.ts'))};
process.exitCode = reportInternalError(new Error('the plan lost a task'), { words: ['run', 'my cells.bit'] });
`,
  });
  const ended = await execa(process.execPath, ['broken.mjs'], {
    cwd: place.folder,
    env: { ...place.environment, TMPDIR: place.folder },
    extendEnv: false,
    reject: false,
  });
  expect(ended.exitCode).toBe(70);
  const [folder = ''] = readdirSync(place.folder).filter((name) => name.startsWith('bit-report-'));
  expect(ended.stderr.split('\n')).toEqual([
    'internal error: the plan lost a task',
    '  This is a mistake in bit, not in your pipeline. What finished is safe; the same command continues from there.',
    `  The report is ${join(place.folder, folder, 'report.txt')}. Please send it to the maintainers of Bitflow, with the pipeline if you may share it.`,
  ]);
  const report = readFileSync(join(place.folder, folder, 'report.txt'), 'utf8');
  expect(report).toContain("command: bit run 'my cells.bit'");
  expect(report).toContain('Error: the plan lost a task\n    at ');
  place.remove();
});

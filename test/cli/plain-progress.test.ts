import { expect, test } from 'vitest';
import { buildingLine, readyLine } from '../../src/cli/reporters/environment-lines.ts';
import { plainReporter } from '../../src/cli/reporters/plain.ts';
import { openTerminal } from '../../src/cli/terminal.ts';

test('an environment that is built is a line at its start and one at its end', () => {
  const lines: string[] = [];
  const output = { ...openTerminal({ color: 'never', environment: {} }).err, line: (text = '') => lines.push(text) };
  const reporter = plainReporter({ output, now: () => 0 });
  const told = [buildingLine('Python 3.12 with numpy'), 'Collecting numpy', 'Downloading numpy', readyLine];
  // Two processes share it.
  for (const line of [...told, buildingLine('Python 3.12 with numpy'), readyLine])
    reporter.onNotice({ kind: 'environment', name: 'pip 9207d8', line });
  reporter.close();
  expect(lines).toEqual([
    'environment pip 9207d8: building (Python 3.12 with numpy); this may take a minute or more',
    'environment pip 9207d8: ready',
  ]);
});

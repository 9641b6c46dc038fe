import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openLocalRunner } from '../../src/runners/local/index.ts';
import { type Lab, openLab, programs, realPython } from '../support/runner-lab.ts';

vi.setConfig({ testTimeout: 60_000 });

let lab: Lab;
beforeAll(async () => {
  lab = await openLab((workFolder) => openLocalRunner({ workFolder, slots: 2 }));
});
afterAll(() => lab.close());

const activation = { path: [], variables: {}, programs: { ...programs, python: realPython() } };
const document = {
  input: { sigma: 1.5 },
  output: { tiles: { kind: 'pattern', pattern: 'tiles/{col}.tif', captures: ['col'] } as const },
  resource: { cpus: 3 },
};

/** Each fails in its third line: the message has to say so, and no line of ours may come before the author's. */
const scripts: readonly (readonly [language: string, text: string, said: string, place: RegExp])[] = [
  ['bash', 'echo "$sigma $cpus $tiles"\n\nno_such_command', '1.5 3 tiles/{col}.tif\n', /script\.bash: line 3: /],
  ['bash', 'echo "$sigma $cpus $(( $$ > 0 ))"\n\nno_such_command', '1.5 3 1\n', /script\.bash: line 3: /],
  [
    'python',
    'from bitflow import task\nprint(task.input.sigma, task.cpus, task.output.tiles(col=7))\nraise ValueError("oh")',
    '1.5 3 tiles/7.tif\n',
    /script\.py", line 3, in <module>/,
  ],
  [
    'perl',
    'use strict; use warnings;\nprint "$task->{input}{sigma} $task{cpus} $task->{output}{tiles}{pattern}\\n";\ndie "oh"',
    '1.5 3 tiles/{col}.tif\n',
    /script\.pl line 3\./,
  ],
  [
    'node',
    'const { log } = require("node:console");\nlog(task.input.sigma, task.cpus, task.output.tiles({ col: 7 }));\nthrow new Error("oh");',
    '1.5 3 tiles/7.tif\n',
    /script\.cjs:3/,
  ],
  [
    'node',
    'import { log } from "node:console";\nlog(task.input.sigma, task.cpus, task.output.tiles({ col: 7 }));\nthrow new Error("oh");',
    '1.5 3 tiles/7.tif\n',
    /script\.mjs:3/,
  ],
  [
    'r',
    'cat(task$input$sigma, task$cpus, task$output$tiles$pattern)\ncat("\\n")\nstop("oh")',
    '1.5 3 tiles/{col}.tif\n',
    /script\.R: line 3/,
  ],
];

test.each(scripts)(
  "%s: values are at hand, and an error names the author's line (%#)",
  async (language, text, said, place) => {
    // R is not on every machine that runs these tests; all others are.
    if (language === 'r' && programs.r === undefined) return;
    const { stdout, stderr, record, directory } = await lab.run({ script: [language, text], document, activation });
    expect(stdout).toBe(said);
    expect(stderr).toMatch(place);
    expect(record.how).toMatchObject({ kind: 'exited' });
    expect(record.how).not.toEqual({ kind: 'exited', code: 0 });
    const name = place.source.split(/[: "]/)[0]?.replace('\\', '') ?? '';
    expect(readFileSync(`${directory}/${name}`, 'utf8')).toBe(text);
  },
);

test('a language that is not there was not started, in words that name its program', async () => {
  const { record } = await lab.run({
    script: ['julia', 'println(1)'],
    activation: { path: [], variables: {}, programs: {} },
  });
  expect(record.how).toMatchObject({ kind: 'not-started', why: expect.stringContaining('julia') });
});

test('a text with a NUL, which no argument can hold, is refused before anything is made', async () => {
  const launch = lab.launch({ exec: ['echo', 'a\0b'] });
  await lab.submit([launch]);
  expect(await lab.update(launch.token, 'not-started')).toMatchObject({ why: expect.stringContaining('NUL') });
});

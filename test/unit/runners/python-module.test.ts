import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { TaskDocument } from '../../../src/engine/ports/runner.ts';
import { openProbes } from '../../../src/runners/environment/probes.ts';
import { findPython } from '../../../src/runners/environment/python.ts';
import { taskJson } from '../../../src/runners/wrapper/task-json.ts';
import { wrapperFolder } from '../../../src/runners/wrapper/wrapper-folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'bit-python-'));
afterAll(() => rmSync(folder, { recursive: true }));

const document: TaskDocument = {
  input: {
    image: { path: 'image.tif' },
    tiles: { list: [{ path: 'tiles/0001.tif' }] },
    pair: { record: { left: { path: 'l.tif' }, gain: 2 } },
    name: 'x',
    absent: null,
  },
  output: {
    mask: { kind: 'path', path: 'mask.tif' },
    cells: { kind: 'pattern', pattern: 'deep/{row}/{col}.tif', captures: ['row', 'col'] },
    loose: { kind: 'pattern', pattern: 'loose/*_*.csv', captures: [] },
  },
  tag: { cell: 'A', items: 1, keys: 2 },
  tagsOf: { tiles: [{ row: 4 }] },
  resource: { cpus: 4 },
};

const probes = openProbes(join(folder, 'probes.json'));
const versions = ['3.8', '3.9', '3.10', '3.11', '3.12', '3.13'];
const pythons = await Promise.all(
  versions.map(async (version) => ({
    version,
    python: (await findPython(version, { searchPath: process.env.PATH ?? '', probes })).found,
  })),
);
const present = pythons.flatMap(({ version, python }) =>
  python === undefined ? [] : [[version, python.executable] as const],
);

test('there is a Python to test with', () => {
  expect(present.length).toBeGreaterThan(0);
});

describe.each(present)('Python %s', (_version, executable) => {
  writeFileSync(join(folder, 'task.json'), taskJson(document));
  const run = (text: string): string => {
    try {
      return execFileSync(executable, ['-c', `from bitflow import task\n${text}`], {
        cwd: folder,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PYTHONPATH: `${wrapperFolder()}/languages/python`,
          BIT_TASK: join(folder, 'task.json'),
          PYTHONDONTWRITEBYTECODE: '1',
        },
      }).trim();
    } catch (error) {
      return (
        String((error as { stderr: string }).stderr)
          .trim()
          .split('\n')
          .at(-1) ?? ''
      );
    }
  };

  test('values, paths, tags and resources', () => {
    const seen = run(`import json, pathlib
assert isinstance(task.input.image, pathlib.Path) and isinstance(task.input.tiles[0], pathlib.Path)
assert isinstance(task.input.pair.left, pathlib.Path) and task.input.pair.gain == 2
assert task.input.absent is None and "absent" in task.input and "nope" not in task.input
assert task.input["name"] == "x" and dict(task.tag) == {"cell": "A", "items": 1, "keys": 2}
assert task.tag.items == 1 and task.tags_of.tiles[0].row == 4 and task.cpus == 4
assert str(task.output.mask) == "mask.tif"
print(task.output.cells(row=1, col=2), task.output.cells(col="b", row="a"), task.output.loose("l", 3))
print(pathlib.Path("deep/1").is_dir(), task.output.cells)`);
    expect(seen).toBe('deep/1/2.tif deep/a/b.tif loose/l_3.csv\nTrue deep/{row}/{col}.tif');
    expect(Number(readFileSync(join(folder, 'peak'), 'utf8'))).toBeGreaterThan(1_000_000);
  });

  test('what is wrong is said', () => {
    const attempts = Object.keys(mistakes).map(
      (text) =>
        `try:\n    ${text}\n    print("nothing")\nexcept Exception as problem:\n    print(type(problem).__name__ + ": " + str(problem))`,
    );
    expect(run(attempts.join('\n')).split('\n')).toEqual(Object.values(mistakes));
  });
});

const mistakes: Readonly<Record<string, string>> = {
  'task.input.imgae': 'AttributeError: this task has no input `imgae`; it has: absent, image, name, pair, tiles',
  'task.memory': 'AttributeError: this task knows no `memory`; of resources its process uses: cpus',
  'task.input.image = 1': 'AttributeError: values of a task cannot be changed',
  'task.output.cells(row=1)': 'TypeError: cells takes row, col, got row',
  'task.output.cells(row=1, col="")': "ValueError: cells: col cannot be part of a file's name: ''",
  'task.output.loose("one")': 'TypeError: loose needs a value for each * of loose/*_*.csv',
};

test('outside of a task the module says so', () => {
  const [first] = present;
  expect(() =>
    execFileSync(first?.[1] ?? 'python3', ['-c', 'from bitflow import task'], {
      stdio: 'pipe',
      env: { PYTHONPATH: `${wrapperFolder()}/languages/python`, PYTHONDONTWRITEBYTECODE: '1' },
    }),
  ).toThrow(/works inside a task/);
});

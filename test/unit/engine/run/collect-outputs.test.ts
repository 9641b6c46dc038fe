import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { formats } from '../../../../src/data/formats/index.ts';
import { type Collected, collectOutputs } from '../../../../src/engine/run/collect-outputs.ts';
import type { Output, Type } from '../../../../src/parser/index.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const source = { name: 'test.bit', text: '' };
const span = { source, start: 0, end: 0 };
const path = (text: string): Output['path'] => ({
  kind: 'path',
  path: { kind: 'const', value: text, type: { kind: 'str' }, span },
});
const file = (format: Extract<Type, { kind: 'file' }>['format']): Type => ({ kind: 'file', format });
const output = (name: string, type: Type, fields: Partial<Output> = {}): Output => ({
  name,
  type,
  span,
  path: path(name),
  ...fields,
});

/** What the checks say about a task's directory that holds `files` (a text, or a function that makes something else there). */
async function collect(
  outputs: readonly Output[],
  files: Readonly<Record<string, string | ((at: string) => void)>>,
  options: { readonly paths?: Readonly<Record<string, string>>; readonly stdout?: string } = {},
): Promise<Collected> {
  const folder = mkdtempSync(join(tmpdir(), 'bit-outputs-'));
  folders.push(folder);
  const taskFolder = join(folder, 'task');
  mkdirSync(taskFolder);
  writeFileSync(join(folder, 'stdout'), options.stdout ?? '');
  for (const [name, content] of Object.entries(files)) {
    const at = join(taskFolder, name);
    mkdirSync(dirname(at), { recursive: true });
    if (typeof content === 'string') writeFileSync(at, content);
    else content(at);
  }
  return collectOutputs({ outputs, taskFolder, stdout: join(folder, 'stdout'), paths: options.paths ?? {}, formats });
}
const message = (collected: Collected): string => (collected.ok ? 'ok' : collected.message);

describe('an output must be there and be what its type says, whatever the exit status', () => {
  test('a missing file is said with what is there instead', async () => {
    const collected = await collect(
      [output('mask', file('Text'))],
      { 'Mask.txt': 'x', 'log.txt': 'y' },
      { paths: { mask: 'mask.txt' } },
    );
    expect(message(collected)).toBe(
      'output `mask` is missing: the task did not make `mask.txt` (there is `Mask.txt`, `log.txt`)',
    );
  });

  test('an optional output may be missing', async () => {
    const collected = await collect(
      [output('mask', { kind: 'optional', of: file('Text') })],
      {},
      { paths: { mask: 'mask.txt' } },
    );
    expect(collected).toMatchObject({ ok: true, outputs: [{ name: 'mask', value: { kind: 'absent' } }] });
  });

  test('a truncated image fails though the tool exited 0', async () => {
    const collected = await collect(
      [output('image', file('Image'))],
      { 'image.tif': 'II*\0\x08\0\0\0' },
      { paths: { image: 'image.tif' } },
    );
    expect(message(collected)).toMatch(/^output `image` is not what its type says: `image.tif`: /u);
  });

  test('a CSV without its column fails', async () => {
    const table: Type = {
      kind: 'file',
      format: 'Table',
      table: { columns: { track: { type: 'Int' }, x: { type: 'Float' } } },
    };
    const collected = await collect(
      [output('table', table)],
      { 'table.csv': 'track,y\n1,2.0\n' },
      { paths: { table: 'table.csv' } },
    );
    expect(message(collected)).toContain('no column "x"');
  });

  test.each([
    [
      'a link that leads outside',
      (at: string) => symlinkSync('/etc/hostname', at),
      'is a symbolic link that leads out of the task',
    ],
    ['a link up and out', (at: string) => symlinkSync('../../..', at), 'is a symbolic link that leads out of the task'],
    ['a link to nothing', (at: string) => symlinkSync('nowhere', at), 'is a symbolic link to nothing'],
    ['a named pipe', (at: string) => void execFileSync('mkfifo', [at]), 'is a named pipe, not a file'],
  ])('%s is an error, and nobody waits for it', async (_name, make, words) => {
    const collected = await collect(
      [output('text', file('Text'))],
      { 'text.txt': make },
      { paths: { text: 'text.txt' } },
    );
    expect(message(collected)).toContain(words);
  });

  test('a link within the directory is the file it leads to', async () => {
    const collected = await collect(
      [output('text', file('Text'))],
      { 'real.txt': 'hello', 'text.txt': (at) => symlinkSync('real.txt', at) },
      { paths: { text: 'text.txt' } },
    );
    expect(collected.ok && collected.outputs[0]?.value).toMatchObject({ kind: 'file', relative: 'text.txt' });
  });

  test('two outputs that are one file are refused', async () => {
    const collected = await collect(
      [output('a', file('Text')), output('b', file('Text'))],
      { 'a.txt': 'x', 'b.txt': (at) => symlinkSync('a.txt', at) },
      { paths: { a: 'a.txt', b: 'b.txt' } },
    );
    expect(message(collected)).toContain('outputs `a` and `b` are the same file');
  });

  test('a path that climbs out is refused', async () => {
    const collected = await collect([output('a', file('Text'))], {}, { paths: { a: '../../a.txt' } });
    expect(message(collected)).toContain('leads out of the task');
  });
});

describe('scalars are read by their type', () => {
  const float: Type = { kind: 'float' };
  test.each<readonly [string, Type, string, unknown]>([
    ['Int', { kind: 'int' }, '3', 3],
    ['Float', float, '3', 3],
    ['Bool', { kind: 'bool' }, 'true', true],
    ['Str', { kind: 'str' }, '"a\\nb"', 'a\nb'],
    ['list', { kind: 'list', of: float }, '[1, 2.5]', [1, 2.5]],
  ])('%s', async (_name, type, json, value) => {
    const collected = await collect([output('x', type)], { 'x.json': json }, { paths: { x: 'x.json' } });
    expect(collected).toMatchObject({ ok: true, outputs: [{ value: { kind: 'scalar', json: value } }] });
  });

  test.each<readonly [string, Type, string, string]>([
    ['a Float where an Int is declared', { kind: 'int' }, '1.5', '`x.json` holds 1.5, not Int'],
    ['NaN, which is no JSON', float, 'NaN', 'does not hold a JSON value: "NaN"'],
    ['an empty file', float, '', 'is empty; it must hold one JSON value'],
    ['beyond its range', { kind: 'float', min: 0, max: 1 }, '2', 'holds 2, not Float in 0.0..1.0'],
  ])('%s is an error in words', async (_name, type, json, words) => {
    expect(message(await collect([output('x', type)], { 'x.json': json }, { paths: { x: 'x.json' } }))).toContain(
      words,
    );
  });

  test('standard output as a Str loses its last newline and nothing else', async () => {
    const collected = await collect(
      [output('version', { kind: 'str' }, { path: { kind: 'stdout' } })],
      {},
      { stdout: ' v1.2 \n\n' },
    );
    expect(collected).toMatchObject({ ok: true, outputs: [{ value: { kind: 'scalar', json: ' v1.2 \n' } }] });
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseExitRecord, readExitRecord } from '../../../src/runners/wrapper/exit-record.ts';

const folder = mkdtempSync(join(tmpdir(), 'bit-record-'));
afterAll(() => rmSync(folder, { recursive: true }));

const whole =
  '{"token":"t1","how":{"kind":"exited","code":3},"began":1700000000.25,"ended":1700000001.75,"cpuMilliseconds":120,' +
  '"io":"rchar: 100 wchar: 20  rchar: 4100 wchar: 25 ","leftBehind":2,"isolation":"mount-namespace","peakMemoryBytes":4096}';

test('a record in the words of the port', () => {
  expect(parseExitRecord(whole)).toEqual({
    token: 't1',
    how: { kind: 'exited', code: 3 },
    startedAt: '2023-11-14T22:13:20.250Z',
    endedAt: '2023-11-14T22:13:21.750Z',
    usage: { wallSeconds: 1.5, cpuSeconds: 0.12, peakMemoryBytes: 4096, readBytes: 4000, writtenBytes: 5 },
    leftBehind: 2,
    isolation: 'mount-namespace',
  });
});

test('figures that the machine does not give are absent', () => {
  const record = parseExitRecord(whole.replace(/"io":"[^"]*"/, '"io":" "').replace(',"peakMemoryBytes":4096', ''));
  expect(record?.usage).toEqual({ wallSeconds: 1.5, cpuSeconds: 0.12 });
});

describe('the file of an attempt', () => {
  test('is a record when it is whole and carries the token', () => {
    writeFileSync(join(folder, 'exit.json'), `${whole}\n`);
    expect(readExitRecord(folder, 't1')?.leftBehind).toBe(2);
    expect(readExitRecord(folder, 't2')).toBeUndefined();
  });

  test('is none however it was cut off', () => {
    const text = `${whole}\n`;
    for (let length = 0; length < text.length; length += length < text.length - 20 ? 23 : 1) {
      writeFileSync(join(folder, 'exit.json'), text.slice(0, length));
      expect(readExitRecord(folder, 't1')).toBeUndefined();
    }
  });

  test('is none where there is none', () => {
    expect(readExitRecord(join(folder, 'nowhere'), 't1')).toBeUndefined();
  });
});

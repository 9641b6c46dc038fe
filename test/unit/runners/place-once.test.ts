import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { placeOnce } from '../../../src/runners/wrapper/place-once.ts';

const at = mkdtempSync(join(tmpdir(), 'bit-place-once-'));
const folder = join(at, 'made');
afterEach(() => rmSync(at, { recursive: true, force: true }));

const holding = (text: string) => (draft: string) => {
  mkdirSync(draft, { recursive: true });
  writeFileSync(join(draft, 'file'), text);
};

test('what could not be made whole is not there, nor is any part of it', () => {
  mkdirSync(at, { recursive: true });
  const half = (draft: string): void => {
    holding('half')(draft);
    throw new Error('the disk is full');
  };
  expect(() => placeOnce(folder, half)).toThrow('the disk is full');
  expect(readdirSync(at)).toEqual([]);
});

test('an engine that is quicker keeps what it made, and the slower one uses it', () => {
  mkdirSync(at, { recursive: true });
  const slow = (draft: string): void => {
    holding('ours')(draft);
    placeOnce(folder, holding('theirs'));
  };
  expect(placeOnce(folder, slow)).toBe(folder);
  expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('theirs');
  expect(readdirSync(at)).toEqual(['made']);
});

import { describe, expect, test } from 'vitest';
import { shellCommand, shellWord } from '../../../src/cli/shell-word.ts';
import { commandLine, readWords, splitVerb } from '../../../src/cli/words.ts';

const flags = {
  'dry-run': { kind: 'switch', help: '' },
  keep: { kind: 'text', value: 'N', help: '', choices: ['all', 'none'] },
  tag: { kind: 'list', value: 'K=V', help: '' },
  depth: { kind: 'count', value: 'N', help: '' },
  offset: { kind: 'text', value: 'N', help: '' },
} as const;

const read = (...words: string[]) => {
  const line = commandLine(words);
  return readWords(line, splitVerb(line).others, flags);
};

describe('words of a command', () => {
  test('flags are read by their kind, in any order and form', () => {
    const { flags: values, operands } = read(
      'gc',
      'a',
      '--dry-run',
      '--tag',
      'x=1',
      '--tag=y=2',
      '--depth',
      '3',
      'b',
      '--keep=all',
    );
    expect(values).toMatchObject({ 'dry-run': true, keep: 'all', tag: ['x=1', 'y=2'], depth: 3 });
    expect(operands.map((word) => word.text)).toEqual(['a', 'b']);
  });

  test('a flag takes the next word whatever it looks like', () => {
    expect(read('gc', '--offset', '-5').flags.offset).toBe('-5');
    expect(read('gc', '--offset', '--tag').flags.offset).toBe('--tag');
  });

  test('words after -- are operands', () => {
    expect(read('gc', '--', '--dry-run').operands.map((word) => word.text)).toEqual(['--dry-run']);
  });

  test('a flag that nobody declared is kept, with its place', () => {
    const line = commandLine(['gc', '--dry', 'x']);
    const { undeclared } = readWords(line, splitVerb(line).others, flags);
    expect(undeclared.map((word) => line.source.text.slice(word.start, word.end))).toEqual(['--dry']);
  });

  test.each([
    [['gc', '--keep', 'some'], '`--keep` cannot be `some`'],
    [['gc', '--keep'], '`--keep` needs a value'],
    [['gc', '--depth', 'three'], '`--depth` is a whole number, not `three`'],
    [['gc', '--dry-run=yes'], '`--dry-run` takes no value'],
  ])('%j is refused at its place', (words, message) => {
    expect(read(...words).problems.map((problem) => problem.message)).toEqual([message]);
  });

  test('global flags may stand before the verb', () => {
    const { verb, others } = splitVerb(commandLine(['--store', 'run', '--json', 'log', 'x']));
    expect(verb?.text).toBe('log');
    expect(others.map((word) => word.text)).toEqual(['--store', 'run', '--json', 'x']);
  });
});

describe('a word as one would type it', () => {
  test.each([
    ['plain-1.bit', 'plain-1.bit'],
    ['', "''"],
    ['two words', "'two words'"],
    ["it's", "'it'\\''s'"],
    ['$(rm)', "'$(rm)'"],
    ['a\nb', "$'a\\nb'"],
    ['\u0007', "$'\\x07'"],
    ['zellkern_µm.tif', 'zellkern_µm.tif'],
  ])('%j', (word, typed) => {
    expect(shellWord(word)).toBe(typed);
  });

  test('a command line can be pasted', () => {
    expect(shellCommand(['bit', 'run', 'my cells.bit'])).toBe("bit run 'my cells.bit'");
  });
});

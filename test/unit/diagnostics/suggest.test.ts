import { describe, expect, test } from 'vitest';
import { didYouMean, onlyBest, suggestions } from '../../../src/diagnostics/suggest.ts';

describe('what a misspelt word may have meant', () => {
  test.each([
    ['Iterations', ['iterations', 'iteration'], ['iterations', 'iteration']],
    ['itertaions', ['iterations', 'projection'], ['iterations']],
    ['psf', ['pfs', 'raw', 'psfs'], ['pfs', 'psfs']],
    ['ab', ['abc', 'b', 'xy'], ['abc', 'b']],
    ['image', ['table', 'angle'], []],
    ['cell', ['cells', 'bell', 'cel', 'call'], ['bell', 'call', 'cel']],
  ])('%s', (word, candidates, expected) => {
    expect(suggestions(word, candidates)).toEqual(expected);
  });

  test('the words for it', () => {
    expect(didYouMean('itrations', ['iterations'])).toBe('Did you mean `iterations`?');
    expect(didYouMean('psf', ['psg', 'psh', 'psi'])).toBe('Did you mean `psg`, `psh` or `psi`?');
    expect(didYouMean('xyz', ['iterations'], 'There is none.')).toBe('There is none.');
  });

  test('a fix only where one is strictly best', () => {
    expect(onlyBest('itrations', ['iterations', 'raw'])).toBe('iterations');
    expect(onlyBest('psf', ['psg', 'psh'])).toBeUndefined();
    expect(onlyBest('psf', [])).toBeUndefined();
  });
});

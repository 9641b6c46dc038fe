import { describe, expect, test } from 'vitest';
import { parse } from '../../../../src/parser/syntax/parse.ts';
import { explanations } from '../../../../src/parser/syntax/syntax-errors.ts';

describe('the long explanations of syntax messages', () => {
  test.each(explanations.map((explanation) => [explanation.code, explanation] as const))(
    '%s shows its own message, once, and how to avoid it',
    (code, { wrong, right }) => {
      expect(codes(wrong)).toEqual([code]);
      expect(codes(right)).toEqual([]);
    },
  );
});

function codes(program: string | undefined): string[] {
  return parse({ name: 'main.bit', text: program ?? '' }).diagnostics.map((diagnostic) => diagnostic.code);
}

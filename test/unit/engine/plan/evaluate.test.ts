import { describe, expect, test } from 'vitest';
import { evaluate, type Scope } from '../../../../src/engine/plan/evaluate.ts';
import { EvaluationProblem } from '../../../../src/engine/plan/evaluation-problem.ts';
import { valueText } from '../../../../src/engine/plan/value-text.ts';
import type { Expr } from '../../../../src/parser/index.ts';
import { parse } from '../../../../src/parser/syntax/parse.ts';
import { typeExpr } from '../../../../src/parser/types/expressions.ts';
import { file } from '../../../support/drive-flow.ts';
import { float, image, int, listOf, nowhere, str } from '../../../support/program-builder.ts';

const names: Readonly<Record<string, Expr>> = {
  cell: { kind: 'tag', name: 'cell', type: str, span: nowhere },
  time: { kind: 'tag', name: 'time', type: int, span: nowhere },
  dose: { kind: 'tag', name: 'dose', type: float, span: nowhere },
  numbers: { kind: 'input', name: 'numbers', type: listOf(int), span: nowhere },
  nothing: { kind: 'input', name: 'nothing', type: { kind: 'optional', of: int }, span: nowhere },
  image: { kind: 'item', type: image, span: nowhere },
  images: { kind: 'input', name: 'images', type: listOf(image), span: nowhere },
  zero: { kind: 'input', name: 'zero', type: int, span: nowhere },
  word: { kind: 'input', name: 'word', type: str, span: nowhere },
};

const stack = {
  ...file('cell A3.ome.tif', 'x'.repeat(2048)),
  info: { mediaType: 'image/tiff', image: { axes: 'zyx', shape: [3, 64, 32], dtype: 'uint16' } },
};

const scope: Scope = {
  tag: (name) => ({ cell: 'A3', time: 12, dose: 2 })[name] ?? '',
  input: (name) =>
    ({ numbers: [3, 1, 2], nothing: null, images: [stack, file('b.png', 'yy')], zero: 0, word: '4x' })[name] ?? null,
  item: () => stack,
};

/** The checked form of an expression as it stands in a pipeline. */
function expression(text: string): Expr {
  const { file: ast, diagnostics } = parse({ name: 'test.bit', text: `workflow { let x = ${text}\n}` });
  const workflow = ast.declarations[0];
  const statement = workflow?.kind === 'workflow' ? workflow.body[0] : undefined;
  if (statement?.kind !== 'let') throw new Error(`not an expression: ${text} ${diagnostics.map((one) => one.message)}`);
  const problems: string[] = [];
  const expr = typeExpr(statement.value, {
    report: (diagnostic) => problems.push(diagnostic.message),
    resolve: (node) => {
      const known = node.kind === 'name' ? names[node.name] : undefined;
      return known && { ...known, span: node.span };
    },
    names: () => Object.keys(names),
    narrowed: new Set(),
    absent: new Set(),
    filesHavePaths: false,
  });
  if (problems.length > 0) throw new Error(problems.join('; '));
  return expr;
}

/** What the expression is, written as a path or a script would see it. */
function result(text: string): string {
  const expr = expression(text);
  return valueText(evaluate(expr, scope), expr.type);
}

describe('an expression has the value that Python gives it', () => {
  test.each([
    ['1 + 2 * 3', '7'],
    ['7 / 2', '3.5'],
    ['6 / 2', '3.0'],
    ['-7 % 3', '2'],
    ['7 % -3', '-2'],
    ['5.5 % 2.0', '1.5'],
    ['2 ** 10', '1024'],
    ['2 ** -1', '0.5'],
    ['2.0 ** 3', '8.0'],
    ['1e16', '1e+16'],
    ['0.00001', '1e-05'],
    ['0.1 + 0.2', '0.30000000000000004'],
    ['round(2.5)', '2'],
    ['round(3.5)', '4'],
    ['round(-2.5)', '-2'],
    ['round(2.675, 2)', '2.67'],
    ['round(0.125, 2)', '0.12'],
    ['round(1234.5, 1)', '1234.5'],
    ['floor(-1.5)', '-2'],
    ['ceil(1.2)', '2'],
    ['int(-2.9)', '-2'],
    ['int(" 1_000 ")', '1000'],
    ['float("1e3")', '1000.0'],
    ['abs(-3)', '3'],
    ['min(3, 1, 2)', '1'],
    ['max(numbers)', '3'],
    ['sum(numbers)', '6'],
    ['mean(numbers)', '2.0'],
    ['len("é😀")', '2'],
    ['numbers[-1]', '2'],
    ['"abc"[1]', 'b'],
    ['[1, 2] + [3]', '[1, 2, 3]'],
    ['range(3)', '[0, 1, 2]'],
    ['range(5, 0, -2)', '[5, 3, 1]'],
    ['zip([1, 2], [3, 4, 5])', '[[1, 3], [2, 4]]'],
    ['split("a_b_c", "_")', '[a, b, c]'],
    ['replace("a.b.c", ".", "$&")', 'a$&b$&c'],
    ['upper(cell) + lower("X") + trim(" y ")', 'A3xy'],
    ['2 in numbers', 'true'],
    ['"ell" in "cell"', 'true'],
    ['cell ~ "[A-H][0-9]+"', 'true'],
    ['cell ~ "^3"', 'false'],
    ['time in 1..12', 'true'],
    ['not (1 < 2) or "a" < "b"', 'true'],
    ['nothing ?? 7', '7'],
    ['present(nothing)', 'false'],
    ['if time > 10 then "late" else "early"', 'late'],
    ['basename("/data/A3.ome.tif")', 'A3.ome.tif'],
    ['stem("/data/A3.ome.tif")', 'A3'],
    ['ext("/data/A3.ome.tif")', 'ome.tif'],
    ['ext("archive.tar.gz")', 'tar.gz'],
    ['ext(".hidden")', ''],
    ['parent("/data/A3.tif")', '/data'],
    ['str(2.0) + str(3) + str(true)', '2.03true'],
  ])('%s is %s', (text, expected) => {
    expect(result(text)).toBe(expected);
  });
});

describe('quantities are exact', () => {
  test.each([
    ['30 min', '30 min'],
    ['90 s + 1 min', '2.5 min'],
    ['0.1 um', '100 nm'],
    ['6.5 um', '6.5 um'],
    ['2 GB * 3', '6 GB'],
    ['1 GB / 4', '250 MB'],
    ['1 GB / 1 MB', '1000.0'],
    ['0.1 um + 0.2 um == 300 nm', 'true'],
    ['max(1 h, 90 min)', '90 min'],
    ['1500 MB', '1.5 GB'],
    ['1073741824 B', '1 GiB'],
    ['60 s', '1 min'],
    ['0 s', '0 s'],
    ['0.5 nm', '0.0005 um'],
    ['sum([1 s, 500 ms])', '1.5 s'],
    ['-31.5 deg', '-31.5 deg'],
    ['image.size * 2', '4 KiB'],
  ])('%s is %s', (text, expected) => {
    expect(result(text)).toBe(expected);
  });
});

describe('a file says what is known of it', () => {
  test.each([
    ['image.name', 'cell A3.ome.tif'],
    ['image.stem', 'cell A3'],
    ['image.ext', 'ome.tif'],
    ['image.shape', '[3, 64, 32]'],
    ['image.shape[0] * image.shape[1]', '192'],
    ['image.axes + image.dtype', 'zyxuint16'],
    ['images.name', '[cell A3.ome.tif, b.png]'],
    ['len(images)', '2'],
  ])('%s is %s', (text, expected) => {
    expect(result(text)).toBe(expected);
  });
});

describe('a value in a text is written as its format says', () => {
  test.each([
    ['"t{time:04}"', 't0012'],
    ['"{time:>5}|{time:<5}|{time:^6}|"', '   12|12   |  12  |'],
    ['"{dose}"', '2.0'],
    ['"{dose:.2f}"', '2.00'],
    ['"{dose:08.3f}"', '0002.000'],
    ['"{0.000012345:.2e}"', '1.23e-05'],
    ['"{1234567.0:g}"', '1.23457e+06'],
    ['"{0.5:g}"', '0.5'],
    ['"{255:x}"', 'ff'],
    ['"{-5:04d}"', '-005'],
    ['"{cell:>4}{cell:<4}|"', '  A3A3  |'],
    ['"{1 min}"', '1 min'],
    ['"{1 == 1}"', 'true'],
    ['"a\\{b"', 'a{b'],
  ])('%s is %s', (text, expected) => {
    expect(result(text)).toBe(expected);
  });
});

describe('where there is no value, it says why and where', () => {
  test.each([
    ['1 / zero', 'division by zero', 'zero'],
    ['7 % zero', 'division by zero', 'zero'],
    ['1 s / zero', 'division by zero', 'zero'],
    ['numbers[3]', 'there is no element 3 in a list of 3', 'numbers[3]'],
    ['numbers[-4]', 'there is no element -4 in a list of 3', 'numbers[-4]'],
    ['int(word)', '"4x" is no Int', 'int(word)'],
    ['float(word)', '"4x" is no Float', 'float(word)'],
    ['9007199254740991 + 1', '9007199254740992 is too large for an Int', '9007199254740991 + 1'],
    ['10.0 ** 400', 'the result is no finite number (Infinity)', '10.0 ** 400'],
    ['max(range(0))', '`max` of an empty list', 'max(range(0))'],
    ['cell ~ word + "("', 'this is no regular expression: /4x(/u: Unterminated group', 'word + "("'],
    ['images[1].shape', '`b.png` does not say its shape', 'images[1].shape'],
    ['range(10000000)', 'a range of 10000000 numbers is too long', 'range(10000000)'],
  ])('%s: %s', (text, message, at) => {
    const expr = expression(text);
    const problem = thrown(() => evaluate(expr, scope));
    expect(problem.message).toBe(message);
    expect(problem.span.source.text.slice(problem.span.start, problem.span.end)).toBe(at);
    expect(problem.help).not.toBe('');
  });

  test('a side that does not matter is not looked at', () => {
    expect(result('zero != 0 and 1 / zero > 1.0')).toBe('false');
    expect(result('zero == 0 or 1 / zero > 1.0')).toBe('true');
    expect(result('if zero == 0 then 0.0 else 1 / zero')).toBe('0.0');
  });
});

function thrown(work: () => unknown): EvaluationProblem {
  try {
    work();
  } catch (problem) {
    if (problem instanceof EvaluationProblem) return problem;
    throw problem;
  }
  throw new Error('it has a value');
}

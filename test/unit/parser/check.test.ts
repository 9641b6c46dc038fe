import { describe, expect, test } from 'vitest';
import { checkProgram } from '../../../src/parser/index.ts';
import { memoryHost } from '../../support/memory-host.ts';

const blur = `process blur {
  input { image: Image, sigma: Float = 1.0 }
  output { blurred: Image = "blurred.tif" }
  exec ["blur", image, "{sigma}", blurred]
}
`;

function check(text: string, purpose?: 'run' | 'check') {
  return checkProgram('/case/main.bit', memoryHost({ '/case/main.bit': text }), {
    arguments: [],
    reserved: [],
    ...(purpose === undefined ? {} : { purpose }),
  });
}

/** The middle of a few, in milliseconds of the processor. */
function cost(text: string): number {
  const times = [0, 1, 2].map(() => {
    const start = process.cpuUsage();
    check(text);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  return times.sort((a, b) => a - b)[1] ?? 0;
}

const chain = (length: number, reverse = false): string => {
  const lines = Array.from({ length }, (_, at) => `  let a${at + 1} = blur(a${at}, sigma: ${at + 1}.0)\n`);
  if (reverse) lines.reverse();
  return `${blur}workflow {\n  let a0 = files("{cell}.tif")\n${lines.join('')}  publish a${length} to "{cell}.tif"\n}\n`;
};

describe('checking', () => {
  test('gives a program and no message where all is well', () => {
    const { program, diagnostics } = check(chain(3));
    expect(diagnostics).toEqual([]);
    expect(program?.nodes.filter((node) => node.kind === 'call').map((node) => node.path)).toEqual(['a1', 'a2', 'a3']);
  });

  test('puts every node after what it reads, whatever the order of the definitions', () => {
    const { program } = check(chain(50, true));
    for (const node of program?.nodes ?? []) {
      if (node.kind === 'call') for (const arg of node.args) expect(arg.node).toBeLessThan(node.id);
      if (node.kind === 'output') expect(node.call).toBeLessThan(node.id);
    }
    expect(program?.nodes.map((node) => node.id)).toEqual(program?.nodes.map((_, index) => index));
  });

  test('gives every node a name of its own', () => {
    const { program } = check(`${blur}workflow {
  let images = files("{cell}.tif")
  let blur2 = blur(blur(blur(images)))
  publish blur2 to "a/{cell}.tif"
  publish blur(images) to "b/{cell}.tif"
}
`);
    const names = program?.nodes.map((node) => node.name) ?? [];
    expect(new Set(names).size).toBe(names.length);
    expect(program?.publishes.map((publish) => publish.name)).toEqual(['blur2', 'blur#3']);
  });

  test('says the same twice', () => {
    const text = 'params { a: Int = "x", b: Flaot = 1 }\nworkflow { assert params.a > "y" }\n';
    expect(check(text).diagnostics).toEqual(check(text).diagnostics);
  });

  test('takes ten thousand calls in a row, written backwards', () => {
    expect(check(chain(10_000, true)).program?.nodes).toHaveLength(30_001);
  });

  test('takes time in proportion to the program', () => {
    cost(chain(500));
    const small = cost(chain(500));
    expect(cost(chain(2000))).toBeLessThan(small * 12);
  });

  test('asks for values only where the program is to run', () => {
    const text = 'params { n: Int }\nworkflow { assert params.n > 0 }\n';
    expect(check(text, 'run').diagnostics.map((one) => one.code)).toEqual(['BIT2402']);
    expect(check(text, 'check')).toMatchObject({ diagnostics: [] });
    expect(check(text, 'check').program).toBeUndefined();
  });

  test('shows the params even where the program is wrong', () => {
    const { program, params } = check(`params {
  /// How much.
  sigma: Float in 0.0..5.0 = 1.0
  images: Dataset<Image>
}
workflow { publish nothing to "x" }
`);
    expect(program).toBeUndefined();
    expect(params).toMatchObject([
      {
        name: 'sigma',
        flag: '--sigma',
        docs: 'How much.',
        typeText: 'Float in 0.0..5.0',
        defaultText: '1.0',
        required: false,
      },
      { name: 'images', flag: '--images', typeText: 'Dataset<Image>', required: true },
    ]);
  });

  test('never throws, whatever a file is cut to', () => {
    const text = chain(3).replace('publish', 'assert count(a1 where it.size > 1 MB) > 3, "few"\n  publish');
    for (let end = 0; end < text.length; end += 3) expect(() => check(text.slice(0, end))).not.toThrow();
  });
});

import { describe, expect, test } from 'vitest';
import type { Explanation } from '../../../src/diagnostics/diagnostic.ts';
import { explanations as calls } from '../../../src/parser/graph/argument-explanations.ts';
import { explanations as datasets } from '../../../src/parser/graph/dataset-explanations.ts';
import { explanations as params } from '../../../src/parser/graph/param-explanations.ts';
import { explanations as processes } from '../../../src/parser/graph/process-explanations.ts';
import { explanations as workflows } from '../../../src/parser/graph/workflow-explanations.ts';
import { checkProgram } from '../../../src/parser/index.ts';
import { explanations as modules } from '../../../src/parser/names/module-explanations.ts';
import { explanations as names } from '../../../src/parser/names/name-explanations.ts';
import { explanations as types } from '../../../src/parser/types/type-explanations.ts';
import { memoryHost } from '../../support/memory-host.ts';

const all: readonly Explanation[] = [names, modules, types, processes, params, datasets, calls, workflows].flat();

const check = (text: string) =>
  checkProgram('/case/main.bit', memoryHost({ '/case/main.bit': text }), { arguments: [], reserved: ['outdir'] })
    .diagnostics;

describe.each(all.filter((one) => one.wrong !== undefined))('$code $title', ({ code, wrong = '', right }) => {
  test('the wrong program shows this message and no other', () => {
    expect([...new Set(check(wrong).map((one) => one.code))]).toEqual([code]);
  });

  if (right === undefined) return;
  test('the right program is right', () => {
    expect(check(right).map((one) => `${one.code} ${one.message}`)).toEqual([]);
  });
});

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Source } from '../../src/diagnostics/span.ts';

const root = new URL('../golden/', import.meta.url).pathname;

/** One folder below `test/golden/<phase>/`: a program and what is expected of it. */
export interface GoldenCase {
  readonly name: string;
  /** With a `/` at the end. */
  readonly folder: string;
  /** `main.bit`, under that name. */
  readonly main: Source;
}

/** The expected files by what follows `expected.`; `undefined` where the case gives none, and then the file must not be there. */
export type Golden = Readonly<Record<string, string | undefined>>;

/**
 * Makes a test of every folder of a phase. `npm run golden` writes what came out; CI compares, and a file that no run gives fails it. Files
 * that the program reads lie beside `main.bit` under any name that does not begin with `expected.`.
 */
export function golden(phase: string, run: (given: GoldenCase) => Golden | Promise<Golden>): void {
  describe(`golden ${phase}`, () => {
    for (const given of goldenCases(phase)) {
      test(given.name, async () => {
        const results = await run(given);
        const produced = Object.entries(results).filter((entry): entry is [string, string] => entry[1] !== undefined);
        for (const [kind, text] of produced) await expect(text).toMatchFileSnapshot(`${given.folder}expected.${kind}`);
        const kinds = new Set(produced.map(([kind]) => `expected.${kind}`));
        const orphans = readdirSync(given.folder).filter((name) => name.startsWith('expected.') && !kinds.has(name));
        expect(orphans, 'files that no run gives').toEqual([]);
      });
    }
  });
}

/** The cases of a phase; one without `main.bit` is a mistake of ours. */
export function goldenCases(phase: string): GoldenCase[] {
  return folders(join(root, phase)).map((name) => {
    const folder = `${join(root, phase, name)}/`;
    return { name, folder, main: { name: 'main.bit', text: readFileSync(`${folder}main.bit`, 'utf8') } };
  });
}

/** Every phase that has cases. */
export function goldenPhases(): string[] {
  return folders(root);
}

/** The codes that the expected messages of all cases show. */
export function goldenCodes(): Set<string> {
  const codes = new Set<string>();
  for (const phase of goldenPhases()) {
    for (const { folder } of goldenCases(phase)) {
      for (const name of readdirSync(folder).filter((file) => file.startsWith('expected.'))) {
        for (const [, code] of readFileSync(join(folder, name), 'utf8').matchAll(
          /^(?:error|warning|info) (BIT\d{4})/gm,
        )) {
          if (code !== undefined) codes.add(code);
        }
      }
    }
  }
  return codes;
}

function folders(path: string): string[] {
  return readdirSync(path)
    .filter((name) => statSync(join(path, name)).isDirectory())
    .sort();
}

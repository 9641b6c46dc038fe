/** JSON with one value anywhere in it replaced by something that nobody expects there. `next` gives numbers in [0, 1). */
export function mutatedJson(value: unknown, next: () => number): unknown {
  if (typeof value !== 'object' || value === null || next() < 0.15) return odd[Math.floor(next() * odd.length)];
  const entries = Object.entries(value);
  const chosen = Math.floor(next() * entries.length);
  const changed = entries.map(([name, of], index) => [name, index === chosen ? mutatedJson(of, next) : of] as const);
  return Array.isArray(value) ? changed.map(([, of]) => of) : Object.fromEntries(changed);
}

const odd: readonly unknown[] = [
  null,
  true,
  -1,
  1e300,
  '',
  '..',
  '/',
  '\u0000',
  '\ud800',
  'run[x]@y/z',
  'x'.repeat(5000),
  [],
  {},
  [[[]]],
  { url: {} },
  { url: '\u0000' },
  { url: 'a/../../..', uuid: 1 },
  JSON.parse('{ "__proto__": { "x": 1 }, "url": "data", "": "y", "é é": 1, "constructor": "z" }'),
];

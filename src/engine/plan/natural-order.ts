/** Text as people sort it: runs of digits as numbers (`t9` before `t10`), the rest by code point; ties (`t01`, `t1`) by code point. */
export function naturalOrder(a: string, b: string): number {
  if (a === b) return 0;
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(j);
    if (isDigit(x) && isDigit(y)) {
      const [endA, endB] = [digitsEnd(a, i), digitsEnd(b, j)];
      const order = compareDigits(a, b, { startA: i, endA, startB: j, endB });
      if (order !== 0) return order;
      i = endA;
      j = endB;
    } else if (x === y) {
      i += 1;
      j += 1;
    } else {
      return codeUnitOrder(x, y);
    }
  }
  const rest = a.length - i - (b.length - j);
  return rest !== 0 ? rest : codePointOrder(a, b);
}

/** By code point, whereas `<` on strings goes by UTF-16 unit and puts an emoji before a private-use character. */
export function codePointOrder(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i += 1) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return codeUnitOrder(x, y);
  }
  return a.length - b.length;
}

/** Units of surrogate pairs stand for code points above all others. */
function codeUnitOrder(x: number, y: number): number {
  const [highX, highY] = [isSurrogate(x), isSurrogate(y)];
  return highX === highY ? x - y : highX ? 1 : -1;
}

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;
const isDigit = (unit: number): boolean => unit >= 48 && unit <= 57;

function digitsEnd(text: string, start: number): number {
  let end = start;
  while (end < text.length && isDigit(text.charCodeAt(end))) end += 1;
  return end;
}

interface Runs {
  readonly startA: number;
  readonly endA: number;
  readonly startB: number;
  readonly endB: number;
}

/** Any length: without leading zeros, the longer run is the larger number. */
function compareDigits(a: string, b: string, runs: Runs): number {
  let { startA: i, startB: j } = runs;
  while (i < runs.endA - 1 && a.charCodeAt(i) === 48) i += 1;
  while (j < runs.endB - 1 && b.charCodeAt(j) === 48) j += 1;
  const longer = runs.endA - i - (runs.endB - j);
  if (longer !== 0) return longer;
  for (; i < runs.endA; i += 1, j += 1) {
    const difference = a.charCodeAt(i) - b.charCodeAt(j);
    if (difference !== 0) return difference;
  }
  return 0;
}

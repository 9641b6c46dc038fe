/**
 * The candidates a misspelt word may have meant, best first, at most three. Equal but for case comes first; else those within
 * max(1, ⌊length / 3⌋) edits, where swapping two neighbours is one edit. Callers pass only candidates of the kind that fits the place.
 */
export function suggestions(word: string, candidates: Iterable<string>): string[] {
  return ranked(word, candidates)
    .slice(0, 3)
    .map((entry) => entry.candidate);
}

/** The one candidate that is strictly better than all others: only then may a fix be offered. */
export function onlyBest(word: string, candidates: Iterable<string>): string | undefined {
  const [first, second] = ranked(word, candidates);
  if (first === undefined || (second !== undefined && second.distance === first.distance)) return undefined;
  return first.candidate;
}

/** `` Did you mean `iterations`? ``, or `otherwise` where nothing is near. */
export function didYouMean(word: string, candidates: Iterable<string>, otherwise = ''): string {
  const near = suggestions(word, candidates);
  return near.length === 0 ? otherwise : `Did you mean ${alternatives(near)}?`;
}

/** `` `a` ``, `` `a` or `b` ``, `` `a`, `b` or `c` ``. */
export function alternatives(names: readonly string[]): string {
  const quoted = names.map((name) => `\`${name}\``);
  if (quoted.length < 2) return quoted.join('');
  return `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}

interface Ranked {
  readonly candidate: string;
  readonly distance: number;
}

function ranked(word: string, candidates: Iterable<string>): Ranked[] {
  const limit = Math.max(1, Math.floor(word.length / 3));
  const lower = word.toLowerCase();
  const found = new Map<string, Ranked>();
  for (const candidate of candidates) {
    if (candidate === word || found.has(candidate)) continue;
    if (candidate.toLowerCase() === lower) found.set(candidate, { candidate, distance: 0 });
    else if (Math.abs(candidate.length - word.length) <= limit) {
      const distance = damerau(word, candidate, limit);
      if (distance <= limit) found.set(candidate, { candidate, distance });
    }
  }
  return [...found.values()].sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1));
}

/** Optimal string alignment distance; anything above `limit` is `limit + 1`. */
function damerau(a: string, b: string, limit: number): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let best = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, at(beforeLast, j - 2) + 1);
      row.push(cost);
      if (cost < best) best = cost;
    }
    if (best > limit) return limit + 1;
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}

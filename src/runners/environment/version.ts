/** The first thing in a program's words that looks like a version: `5.2.15(1)-release` gives `5.2.15`. */
export function findVersion(text: string): string | undefined {
  return /(?<![\w.])v?(\d+(?:\.\d+)+)/.exec(text)?.[1] ?? /\bversion\s+"?v?(\d+)\b/i.exec(text)?.[1];
}

/** Whether a version fits a demand: `3.11` (that and its further parts), `>=7`, `<8`, `==7.1.0`, `!=7.0`, several joined with commas. */
export function satisfies(version: string, demand: string): boolean {
  return clauses(demand)?.every(([operator, wanted]) => holds(version, operator, wanted)) === true;
}

export const isDemand = (demand: string): boolean => clauses(demand) !== undefined;

type Operator = '>=' | '<=' | '==' | '!=' | '>' | '<' | '=' | '~=' | '';

function clauses(demand: string): readonly (readonly [Operator, string])[] | undefined {
  const found: (readonly [Operator, string])[] = [];
  for (const part of demand.split(',')) {
    const match = /^\s*(>=|<=|==|!=|~=|>|<|=)?\s*v?(\d+(?:\.\d+)*)(?:\.\*)?\s*$/.exec(part);
    if (match === null) return undefined;
    found.push([(match[1] ?? '') as Operator, match[2] ?? '']);
  }
  return found;
}

function holds(version: string, operator: Operator, wanted: string): boolean {
  const parts = version.split('.').map(Number);
  const asked = wanted.split('.').map(Number);
  const prefix = asked.every((part, index) => parts[index] === part);
  switch (operator) {
    case '':
    case '=':
      return prefix;
    case '==':
      return compare(parts, asked) === 0 || prefix;
    case '!=':
      return !prefix;
    case '~=':
      return compare(parts, asked) >= 0 && asked.slice(0, -1).every((part, index) => parts[index] === part);
    case '>=':
      return compare(parts, asked) >= 0;
    case '<=':
      return compare(parts, asked) <= 0 || prefix;
    case '>':
      return compare(parts, asked) > 0 && !prefix;
    case '<':
      return compare(parts, asked) < 0;
  }
}

export function compareVersions(a: string, b: string): number {
  return compare(a.split('.').map(Number), b.split('.').map(Number));
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}

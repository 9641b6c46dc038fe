/**
 * An ORCID iD as it is stored, `0000-0002-1825-0097`; addresses and missing hyphens are read, too. `undefined` where a digit must be wrong: the last
 * character is a check digit by ISO 7064, MOD 11-2.
 */
export function orcid(text: string): string | undefined {
  const bare = text
    .trim()
    .replace(/^https?:\/\/(?:www\.)?orcid\.org\//iu, '')
    .toUpperCase();
  const [, a, b, c, d] = /^(\d{4})-?(\d{4})-?(\d{4})-?(\d{3}[\dX])$/u.exec(bare) ?? [];
  if (a === undefined || b === undefined || c === undefined || d === undefined) return undefined;
  const digits = `${a}${b}${c}${d}`;
  return digits.endsWith(checkDigit(digits.slice(0, 15))) ? `${a}-${b}-${c}-${d}` : undefined;
}

function checkDigit(digits: string): string {
  let total = 0;
  for (const digit of digits) total = (total + Number(digit)) * 2;
  const rest = (12 - (total % 11)) % 11;
  return rest === 10 ? 'X' : String(rest);
}

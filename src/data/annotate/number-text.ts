export interface NumberText {
  /** A decimal as JavaScript writes one, `-0.5` or `1e3`. */
  readonly number: string;
  /** What follows it: `min`, `µM`, `%`. */
  readonly unit: string | undefined;
}

/** A number, and the unit that may stand after it. `undefined` for texts that are something else. */
export function numberText(text: string, { decimalComma }: { readonly decimalComma: boolean }): NumberText | undefined {
  const parts = form.exec(decimalComma ? withPoint(text) : text);
  if (parts?.[1] === undefined) return undefined;
  return { number: parts[1].replace(/^\+/u, ''), unit: parts[2] };
}

/** `0,5`, with whatever follows it. */
export const hasDecimalComma = (text: string): boolean => commaForm.test(text);
export const hasDecimalPoint = (text: string): boolean => pointForm.test(text);

const withPoint = (text: string): string => (hasDecimalComma(text) ? text.replace(',', '.') : text);

// Exponents of four digits are beyond every number that can be stored, and no reason to count that far.
const form = /^\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3}(?![\d.]))?)\s*([^\s\d.,;+-][^\d\n]{0,30}?)?\s*$/u;
const commaForm = /^\s*[+-]?\d+,\d+(?:[eE][+-]?\d{1,3})?(?:\s*[^\s\d.,;][^\d\n]{0,30})?$/u;
const pointForm = /^\s*[+-]?\d+\.\d+(?:[eE][+-]?\d{1,3})?(?:\s*[^\s\d.,;][^\d\n]{0,30})?$/u;

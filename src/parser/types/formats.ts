import { isIntLike, isNumeric } from './fits.ts';
import type { Type } from './type.ts';

/** `04`, `.2f`, `>8`, `3d`: a small part of Python's format specifications. */
const specification = /^(?<align>[<>^])?(?<zero>0)?(?<width>[1-9]\d?)?(?<precision>\.\d{1,2})?(?<kind>[dfegsx])?$/;

/** What is wrong with `{x:format}` for a value of this type; `undefined` where it is right. */
export function formatProblem(format: string, type: Type): string | undefined {
  const parts = specification.exec(format)?.groups;
  if (format === '' || parts === undefined) return 'a format is a width and a kind, such as `04`, `6.2f` or `.3f`';
  const whole = isIntLike(type);
  const numeric = isNumeric(type);
  if ((parts.zero !== undefined || parts.precision !== undefined) && !numeric) {
    return 'zeros and decimals are for numbers, and this is none';
  }
  if ((parts.kind === 'd' || parts.kind === 'x') && !whole) return `\`${parts.kind}\` is for an Int`;
  if ((parts.kind === 'f' || parts.kind === 'e' || parts.kind === 'g') && !numeric)
    return `\`${parts.kind}\` is for a number`;
  if (parts.precision !== undefined && whole && parts.kind === undefined)
    return 'an Int has no decimals; write `.2f` to show some';
  if (parts.kind === 's' && numeric) return '`s` is for text';
  return undefined;
}

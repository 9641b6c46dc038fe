import type { Type } from '../../parser/index.ts';
import type { Value } from '../ports/value.ts';
import { exponentText, isFloat, valueText } from './value-text.ts';

/** The part of Python's format specifications that the language has: `04`, `>8`, `.2f`, `8.3e`, `x`. */
const specification = /^(?<align>[<>^])?(?<zero>0)?(?<width>\d+)?(?:\.(?<decimals>\d+))?(?<kind>[dfegsx])?$/;

/** `{value:format}` as Python gives it; `undefined` where the format is none, or not one for such a value. */
export function formatted(value: Value, type: Type, format: string): string | undefined {
  const parts = specification.exec(format)?.groups;
  if (parts === undefined) return undefined;
  const decimals = parts.decimals === undefined ? undefined : Number(parts.decimals);
  const body =
    typeof value === 'number' ? numberText(value, { type, kind: parts.kind, decimals }) : plainText(value, type, parts);
  if (body === undefined) return undefined;
  const width = Number(parts.width ?? '0');
  if (parts.align === undefined && parts.zero !== undefined) return zeroPadded(body, width);
  const align = parts.align ?? (typeof value === 'number' ? '>' : '<');
  return padded(body, { width, align, fill: parts.zero === undefined ? ' ' : '0' });
}

function plainText(value: Value, type: Type, parts: Record<string, string | undefined>): string | undefined {
  const isForText =
    parts.decimals === undefined && parts.zero === undefined && (parts.kind === undefined || parts.kind === 's');
  return isForText ? valueText(value, type) : undefined;
}

interface NumberFormat {
  readonly type: Type;
  readonly kind: string | undefined;
  readonly decimals: number | undefined;
}

function numberText(value: number, { type, kind, decimals }: NumberFormat): string | undefined {
  if (decimals !== undefined && decimals > 99) return undefined;
  switch (kind) {
    case undefined:
      return decimals === undefined
        ? valueText(value, type)
        : isFloat(type)
          ? pointed(general(value, decimals))
          : undefined;
    case 'd':
      return Number.isInteger(value) && decimals === undefined ? String(value) : undefined;
    case 'x':
      return Number.isInteger(value) && decimals === undefined ? value.toString(16) : undefined;
    case 'f':
      return fixed(value, decimals ?? 6);
    case 'e':
      return exponentText(value.toExponential(decimals ?? 6));
    case 'g':
      return general(value, decimals ?? 6);
    default:
      return undefined;
  }
}

/** `toFixed` gives up on large numbers, whose digits before the point are exact anyway. */
function fixed(value: number, decimals: number): string {
  if (Math.abs(value) < 1e21) return value.toFixed(decimals);
  return `${BigInt(value)}${decimals === 0 ? '' : `.${'0'.repeat(decimals)}`}`;
}

/** Significant digits, without trailing zeros; with an exponent where the number is very large or small. */
function general(value: number, digits: number): string {
  const significant = Math.max(1, digits);
  const exponent = value === 0 ? 0 : Number(value.toExponential(significant - 1).split('e')[1]);
  if (exponent < -4 || exponent >= significant) {
    const [mantissa = '', power = ''] = value.toExponential(significant - 1).split('e');
    return exponentText(`${withoutTrailingZeros(mantissa)}e${power}`);
  }
  return withoutTrailingZeros(value.toFixed(Math.max(0, significant - 1 - exponent)));
}

const withoutTrailingZeros = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
/** A Float keeps its point: `{2.0:.3}` is `2.0`. */
const pointed = (text: string): string => (/^-?\d+$/.test(text) ? `${text}.0` : text);

function zeroPadded(body: string, width: number): string {
  const sign = body.startsWith('-') ? '-' : '';
  return sign + body.slice(sign.length).padStart(width - sign.length, '0');
}

function padded(body: string, how: { readonly width: number; readonly align: string; readonly fill: string }): string {
  const missing = how.width - [...body].length;
  if (missing <= 0) return body;
  const left = how.align === '<' ? 0 : how.align === '>' ? missing : Math.floor(missing / 2);
  return how.fill.repeat(left) + body + how.fill.repeat(missing - left);
}

/**
 * A moment as files write it, as ISO 8601: with its zone where one is written, else without; fractions to the millisecond. `undefined`
 * for what is no moment of the calendar or can be read in two ways (`3/4/2021`).
 */
export function isoDateTime(text: string): string | undefined {
  const match =
    /^\s*(\d{4})([-:/])(\d{1,2})\2(\d{1,2})(?:T|\s+|,\s*)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?\s*$/i.exec(
      text,
    );
  if (match === null) return undefined;
  const [, year, , month, day, hour, minute, second = '00', fraction, zone] = match;
  return moment({
    numbers: [year, month, day, hour, minute, second].map(Number),
    fraction: fraction ?? '',
    zone: zone === undefined ? '' : /^[+-]/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(-2)}` : 'Z',
  });
}

/** `Fri, 24 Sep 2021 10:03:22 +0200`, as mail and PNG write it. */
export function mailDateTime(text: string): string | undefined {
  const match =
    /^\s*(?:[A-Z][a-z]{2},\s*)?(\d{1,2})\s+([A-Z][a-z]{2})[a-z]*\s+(\d{4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?\s*$/.exec(
      text,
    );
  if (match === null) return undefined;
  const [, day, name = '', year, hour, minute, second = '00', zone] = match;
  const month = months.indexOf(name) + 1;
  return moment({
    numbers: [Number(year), month, Number(day), Number(hour), Number(minute), Number(second)],
    fraction: '',
    zone: zone === undefined ? '' : /^[+-]/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(-2)}` : 'Z',
  });
}

/** Windows' count of 100 ns since 1601, which is in universal time. */
export function fileTime(ticks: bigint): string | undefined {
  return fromUnix(Number(ticks / 10_000n) - 11_644_473_600_000, 'Z');
}

/** Days since noon of 1 January 4713 BC, with their fraction; `zone` is what the caller knows of it. */
export function julianDate(days: number, zone: 'Z' | ''): string | undefined {
  return fromUnix(Math.round((days - 2_440_587.5) * 86_400_000), zone);
}

/** A day by its whole Julian number, and milliseconds since its midnight: MetaMorph's way. */
export function julianDay({ day, milliseconds }: { day: number; milliseconds: number }): string | undefined {
  if (milliseconds < 0 || milliseconds >= 86_400_000) return undefined;
  return fromUnix((day - 2_440_587) * 86_400_000 + milliseconds, '');
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function moment({
  numbers,
  fraction,
  zone,
}: {
  numbers: readonly number[];
  fraction: string;
  zone: string;
}): string | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = numbers;
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const isReal =
    plausible(year) &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    hour < 24 &&
    minute < 60 &&
    second < 60;
  if (!isReal) return undefined;
  const thousandths = fraction.padEnd(3, '0').slice(0, 3);
  return date.toISOString().slice(0, 19) + (/[1-9]/.test(thousandths) ? `.${thousandths}` : '') + zone;
}

function fromUnix(milliseconds: number, zone: 'Z' | ''): string | undefined {
  if (!Number.isFinite(milliseconds)) return undefined;
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime()) || !plausible(date.getUTCFullYear())) return undefined;
  return (
    date
      .toISOString()
      .slice(0, 23)
      .replace(/\.000$/, '') + zone
  );
}

/** Counters that were never set give 1601, 1899 or 4713 BC. */
function plausible(year: number): boolean {
  return year >= 1970 && year < 2200;
}

/**
 * A date as ISO 8601 writes it, in the one form that tags have: `2024-02-29`, or `2024-02-29T14:05:00`. A moment with an offset becomes one in UTC,
 * so that texts compare as times do; one without stays without, because nobody said where it was. The short form of file names, `20240229` or
 * `20240229T1405`, is read where `short` is allowed. `undefined` for everything else, days that no month has included.
 */
export function isoDate(text: string, { short }: { readonly short: 'allowed' | 'refused' }): string | undefined {
  const parts = (short === 'allowed' && shortForm.exec(text)) || longForm.exec(text);
  if (!parts) return undefined;
  const [, year = '', month = '', day = '', hour, minute = '00', second = '00', fraction = '', zone] = parts;
  const at = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const back = new Date(at);
  // A month of 13 or a 30th of February would roll over into the next.
  if (Number(year) < 100 || back.getUTCMonth() !== Number(month) - 1 || back.getUTCDate() !== Number(day))
    return undefined;
  const date = `${year}-${month}-${day}`;
  if (hour === undefined) return date;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const rest = fraction.replace(/0+$/u, '');
  const time = `${hour}:${minute}:${second}${rest === '' ? '' : `.${rest}`}`;
  if (zone === undefined) return `${date}T${time}`;
  const offset = offsetMinutes(zone);
  if (offset === undefined) return undefined;
  const moment = new Date(at + (Number(hour) * 60 + Number(minute) - offset) * 60_000);
  if (moment.getUTCFullYear() < 100 || moment.getUTCFullYear() > 9999) return undefined;
  return `${moment.toISOString().slice(0, 16)}:${time.slice(6)}Z`;
}

const longForm =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/u;
const shortForm =
  /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(?:(\d{2})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/u;

function offsetMinutes(zone: string): number | undefined {
  if (zone === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', '') || '0');
  if (hours > 14 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

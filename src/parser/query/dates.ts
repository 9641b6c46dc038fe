/** All of what a date stands for: `from` belongs to it, `before` does not. ISO 8601 in UTC, without a zone. */
export interface Period {
  readonly from: string;
  readonly before: string;
}

/**
 * A year, month, day, minute, second or millisecond, as long as it lasts: `2026-11-24` is that whole day. With a time there may be a zone; UTC unless said.
 * `undefined` where the text is no date, the thirtieth of February too.
 */
export function period(text: string): Period | undefined {
  const parts = form.exec(text.trim());
  if (parts === null) return undefined;
  const [, year = '', month, day, hour, minute, second, fraction, zone] = parts;
  const start = new Date(0);
  start.setUTCFullYear(Number(year), Number(month ?? 1) - 1, Number(day ?? 1));
  start.setUTCHours(
    Number(hour ?? 0),
    Number(minute ?? 0),
    Number(second ?? 0),
    Math.trunc(Number(`0.${fraction ?? 0}`) * 1000),
  );
  if (month !== undefined && start.getUTCMonth() !== Number(month) - 1) return undefined;
  if (day !== undefined && start.getUTCDate() !== Number(day)) return undefined;
  if (Number(hour ?? 0) > 23 || Number(minute ?? 0) > 59 || Number(second ?? 0) > 59) return undefined;
  const minutes = zone === undefined ? 0 : offset(zone);
  start.setUTCMinutes(start.getUTCMinutes() - minutes);
  const end = new Date(start);
  const length =
    month === undefined
      ? 4
      : day === undefined
        ? 7
        : hour === undefined
          ? 10
          : second === undefined
            ? 16
            : fraction === undefined
              ? 19
              : 23;
  switch (length) {
    case 4:
      end.setUTCFullYear(end.getUTCFullYear() + 1);
      break;
    case 7:
      end.setUTCMonth(end.getUTCMonth() + 1);
      break;
    case 10:
      end.setUTCDate(end.getUTCDate() + 1);
      break;
    case 16:
      end.setUTCMinutes(end.getUTCMinutes() + 1);
      break;
    case 19:
      end.setUTCSeconds(end.getUTCSeconds() + 1);
      break;
    case 23:
      end.setUTCMilliseconds(end.getUTCMilliseconds() + 1);
      break;
  }
  // A day is compared with days and with moments alike: `2026-11-24` comes before `2026-11-24T00:00`, and belongs to its own day.
  const written = Math.max(length, 10);
  return { from: start.toISOString().slice(0, written), before: end.toISOString().slice(0, written) };
}

const form = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?\s*(Z|[+-]\d\d:?\d\d)?)?)?)?$/;

function offset(zone: string): number {
  if (zone === 'Z') return 0;
  const digits = zone.replace(':', '');
  const minutes = Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3, 5));
  return zone.startsWith('-') ? -minutes : minutes;
}

import { inScriptUnit, scriptUnits, type Type, typeText } from '../../parser/index.ts';
import { err, ok, type Result } from '../../util/result.ts';

/** Reads a scalar output's JSON by its declared type; the error goes on after the file's name: "holds 1.5, not an Int". */
export function readScalar(json: string, type: Type): Result<unknown, string> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    const shown = json.trim().slice(0, 60);
    return err(
      shown === '' ? 'is empty; it must hold one JSON value' : `does not hold a JSON value: ${JSON.stringify(shown)}`,
    );
  }
  const wrong = mismatch(value, type);
  return wrong === undefined ? ok(value) : err(wrong);
}

function mismatch(value: unknown, type: Type): string | undefined {
  const no = (): string => `holds ${shortJson(value)}, not ${typeText(type)}`;
  switch (type.kind) {
    case 'error':
      return undefined;
    case 'bool':
      return typeof value === 'boolean' ? undefined : no();
    case 'int':
      return Number.isSafeInteger(value) && inRange(value, type) ? undefined : no();
    case 'float':
      return typeof value === 'number' && inRange(value, type) ? undefined : no();
    case 'str':
      return typeof value === 'string' ? undefined : no();
    case 'quantity': {
      // A script writes the number in the unit that scripts are given: seconds, bytes, micrometres, degrees.
      if (typeof value !== 'number') return `${no()} (a number in ${scriptUnits[type.dimension]})`;
      const range = {
        ...(type.min && { min: inScriptUnit(type.min) }),
        ...(type.max && { max: inScriptUnit(type.max) }),
      };
      return inRange(value, range) ? undefined : no();
    }
    case 'literals':
      return type.values.some((literal) => literal === value) ? undefined : no();
    case 'optional':
      return value === null ? undefined : mismatch(value, type.of);
    case 'list': {
      if (!Array.isArray(value)) return no();
      if (value.length < (type.min ?? 0)) return no();
      return value.map((item) => mismatch(item, type.of)).find((wrong) => wrong !== undefined);
    }
    case 'record': {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return no();
      const fields = new Map(Object.entries(value));
      for (const field of type.fields) {
        const wrong = mismatch(fields.get(field.name) ?? null, field.type);
        if (wrong !== undefined) return `${wrong} in \`${field.name}\``;
      }
      return undefined;
    }
    case 'file':
      return no();
  }
}

const inRange = (value: unknown, range: { readonly min?: number; readonly max?: number }): boolean =>
  typeof value === 'number' &&
  value >= (range.min ?? Number.NEGATIVE_INFINITY) &&
  value <= (range.max ?? Number.POSITIVE_INFINITY);

function shortJson(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

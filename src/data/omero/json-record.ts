/** Reads what another program sent, one field at a time: OMERO leaves out what is null, so every field may lack. */
export type JsonRecord = Readonly<Record<string, unknown>>;

export function asRecord(value: unknown): JsonRecord | undefined {
  return isRecord(value) ? value : undefined;
}

export function recordAt(value: unknown, key: string): JsonRecord | undefined {
  return asRecord(asRecord(value)?.[key]);
}

export function recordsAt(value: unknown, key: string): readonly JsonRecord[] {
  const list = asRecord(value)?.[key];
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

export function textAt(value: unknown, key: string): string | undefined {
  const text = asRecord(value)?.[key];
  return typeof text === 'string' ? text : undefined;
}

export function numberAt(value: unknown, key: string): number | undefined {
  const number = asRecord(value)?.[key];
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

export function numbersAt(value: unknown, key: string): readonly number[] {
  const list = asRecord(value)?.[key];
  return Array.isArray(list) ? list.filter((each): each is number => typeof each === 'number') : [];
}

/** `undefined` where the server does not say. */
export function flagAt(value: unknown, key: string): boolean | undefined {
  const flag = asRecord(value)?.[key];
  return typeof flag === 'boolean' ? flag : undefined;
}

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

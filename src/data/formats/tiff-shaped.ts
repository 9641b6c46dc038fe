/** The JSON that tifffile keeps in the description of files it writes: the shape of the array, and what else its caller gave. */
export interface ShapedDescription {
  readonly shape: readonly number[];
  /** Lower case, where stated. */
  readonly axes?: string;
  /** Only the first plane has a directory; the others follow its pixels. */
  readonly isTruncated: boolean;
  readonly unit?: string;
  readonly spacing?: number;
  readonly frameInterval?: number;
}

/** `undefined` where the text is no such description. Also reads `shape=(3, 4, 5)`, which versions before 2016 wrote. */
export function shapedDescription(text: string): ShapedDescription | undefined {
  const old = /^shape=\(([\d, ]+)\)/.exec(text);
  if (old?.[1] !== undefined) {
    const shape = lengths(
      old[1]
        .split(',')
        .filter((part) => part.trim() !== '')
        .map(Number),
    );
    return shape === undefined ? undefined : { shape, isTruncated: false };
  }
  if (!text.startsWith('{') || !text.includes('"shape"')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(value));
  const given = fields.get('shape');
  const shape = Array.isArray(given) ? lengths(given) : undefined;
  if (shape === undefined) return undefined;
  const axes = fields.get('axes');
  const unit = fields.get('unit');
  const spacing = fields.get('spacing');
  const frameInterval = fields.get('finterval');
  return {
    shape,
    isTruncated: fields.get('truncated') === true,
    ...(typeof axes === 'string' && { axes: axes.toLowerCase() }),
    ...(typeof unit === 'string' && { unit }),
    ...(typeof spacing === 'number' && { spacing }),
    ...(typeof frameInterval === 'number' && { frameInterval }),
  };
}

function lengths(values: readonly unknown[]): readonly number[] | undefined {
  const isLength = (value: unknown): value is number =>
    typeof value === 'number' && Number.isInteger(value) && value >= 0;
  return values.length > 0 && values.every(isLength) ? values : undefined;
}

/** The `key=value` lines that ImageJ (and tifffile with `imagej=True`) keeps in the first page's description. */
export interface ImageJDescription {
  readonly images: number;
  readonly channels: number;
  readonly slices: number;
  readonly frames: number;
  /** Fastest dimension first, as ImageJ says it: `czt` unless stated. */
  readonly order: string;
  readonly unit?: string;
  readonly zUnit?: string;
  readonly timeUnit?: string;
  readonly spacing?: number;
  readonly frameInterval?: number;
  readonly framesPerSecond?: number;
}

/** `undefined` where the text is no ImageJ description. */
export function imageJDescription(text: string): ImageJDescription | undefined {
  if (!/^(ImageJ|SCIFIO)=/.test(text)) return undefined;
  const fields = new Map<string, string>();
  for (const line of text.split(/\r\n|\n|\r/)) {
    const equals = line.indexOf('=');
    if (equals > 0) fields.set(line.slice(0, equals).trim(), line.slice(equals + 1).trim());
  }
  const size = (key: string): number => {
    const value = Number(fields.get(key) ?? 1);
    return Number.isInteger(value) && value > 0 ? value : 1;
  };
  const positive = (key: string): number | undefined => {
    const value = Number(fields.get(key) ?? Number.NaN);
    return Number.isFinite(value) && value !== 0 ? Math.abs(value) : undefined; // ImageJ writes a negative spacing for stacks taken downwards
  };
  const unit = fields.get('unit');
  const zUnit = fields.get('zunit');
  const timeUnit = fields.get('tunit');
  const spacing = positive('spacing');
  const frameInterval = positive('finterval');
  const framesPerSecond = positive('fps');
  return {
    images: size('images'),
    channels: size('channels'),
    slices: size('slices'),
    frames: size('frames'),
    order: fields.get('order')?.toLowerCase() ?? 'czt',
    ...(unit !== undefined && { unit }),
    ...(zUnit !== undefined && { zUnit }),
    ...(timeUnit !== undefined && { timeUnit }),
    ...(spacing !== undefined && { spacing }),
    ...(frameInterval !== undefined && { frameInterval }),
    ...(framesPerSecond !== undefined && { framesPerSecond }),
  };
}

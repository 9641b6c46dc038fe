import { createColors } from 'picocolors';

export type Colors = ReturnType<typeof createColors>;

/** Where a verb writes: results to `out`, everything else to `err`. */
export interface Terminal {
  readonly out: Output;
  readonly err: Output;
  /** One JSON document on stdout. */
  json(document: { readonly format: string; readonly [field: string]: unknown }): void;
  /** A settings file may ask for colours after the terminal was opened; NO_COLOR and the like still hold under `auto`. */
  useColors(choice: ColorChoice): void;
}

export interface Output {
  /** A line, or several; a newline is added. */
  line(text?: string): void;
  /** As it is. */
  write(text: string): void;
  /** A person looks at it: live progress and prompts make sense. */
  readonly interactive: boolean;
  readonly columns: number;
  readonly colors: Colors;
}

export type ColorChoice = 'auto' | 'always' | 'never';

interface ColorOptions {
  readonly color: ColorChoice;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The real terminal. A reader that goes away (`bit log | head`) ends the command quietly, as it does for `ls`. */
export function openTerminal(options: ColorOptions): Terminal {
  const out = output(process.stdout, options);
  const err = output(process.stderr, options);
  return {
    out,
    err,
    json: (document) => out.line(JSON.stringify(document, null, 2)),
    useColors: (color) => {
      out.paint({ ...options, color });
      err.paint({ ...options, color });
    },
  };
}

/** `--color` over FORCE_COLOR over NO_COLOR (no-color.org: set and not empty) over whether it is a terminal. */
export function wantsColor(options: ColorOptions & { readonly interactive: boolean }): boolean {
  if (options.color !== 'auto') return options.color === 'always';
  const { FORCE_COLOR, NO_COLOR, TERM } = options.environment;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0';
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  return options.interactive && TERM !== 'dumb';
}

function output(stream: NodeJS.WriteStream, options: ColorOptions): Output & { paint(options: ColorOptions): void } {
  const interactive = stream.isTTY === true;
  let colors = createColors(wantsColor({ ...options, interactive }));
  let readerGone = false;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // EIO: the terminal itself was closed.
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    readerGone = true;
  });
  const write = (text: string): void => {
    if (!readerGone) stream.write(text);
  };
  return {
    line: (text = '') => write(`${text}\n`),
    write,
    interactive,
    get columns() {
      return stream.columns ?? 80;
    },
    get colors() {
      return colors;
    },
    paint: (wanted) => {
      colors = createColors(wantsColor({ ...wanted, interactive }));
    },
  };
}

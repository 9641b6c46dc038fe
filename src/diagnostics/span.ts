/** A text that diagnostics can point into: a `.bit` file, a params file, or the command line. */
export interface Source {
  /** As shown to people: the path the user typed, or `command line`. */
  readonly name: string;
  readonly text: string;
}

/** Half-open range of UTF-16 offsets in a source. */
export interface Span {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

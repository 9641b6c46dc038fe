/**
 * What the engine may ask about a file's inside. One implementation reads real headers (`src/data/formats`); the
 * values that cross here are plain data and are stored with each artifact as they are.
 */
export interface Formats {
  /**
   * Reads as much of `path` as it takes to say whether it is what `demand` says, and what it holds.
   *
   * A damaged, truncated, empty, missing or unreadable file is an answer (`ok: false`), never an exception; only a
   * failure of the machine itself (a disk error, no file handles left) rejects. `info` depends on the content (and,
   * where content alone cannot tell, the extension), never on the demand's refinement, so it may be stored under the
   * content's digest. It is there on failure too, when the header could be read.
   */
  inspect(path: string, demand: FormatDemand): Promise<FormatFinding>;
}

export type FormatFinding =
  | { readonly ok: true; readonly info: FileInfo }
  | { readonly ok: false; readonly problems: readonly FormatProblem[]; readonly info?: FileInfo };

/** What a file must be: the format named in the language (Image, Table, Json, …) and its refinement. */
export interface FormatDemand {
  readonly format: FormatName;
  readonly image?: ImageDemand;
  readonly table?: TableDemand;
}

export type FormatName = 'File' | 'Dir' | 'Image' | 'Table' | 'Json' | 'Text' | 'Xml' | 'Pdf' | 'Html' | 'Archive';

export interface ImageDemand {
  /** As `ImageInfo.axes`. An axis that the file leaves unnamed (`q`) meets any letter but `y`, `x` and `s`. */
  readonly axes?: string;
  /** A numpy name: `uint8`, `uint16`, `float32`, `bool`, … */
  readonly dtype?: string;
  /** One entry per axis; `null` means any length. */
  readonly shape?: readonly (number | null)[];
}

export interface TableDemand {
  /** Columns that must be there with cells of that type; others may be. An `optional` column may lack, and may have empty cells. */
  readonly columns: Readonly<Record<string, { readonly type: ColumnType; readonly optional?: boolean }>>;
}

export type ColumnType = 'Int' | 'Float' | 'Bool' | 'Str';

export interface FileInfo {
  readonly mediaType: string;
  readonly image?: ImageInfo;
  readonly table?: TableInfo;
}

/**
 * What an array reader sees in the file: for TIFF the array `tifffile.imread` returns, for OME-Zarr the array of the
 * highest resolution, for PNG and JPEG height, width and samples.
 */
export interface ImageInfo {
  /**
   * One lower-case letter per entry of `shape`, slowest first: `t c z y x`, `s` for the samples of a colour pixel, and `q`
   * for an axis that the file does not name (a plain multi-page TIFF is `qyx`: whether its pages are depths or
   * times is not in the file). Rarer axes keep the letter that their format gives them (`v` views, `r` rotations, `i` illuminations, `h` phases, `m` tiles, `l` wavelengths).
   */
  readonly axes: string;
  readonly shape: readonly number[];
  /** A numpy name: `uint16`, `float32`, `bool`, … */
  readonly dtype: string;
  /** Micrometres. A size that the file does not state is absent, never 1. */
  readonly pixelSize?: { readonly z?: number; readonly y?: number; readonly x?: number };
  /** Seconds between two time points. */
  readonly timeStep?: number;
  readonly channels?: readonly string[];
  /** One entry per channel, in the order of `channels` and of the axis `c`; there only where the file says more than names. */
  readonly channelDetails?: readonly ChannelInfo[];
  readonly objective?: ObjectiveInfo;
  /**
   * When the first plane was taken: ISO 8601 to the second or millisecond. With `Z` or an offset where the file says which, and without
   * where it gives the microscope's own clock; never guessed.
   */
  readonly acquiredAt?: string;
  /** How many images the file holds, where there are several (positions, scenes, series): all else here is about the first. */
  readonly series?: number;
  /** Sentences about what the file states in a way that cannot be used (a size in an unknown unit); such a value is absent above. */
  readonly remarks?: readonly string[];
}

export interface ChannelInfo {
  readonly name?: string;
  /** Nanometres. */
  readonly excitation?: number;
  /** Nanometres: the peak or centre that the file states. */
  readonly emission?: number;
  /** Seconds of exposure per plane. */
  readonly exposure?: number;
}

export interface ObjectiveInfo {
  /** As the microscope's software calls it: `Plan-Apochromat 63x/1.40 Oil DIC M27`. */
  readonly name?: string;
  /** Nominal: 63 for 63×. */
  readonly magnification?: number;
  readonly numericalAperture?: number;
  /** As the file says it: `Oil`, `Water`, `Air`. */
  readonly immersion?: string;
}

export interface TableInfo {
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[];
  /** Rows below the header; absent where the file was too large to be read whole. */
  readonly rows?: number;
}

export interface FormatProblem {
  /** What is wrong, in the analyst's words: `the TIFF ends in the middle of page 3 (32768 bytes expected, 1200 present)`. */
  readonly message: string;
}

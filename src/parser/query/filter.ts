/** A condition over a file that a run published, or over an item that somebody imported: plain data, names and units resolved. */
export type Filter =
  | { readonly kind: 'all' }
  | { readonly kind: 'and' | 'or'; readonly left: Filter; readonly right: Filter }
  | { readonly kind: 'not'; readonly of: Filter }
  | {
      readonly kind: 'compare';
      readonly field: FilterField;
      readonly operator: '==' | '!=' | '<' | '<=' | '>' | '>=';
      readonly value: FilterValue;
    }
  | { readonly kind: 'in'; readonly field: FilterField; readonly values: readonly FilterValue[] }
  /** Both ends belong to it. */
  | { readonly kind: 'between'; readonly field: FilterField; readonly from?: number; readonly to?: number }
  /**
   * A moment in time: `from` belongs to it, `before` does not. Both are the beginnings of ISO 8601 texts in UTC, without a zone (`2026-11-01`, `2026-11-01T08:30`),
   * so that comparing texts compares times, whatever their precision.
   */
  | { readonly kind: 'dated'; readonly field: FilterField; readonly from?: string; readonly before?: string }
  /** A regular expression, somewhere in the text. */
  | { readonly kind: 'matches'; readonly field: FilterField; readonly regex: string }
  /** Of a list, an element; of a text, a part of it. */
  | { readonly kind: 'contains'; readonly field: FilterField; readonly value: string | number }
  /** A whole list, element by element. */
  | { readonly kind: 'equals-list'; readonly field: FilterField; readonly values: readonly (string | number)[] }
  /** A Bool by itself. */
  | { readonly kind: 'holds'; readonly field: FilterField }
  | { readonly kind: 'present'; readonly field: FilterField }
  /** Made by a process or call of this name. */
  | { readonly kind: 'made-by'; readonly name: string }
  /** Made, at any depth, from something. */
  | { readonly kind: 'derived'; readonly from: FilterOrigin };

export type FilterValue = string | number | boolean;

export type FilterOrigin =
  /** What is or was at a path, or has this digest. */
  { readonly kind: 'place'; readonly text: string } | { readonly kind: 'meeting'; readonly filter: Filter };

export type FilterField =
  | { readonly kind: 'tag'; readonly name: string }
  | { readonly kind: 'property'; readonly name: FilterProperty }
  /** One number of `image.shape`; from the end where negative. */
  | { readonly kind: 'element'; readonly at: number }
  /** Of a list, how many elements; of a text, how many characters. */
  | { readonly kind: 'length'; readonly of: FilterField };

/** Sizes of images are in pixels, pixel sizes in micrometres, the time step in seconds, wavelengths in nanometres. */
export type FilterProperty =
  | 'experiment'
  | 'dataset'
  | 'kind'
  | 'origin'
  | 'path'
  | 'name'
  | 'stem'
  | 'ext'
  | 'size'
  | 'type'
  | 'digest'
  | 'at'
  | 'user'
  | 'run'
  | 'process'
  | 'task'
  | 'pipeline'
  | 'retracted'
  | 'axes'
  | 'dtype'
  | 'shape'
  | 'size_t'
  | 'size_c'
  | 'size_z'
  | 'size_y'
  | 'size_x'
  | 'channels'
  | 'excitation'
  | 'emission'
  | 'pixel_size'
  | 'pixel_size_x'
  | 'pixel_size_y'
  | 'pixel_size_z'
  | 'time_step'
  | 'acquired_at'
  | 'series'
  | 'objective'
  | 'objective_magnification'
  | 'objective_numerical_aperture'
  | 'objective_immersion';

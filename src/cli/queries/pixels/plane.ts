/** Values of one image, in the order of `shape`: rows, columns, samples. */
export interface Plane {
  readonly shape: readonly [height: number, width: number, samples: number];
  readonly values: Float64Array;
}

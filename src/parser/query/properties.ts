import type { FilterProperty } from './filter.ts';

/** What a name stands for: a tag's type, or a property's. */
export type FieldType = 'str' | 'int' | 'float' | 'bool' | 'date' | 'texts' | 'numbers' | 'sizes';

export interface Property {
  readonly type: FieldType;
  /** In which its numbers are; a quantity is converted to it. */
  readonly unit?: string;
  /** As it is written, where that is not its name. */
  readonly written?: string;
}

/** What is known of every item and published file, whatever its tags. `docs/queries.md` explains each. */
export const properties: Readonly<Record<FilterProperty, Property>> = {
  experiment: { type: 'str' },
  dataset: { type: 'str' },
  kind: { type: 'str' },
  origin: { type: 'str' },
  path: { type: 'str' },
  name: { type: 'str' },
  stem: { type: 'str' },
  ext: { type: 'str' },
  size: { type: 'int', unit: 'B' },
  type: { type: 'str' },
  digest: { type: 'str' },
  at: { type: 'date' },
  user: { type: 'str' },
  run: { type: 'str' },
  process: { type: 'str' },
  task: { type: 'str' },
  pipeline: { type: 'str' },
  retracted: { type: 'bool' },
  axes: { type: 'str', written: 'image.axes' },
  dtype: { type: 'str', written: 'image.dtype' },
  shape: { type: 'numbers', written: 'image.shape' },
  size_t: { type: 'int', written: 'image.size_t' },
  size_c: { type: 'int', written: 'image.size_c' },
  size_z: { type: 'int', written: 'image.size_z' },
  size_y: { type: 'int', written: 'image.size_y' },
  size_x: { type: 'int', written: 'image.size_x' },
  channels: { type: 'texts' },
  excitation: { type: 'numbers', unit: 'nm' },
  emission: { type: 'numbers', unit: 'nm' },
  pixel_size: { type: 'sizes' },
  pixel_size_x: { type: 'float', unit: 'um', written: 'pixel_size.x' },
  pixel_size_y: { type: 'float', unit: 'um', written: 'pixel_size.y' },
  pixel_size_z: { type: 'float', unit: 'um', written: 'pixel_size.z' },
  time_step: { type: 'float', unit: 's' },
  acquired_at: { type: 'date' },
  series: { type: 'int', written: 'image.series' },
  objective: { type: 'str' },
  objective_magnification: { type: 'float', written: 'objective.magnification' },
  objective_numerical_aperture: { type: 'float', written: 'objective.numerical_aperture' },
  objective_immersion: { type: 'str', written: 'objective.immersion' },
};

/** Every property in the words of the language: `kind`, `image.axes`, `pixel_size.x`. */
export const propertyNames: readonly string[] = Object.entries(properties).map(
  ([name, property]) => property.written ?? name,
);

/** The property that is written so, by itself or after `it.` or `image.`. `undefined` where there is none. */
export function propertyNamed(written: string): FilterProperty | undefined {
  return byWord.get(written);
}

const byWord: ReadonlyMap<string, FilterProperty> = new Map(
  Object.entries(properties).flatMap(([name, { written = name }]) => {
    // The keys are those of the record, which is typed by them.
    const property = name as FilterProperty;
    const ofImage = isOfImage(property);
    const bare = written.replace(/^image\./, '');
    return [bare, `it.${bare}`, ...(ofImage ? [`image.${bare}`] : [])].map((word) => [word, property] as const);
  }),
);

function isOfImage(property: FilterProperty): boolean {
  const names = Object.keys(properties);
  return names.indexOf(property) >= names.indexOf('axes');
}

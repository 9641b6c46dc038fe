import type { SourceRequest } from '../../engine/ports/source-provider.ts';

export type SourceColumn = Extract<SourceRequest['spec'], { readonly columns: unknown }>['columns'][number];

/** Ranges, unions and quantities are checked with all other values that come with the data; here a value gets its base type. */
export function columnType({ type }: SourceColumn): 'Int' | 'Float' | 'Bool' | 'Str' {
  switch (type.kind) {
    case 'int':
      return 'Int';
    case 'float':
      return 'Float';
    case 'bool':
      return 'Bool';
    case 'literals':
      return type.of === 'int' ? 'Int' : type.of === 'float' ? 'Float' : 'Str';
    default:
      return 'Str';
  }
}

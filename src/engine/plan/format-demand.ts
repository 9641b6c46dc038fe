import type { Type } from '../../parser/index.ts';
import type { FormatDemand } from '../ports/formats.ts';

/** What a file of this type must be, for `Formats.inspect`; undefined for types that are no file. */
export function formatDemand(type: Type): FormatDemand | undefined {
  if (type.kind === 'optional') return formatDemand(type.of);
  if (type.kind !== 'file') return undefined;
  return {
    format: type.format,
    ...(type.image && { image: type.image }),
    ...(type.table && { table: type.table }),
  };
}

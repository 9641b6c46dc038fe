import type { ParamHelp } from '../parser/index.ts';

type ValueType = (ParamHelp['type'] & { readonly kind: 'value' })['type'];

/** What one may write behind a param's flag: every choice where there are only some, else a value of its kind. */
export function exampleValues(param: ParamHelp): readonly string[] {
  return param.type.kind === 'value' ? valuesOf(param.type.type) : ['raw/{cell}.tif'];
}

function valuesOf(type: ValueType): readonly string[] {
  switch (type.kind) {
    case 'literals':
      return type.values.map(String);
    case 'int':
      return [String(within(type, 4))];
    case 'float':
      return [String(within(type, 0.5))];
    case 'quantity':
      return [quantities[type.dimension]];
    case 'optional':
    case 'list':
      return valuesOf(type.of);
    case 'file':
      return ['data/one.tif'];
    case 'bool':
    case 'str':
    case 'record':
    case 'error':
      return ['text'];
  }
}

const within = (range: { readonly min?: number; readonly max?: number }, wish: number): number =>
  Math.min(Math.max(wish, range.min ?? wish), range.max ?? Math.max(wish, range.min ?? wish));

const quantities = { size: '8 GB', duration: '30 min', length: '0.1 um', angle: '30 deg' } as const;

export type { Source, Span } from '../diagnostics/span.ts';
export type * from './graph/program.ts';
export type { Dimension, Quantity } from './types/quantity.ts';
export { baseUnits, inScriptUnit, isUnit, quantity, quantityText, scriptUnits, units } from './types/quantity.ts';
export type * from './types/type.ts';
export { datasetText, readableQuantity, tagsText, typeText } from './types/type-text.ts';

export { type Checked, type CheckOptions, checkProgram } from './check.ts';
export type { ParamArgument } from './graph/arguments.ts';
export type { ParamHelp } from './graph/params.ts';
export type * from './graph/program.ts';
export type { ReadResult, SourceHost } from './names/source-host.ts';
export type { Dimension, Quantity } from './types/quantity.ts';
export { baseUnits, inScriptUnit, isUnit, quantity, quantityText, scriptUnits, units } from './types/quantity.ts';
export type * from './types/type.ts';
export { datasetText, readableQuantity, tagsText, typeText } from './types/type-text.ts';

/** Functions that make or take datasets. A file cannot define processes or workflows of these names. */
export const sourceFunctions = [
  'files',
  'file',
  'sheet',
  'values',
  'catalog',
  'results',
  'url',
  's3',
  'ssh',
  'omero',
] as const;
export const datasetFunctions = ['first', 'take', 'single', 'count', 'collect', 'table', 'rows', 'join'] as const;

export type SourceFunction = (typeof sourceFunctions)[number];
export type DatasetFunction = (typeof datasetFunctions)[number];

export const isSourceFunction = (name: string): name is SourceFunction => sourceFunctions.some((one) => one === name);
export const isOperation = (name: string): name is DatasetFunction => datasetFunctions.some((one) => one === name);
export const isDatasetFunction = (name: string): boolean => isSourceFunction(name) || isOperation(name);

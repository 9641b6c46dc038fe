/** A list of the pipeline as it is written there: `["numpy", "scipy"]`. */
export const listInWords = (items: readonly string[]): string => `[${items.map((item) => `"${item}"`).join(', ')}]`;

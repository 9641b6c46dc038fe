/** The first and the last line about an environment that is built; between them stand those of the installer. */
export const buildingLine = (describe: string): string => `building (${describe}); this may take a minute or more`;

export const readyLine = 'ready';

/** Whether a line is one of those two. */
export const marksStep = (line: string): boolean => line === readyLine || line.startsWith('building (');

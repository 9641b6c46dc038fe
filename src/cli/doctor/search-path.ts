import { systemPath } from '../../runners/wrapper/launch-file.ts';

/** Where programs are looked for, as a run does. */
export const searchPath = `${process.env.PATH ?? ''}:${systemPath}`;

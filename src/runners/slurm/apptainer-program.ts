import { findProgram } from '../../util/find-program.ts';

/** What runs containers where there is no daemon. Its older name takes the same words. */
export interface ApptainerProgram {
  readonly kind: 'apptainer' | 'singularity';
  readonly program: string;
}

export function findApptainer(searchPath: string): ApptainerProgram | undefined {
  for (const kind of ['apptainer', 'singularity'] as const) {
    const program = findProgram(kind, searchPath);
    if (program !== undefined) return { kind, program };
  }
  return undefined;
}

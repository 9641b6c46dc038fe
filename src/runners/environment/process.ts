import type { ResolvedEnvironment } from '../../engine/ports/environments.ts';

/** What this folder needs of a checked process, by way of the port that hands it over. */
export type Process = ResolvedEnvironment['process'];
export type Command = Process['command'];
export type Argv = Extract<Command, { kind: 'exec' }>['argv'];
export type Language = Extract<Extract<Command, { kind: 'script' }>['interpreter'], { kind: 'language' }>['language'];

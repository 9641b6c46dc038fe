/** Strings that must not be mistaken for each other. A brand exists for the compiler alone; at run time it is the string. */
declare const brand: unique symbol;
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** `blake3:<64 hex digits>`: the name of some content, a file's bytes or a directory's Merkle tree. */
export type Digest = Brand<string, 'Digest'>;
/** `blake3:<64 hex digits>` over the canonical parts of a task: equal keys mean equal work. */
export type TaskKey = Brand<string, 'TaskKey'>;
/** A run's identity, sortable by start time. */
export type RunId = Brand<string, 'RunId'>;
/** A random name given to one attempt before it starts; whatever carries it is ours. */
export type AttemptToken = Brand<string, 'AttemptToken'>;

export const asDigest = (text: string): Digest => text as Digest;
export const asTaskKey = (text: string): TaskKey => text as TaskKey;
export const asRunId = (text: string): RunId => text as RunId;
export const asAttemptToken = (text: string): AttemptToken => text as AttemptToken;

import type { Verb } from './verb.ts';

/** Every verb, in the order of `bit help`, loaded when it is used: the rest of the program stays on the disk. */
export const verbs: readonly VerbEntry[] = [
  { name: 'version', summary: 'which bit this is', load: async () => (await import('./verbs/version.ts')).verb },
  { name: 'help', summary: 'the verbs, or the flags of one', load: async () => (await import('./verbs/help.ts')).verb },
];

export interface VerbEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Verb>;
}

import type { Naming } from './fields.ts';
import type { Values } from './values.ts';

/** What the parts of a condition are read with: the names that there are, and the values. */
export type Reading = Naming & Values;

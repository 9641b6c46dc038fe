export { findStore } from './find-store.ts';
export type { Collected, GcPolicy } from './gc.ts';
export { type Rebuilt, rebuildStore } from './journal/rebuild.ts';
export { type Layout, layoutOf } from './layout.ts';
export { type OpenOptions, openStore, type Store } from './open.ts';
export { readTool, sameTool } from './reader/tool-match.ts';
export type { Verified, VerifiedFile } from './verify.ts';

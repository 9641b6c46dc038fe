export { findStore } from './find-store.ts';
export { type Layout, layoutOf } from './layout.ts';
export { type OpenOptions, openStore, type Store } from './open.ts';

import { packageVersion } from '../util/package-root.ts';

/** `bit 0.1.0 (node 24.21.0, linux x64)` */
export const versionLine = (): string =>
  `bit ${packageVersion()} (node ${process.versions.node}, ${process.platform} ${process.arch})`;

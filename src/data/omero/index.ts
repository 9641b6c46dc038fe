export {
  isOmeroUri,
  type OmeroAddress,
  type OmeroKind,
  omeroAddress,
  omeroUri,
  parseOmeroUri,
} from './omero-address.ts';
export {
  isOmeroProvider,
  type OmeroFile,
  type OmeroProvider,
  type OmeroProviderOptions,
  openOmeroProvider,
} from './omero-provider.ts';
export type { OmeroPublication, OmeroPublished, OmeroResult } from './publish-to-omero.ts';

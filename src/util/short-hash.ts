import { blake3Hex } from './blake3.ts';

/** Twelve hex digits that tell texts apart where a whole digest would be in the way; never proof of content. */
export const shortHash = (text: string): string => blake3Hex(text).slice(0, 12);

import { createRequire } from 'node:module';
import { asDigest, type Digest } from './brand.ts';

/**
 * BLAKE3, the one digest of content and keys. The native module does gigabytes a second; where it does not load (an
 * unusual machine), WebAssembly gives the same digests at about a sixth of the speed.
 */
export interface Hasher {
  update(bytes: Uint8Array | string): void;
  /** 64 hex digits. Once. */
  hex(): string;
}

export interface Hashing {
  readonly kind: 'native' | 'wasm';
  hash(bytes: Uint8Array | string): string;
  /** A hasher for bytes that come in pieces; several may be at work at once. */
  start(): Promise<Hasher>;
}

export const nativeHashing: Hashing | undefined = loadNative();
/** What this process uses. */
export const hashing: Hashing = nativeHashing ?? (await loadWasm());

/** 64 hex digits. */
export const blake3Hex = (bytes: Uint8Array | string): string => hashing.hash(bytes);
/** Over some bytes or UTF-8 text that is at hand; large files are digested by the content store. */
export const blake3 = (bytes: Uint8Array | string): Digest => asDigest(`blake3:${hashing.hash(bytes)}`);

function loadNative(): Hashing | undefined {
  try {
    const native: typeof import('@napi-rs/blake-hash') = createRequire(import.meta.url)('@napi-rs/blake-hash');
    return {
      kind: 'native',
      hash: (bytes) => native.blake3(bytes).toString('hex'),
      start: async () => {
        const hasher = new native.Blake3Hasher();
        return { update: (bytes) => void hasher.update(bytes), hex: () => hasher.digest('hex') };
      },
    };
  } catch {
    return undefined;
  }
}

/** Exported so that a test can hold both implementations against each other. */
export async function loadWasm(): Promise<Hashing> {
  const { createBLAKE3 } = await import('hash-wasm');
  const shared = await createBLAKE3();
  return {
    kind: 'wasm',
    hash: (bytes) => shared.init().update(bytes).digest('hex'),
    // Each has a WebAssembly memory of its own: interleaved updates of one would mix.
    start: async () => {
      const hasher = (await createBLAKE3()).init();
      return { update: (bytes) => void hasher.update(bytes), hex: () => hasher.digest('hex') };
    },
  };
}

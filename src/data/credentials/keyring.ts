import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from './from-environment.ts';
import { remember } from './secret.ts';
import type { StoredCredential } from './stored-credential.ts';

/** The place where the desktop keeps passwords. */
export interface Keyring {
  get(place: string): Promise<StoredCredential | undefined>;
  /** `false`: it cannot keep anything. */
  set(place: string, stored: StoredCredential): Promise<boolean>;
  /** Whether there was one. */
  remove(place: string): Promise<boolean>;
  places(): Promise<readonly string[]>;
}

const service = 'bitflow';

/** Longer than a person takes to unlock it, and no run waits for ever for one who is not there. */
const patienceMs = 30_000;

/**
 * The keyring of the system: Secret Service, Keychain, Credential Manager. A machine without one has nothing in it; that is no error. `BIT_KEYRING=off`
 * says not to ask.
 */
export function systemKeyring(environment: Environment): Keyring {
  const ask = async <T>(none: T, question: (library: Library) => Promise<T>): Promise<T> => {
    if (!isThere(environment)) return none;
    try {
      return await question(await import('@napi-rs/keyring'));
    } catch {
      return none;
    }
  };
  const entry = (library: Library, place: string) =>
    new library.AsyncEntry(service, place, { linux: { store: 'secret-service' } });
  return {
    get: (place) =>
      ask(undefined, async (library) => {
        const text = await entry(library, place).getPassword(AbortSignal.timeout(patienceMs));
        return typeof text === 'string' ? decode(text) : undefined;
      }),
    set: (place, stored) =>
      ask(false, async (library) => {
        const text = JSON.stringify(stored);
        const kept = entry(library, place);
        await kept.setPassword(text, AbortSignal.timeout(patienceMs));
        // A keyring without a backend forgets at once.
        return (await kept.getPassword(AbortSignal.timeout(patienceMs))) === text;
      }),
    remove: (place) =>
      ask(false, async (library) => {
        const done = await entry(library, place).deleteCredential(AbortSignal.timeout(patienceMs));
        return done !== false;
      }),
    places: () =>
      ask([], async (library) => {
        const found = await library.findCredentialsAsync(service, undefined, AbortSignal.timeout(patienceMs));
        return found.map((one) => {
          remember(one.password);
          return one.account;
        });
      }),
  };
}

type Library = typeof import('@napi-rs/keyring');

function isThere(environment: Environment): boolean {
  if (environment.BIT_KEYRING === 'off') return false;
  if (process.platform !== 'linux') return true;
  // Without a bus of the person's own session there is none to ask, and asking would start one.
  const { DBUS_SESSION_BUS_ADDRESS: bus, XDG_RUNTIME_DIR: runtime } = environment;
  return (bus !== undefined && bus !== '') || (runtime !== undefined && existsSync(join(runtime, 'bus')));
}

function decode(text: string): StoredCredential | undefined {
  remember(text);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    return Object.fromEntries(
      Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
    );
  } catch {
    return undefined;
  }
}

import { readCredentialsFile, writeCredentialsFile } from './credentials-file.ts';
import type { Keyring } from './keyring.ts';
import { remember } from './secret.ts';
import type { StoredCredential } from './stored-credential.ts';

export interface Kept {
  readonly place: string;
  readonly where: 'keyring' | 'file';
}

export interface KeepingPlaces {
  readonly keyring: Keyring;
  /** The credentials file. */
  readonly file: string;
}

/** Keeps a credential in the keyring, or, where there is none, in the file. What was kept before for this place goes away, wherever it was. */
export async function keepCredential(
  place: string,
  stored: StoredCredential,
  places: KeepingPlaces,
): Promise<Kept['where']> {
  for (const secret of Object.values(stored)) remember(secret);
  const isFileThere = (await readCredentialsFile(places.file))?.has(place) === true;
  if (await places.keyring.set(place, stored)) {
    if (isFileThere) await writeCredentialsFile(places.file, place, undefined);
    return 'keyring';
  }
  await writeCredentialsFile(places.file, place, stored);
  return 'file';
}

/** Whether there was anything to forget. */
export async function forgetCredential(place: string, places: KeepingPlaces): Promise<boolean> {
  const fromKeyring = await places.keyring.remove(place);
  const inFile = (await readCredentialsFile(places.file))?.has(place) === true;
  if (inFile) await writeCredentialsFile(places.file, place, undefined);
  return fromKeyring || inFile;
}

export async function keptCredentials(places: KeepingPlaces): Promise<readonly Kept[]> {
  const inKeyring = await places.keyring.places();
  const inFile = [...((await readCredentialsFile(places.file))?.keys() ?? [])];
  return [
    ...inKeyring.map((place): Kept => ({ place, where: 'keyring' })),
    ...inFile.map((place): Kept => ({ place, where: 'file' })),
  ].sort((a, b) => (a.place < b.place ? -1 : 1));
}

/** A secret that no message, log or inspection shows: only who calls `reveal` reads it. */
export interface Hidden {
  reveal(): string;
}

/** A user's password, or the id of an OMERO session that someone opened (`omero sessions login` prints it). */
export type OmeroLogin = { readonly user: string; readonly password: Hidden } | { readonly session: Hidden };

/** Looks up how to log in at `omero://host/prefix`; `undefined`: nothing is kept for it, and the server is asked as a guest. */
export type OmeroCredentials = (serverUri: string) => Promise<OmeroLogin | undefined>;

/** Tables that the engine itself writes (`table(ds)`) and reads (`rows(ds, …)`): CSV, the same bytes for the same values. */
export interface Tables {
  write(
    columns: readonly { readonly name: string; readonly kind: string }[],
    rows: readonly (readonly TableCell[])[],
  ): Uint8Array;
  /** Cells as written, in the order of `columns`; rejects with a message for the analyst where the file cannot be read as a table. */
  read(path: string): Promise<{ readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] }>;
}

export type TableCell = null | boolean | number | string;

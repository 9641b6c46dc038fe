/** Ends an exhaustive switch: a new case breaks the build here, and a value that slipped past the types is our bug. */
export function unreachable(value: never): never {
  throw new Error(`unreachable case: ${JSON.stringify(value)}`);
}

/** Why a file that a person named cannot be read, where that is theirs to mend; anything else is not expected. */
export function whyUnreadable(error: unknown): 'missing' | 'folder' | 'denied' | undefined {
  switch (error instanceof Error && 'code' in error ? error.code : undefined) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'missing';
    case 'EISDIR':
      return 'folder';
    case 'EACCES':
    case 'EPERM':
      return 'denied';
    default:
      return undefined;
  }
}

import type { Progress } from '../../engine/ports/remote.ts';

/** What is told of each file of a folder, told of the folder: the bytes of all of them. A folder may have a hundred thousand, so they are not added up again each time. */
export function summedProgress(
  folder: { readonly uri: string; readonly size: number | undefined },
  progress: (progress: Progress) => void,
): (file: Progress) => void {
  const { uri, size } = folder;
  const bytes = new Map<string, number>();
  let sum = 0;
  return (file) => {
    sum += file.bytes - (bytes.get(file.uri) ?? 0);
    bytes.set(file.uri, file.bytes);
    progress({ uri, bytes: sum, ...(size !== undefined && { size }) });
  };
}

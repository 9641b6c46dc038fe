import { digestAt } from './event-rows.ts';

export const artifactColumns = '(digest, directory, size, media_type, axes, shape, dtype, pixel_size, info)';

/** Once something is known about content it stays; what was only a name so far is filled in. */
export const artifactConflict = `
ON CONFLICT (digest) DO UPDATE SET directory = excluded.directory, size = excluded.size, media_type = excluded.media_type, axes = excluded.axes,
  shape = excluded.shape, dtype = excluded.dtype, pixel_size = excluded.pixel_size, info = excluded.info
WHERE artifacts.size IS NULL OR (artifacts.info IS NULL AND excluded.info IS NOT NULL)`;

/** `file` is a JSON value with `digest`, `directory`, `size` and maybe `info` at `at`. */
export const artifactValues = (file: string, at: string): string => `
${digestAt(file, `${at}.digest`)}, ${file} ->> '${at}.directory', ${file} ->> '${at}.size', ${file} ->> '${at}.info.mediaType',
  ${file} ->> '${at}.info.image.axes', ${file} -> '${at}.info.image.shape', ${file} ->> '${at}.info.image.dtype',
  ${file} ->> '${at}.info.image.pixelSize', ${file} -> '${at}.info'`;

/** An address of another place, `s3://bucket/a.tif`, and no path of this machine: what runs and items know a file by is one or the other. */
export const isUri = (text: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(text);

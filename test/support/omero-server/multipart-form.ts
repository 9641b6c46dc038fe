/** A form as a server reads it: `multipart/form-data` with one file, or `application/x-www-form-urlencoded`. */
export interface Form {
  readonly fields: URLSearchParams;
  readonly file?: { readonly field: string; readonly name: string; readonly bytes: Buffer };
}

export function formOf(body: Buffer, contentType: string): Form {
  const boundary = /^multipart\/form-data; *boundary=(\S+)$/.exec(contentType)?.[1];
  if (boundary === undefined) return { fields: new URLSearchParams(body.toString('utf8')) };
  const fields = new URLSearchParams();
  let file: Form['file'];
  const mark = Buffer.from(`--${boundary}`);
  let at = body.indexOf(mark);
  while (at >= 0) {
    const next = body.indexOf(mark, at + mark.length);
    if (next < 0) break;
    const part = body.subarray(at + mark.length + 2, next - 2);
    const split = part.indexOf('\r\n\r\n');
    const head = part.toString('utf8', 0, split);
    const value = part.subarray(split + 4);
    const field = /name="([^"]*)"/.exec(head)?.[1] ?? '';
    const name = /filename="([^"]*)"/.exec(head)?.[1];
    // As Django does: a path is cut to its last part.
    if (name !== undefined) file = { field, name: name.slice(name.lastIndexOf('/') + 1), bytes: Buffer.from(value) };
    else fields.append(field, value.toString('utf8'));
    at = next;
  }
  return { fields, ...(file !== undefined && { file }) };
}

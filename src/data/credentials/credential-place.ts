/** What credentials are kept for, most specific first: `sftp://ann@host:2222`, `sftp://host:2222`. No address is refused: one without a place has none. */
export function credentialPlaces(uri: string): readonly string[] {
  const parts = /^(https?|s3|sftp|omero):\/\/(?:([^@/]*)@)?([^/?#]*)/iu.exec(uri);
  if (parts === null) return uri.toLowerCase() === 's3' || uri.toLowerCase() === 's3:' ? ['s3://'] : [];
  const scheme = (parts[1] ?? '').toLowerCase();
  const user = (parts[2] ?? '').replace(/:.*$/su, '');
  const host = (parts[3] ?? '').toLowerCase();
  switch (scheme) {
    case 's3':
      return host === '' ? ['s3://'] : [`s3://${parts[3] ?? ''}`, 's3://'];
    case 'https':
      return [`https://${host.replace(/:443$/u, '')}`];
    case 'http':
      return [`http://${host.replace(/:80$/u, '')}`];
    default: {
      const plain = `${scheme}://${scheme === 'sftp' ? host.replace(/:22$/u, '') : host}`;
      return user === '' ? [plain] : [`${scheme}://${user}@${plain.slice(scheme.length + 3)}`, plain];
    }
  }
}

/**
 * How a host is written in the name of a variable: `data-lab.org:8443` is `DATA__LAB_ORG_8443`. Different hosts have different names, so that no host can
 * be called such that it is sent what belongs to another.
 */
export function variableHost(place: string): string {
  const host = place.replace(/^[a-z0-9]+:\/\/(?:[^@]*@)?/u, '');
  return host
    .toUpperCase()
    .replaceAll('-', '__')
    .replace(/[^A-Z0-9_]/gu, '_');
}

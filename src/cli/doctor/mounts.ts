/** A file system and where it is seen. */
export interface MountedAt {
  readonly path: string;
  /** `ext4`, `nfs4`, `lustre` */
  readonly type: string;
  /** `server:/export` */
  readonly source: string;
  /** Other machines can have it too. */
  readonly isShared: boolean;
}

/** `/proc/self/mountinfo`; what is mounted over something else comes after it. */
export function readMounts(text: string): readonly MountedAt[] {
  return text.split('\n').flatMap((line) => {
    const [before = '', after] = line.split(' - ');
    const path = before.split(' ')[4];
    const [type, source] = after?.split(' ') ?? [];
    if (path === undefined || type === undefined || source === undefined) return [];
    return [{ path: unescaped(path), type, source: unescaped(source), isShared: isShared(type) }];
  });
}

/** The file system that a path lies on. */
export function mountOf(path: string, mounts: readonly MountedAt[]): MountedAt | undefined {
  return mounts
    .filter((mount) => mount.path === '/' || path === mount.path || path.startsWith(`${mount.path}/`))
    .reduce<MountedAt | undefined>(
      (best, mount) => (best === undefined || mount.path.length >= best.path.length ? mount : best),
      undefined,
    );
}

const isShared = (type: string): boolean =>
  /^(nfs\d?|lustre|gpfs|beegfs(_nodev)?|ceph|cifs|smb\d?|afs|9p|panfs|pvfs2|orangefs|wekafs|gfs2|ocfs2|glusterfs|fuse\.(ceph.*|gluster.*|beegfs|sshfs|quobyte.*|weka.*|juicefs|moosefs|mfs))$/.test(
    type,
  );

const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

import { readFileSync } from 'node:fs';

/** The file system that a path lies on, by this machine's table of mounts. */
export interface FileSystem {
  readonly kind: string;
  /** Another machine may see the same files. */
  readonly isShared: boolean;
}

export function fileSystemOf(path: string): FileSystem {
  let table = '';
  try {
    table = readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    // Nothing is known.
  }
  return findFileSystem(path, table);
}

/** Finds the mount that a path lies below: the longest, and of equals the last. */
export function findFileSystem(path: string, mountinfo: string): FileSystem {
  let longest = -1;
  let kind = 'unknown';
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const folder = before
      .split(' ')[4]
      ?.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    if (folder === undefined || folder.length < longest) continue;
    if (path !== folder && !path.startsWith(folder === '/' ? '/' : `${folder}/`)) continue;
    longest = folder.length;
    kind = after.split(' ')[0] ?? kind;
  }
  return { kind, isShared: shared.test(kind) };
}

const shared =
  /^(nfs4?|lustre|gpfs|beegfs|fhgfs|ceph|cifs|smb3?|smbfs|glusterfs|fuse\.(glusterfs|ceph|ceph-fuse|beegfs|lustre|juicefs|moosefs|mfsmount|seaweedfs|quobyte|weka|sshfs|s3fs|cvmfs2?)|afs|pvfs2|orangefs|panfs|wekafs|9p|virtiofs|ocfs2|gfs2|stornext|cvfs|quobyte|moosefs|juicefs|daos|vast|acfs|dvs|scatefs|yas3fs)$/;

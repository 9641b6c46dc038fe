import { expect, test } from 'vitest';
import { mountIn } from '../../../../src/data/import/mount-of.ts';

const table = `22 1 8:2 / / rw,relatime - ext4 /dev/sda2 rw
90 22 8:17 / /media/my\\040disk rw,nosuid shared:12 - exfat /dev/sdb1 rw
91 22 0:45 / /mnt rw - nfs4 server:/export rw
92 91 0:46 / /mnt/scope rw - cifs //pc/share rw
93 22 0:47 / /mnt/scope rw - nfs4 other:/export rw
`;

test.each([
  ['/home/a', { at: '/', from: '/dev/sda2', type: 'ext4' }],
  ['/media/my disk/x', { at: '/media/my disk', from: '/dev/sdb1', type: 'exfat' }],
  ['/mnt/scope', { at: '/mnt/scope', from: 'other:/export', type: 'nfs4' }],
  ['/mnt/scopes', { at: '/mnt', from: 'server:/export', type: 'nfs4' }],
])('the disk of %s', (path, mount) => {
  expect(mountIn(table, path)).toEqual(mount);
});

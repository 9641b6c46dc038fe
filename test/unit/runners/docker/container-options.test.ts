import { describe, expect, test } from 'vitest';
import { readContainerOptions, readSize } from '../../../../src/runners/docker/container-options.ts';

describe('words of docker run', () => {
  test.each<readonly [words: readonly string[], host: object]>([
    [[], {}],
    [['--shm-size=1g'], { ShmSize: 2 ** 30 }],
    [['--shm-size 64m'], { ShmSize: 2 ** 26 }],
    [['--shm-size', '64m'], { ShmSize: 2 ** 26 }],
    [['--ulimit=nofile=1024:4096'], { Ulimits: [{ Name: 'nofile', Soft: 1024, Hard: 4096 }] }],
    [
      ['--ulimit', 'core=0', '--ulimit', 'memlock=-1'],
      {
        Ulimits: [
          { Name: 'core', Soft: 0, Hard: 0 },
          { Name: 'memlock', Soft: -1, Hard: -1 },
        ],
      },
    ],
    [
      ['--device=/dev/fuse'],
      { Devices: [{ PathOnHost: '/dev/fuse', PathInContainer: '/dev/fuse', CgroupPermissions: 'rwm' }] },
    ],
    [
      ['--device=/dev/sda:/dev/xvda:r'],
      { Devices: [{ PathOnHost: '/dev/sda', PathInContainer: '/dev/xvda', CgroupPermissions: 'r' }] },
    ],
    [
      ['--tmpfs=/run', '--tmpfs=/scratch:size=1g,mode=1777'],
      { Tmpfs: { '/run': '', '/scratch': 'size=1g,mode=1777' } },
    ],
    [['--cap-add=SYS_PTRACE', '--cap-drop=ALL'], { CapAdd: ['SYS_PTRACE'], CapDrop: ['ALL'] }],
    [['--security-opt=seccomp=unconfined'], { SecurityOpt: ['seccomp=unconfined'] }],
    [['--ipc=host'], { IpcMode: 'host' }],
    [['--runtime=nvidia'], { Runtime: 'nvidia' }],
    [['--add-host=db:10.0.0.1'], { ExtraHosts: ['db:10.0.0.1'] }],
    [['--privileged', '--read-only=false'], { Privileged: true, ReadonlyRootfs: false }],
    [['--pids-limit=100'], { PidsLimit: 100 }],
    [['--sysctl=net.core.somaxconn=1024'], { Sysctls: { 'net.core.somaxconn': '1024' } }],
  ])('%j', (words, host) => {
    expect(readContainerOptions(words)).toMatchObject({ ok: true, options: { host } });
  });

  test('variables, names and volumes', () => {
    expect(
      readContainerOptions([
        '-e',
        'A=b=c',
        '--env=EMPTY=',
        '-h',
        'lab',
        '--platform=linux/amd64',
        '-v',
        '/ref:/ref:ro',
      ]),
    ).toEqual({
      ok: true,
      options: {
        host: {},
        mounts: [{ Type: 'bind', Source: '/ref', Target: '/ref', ReadOnly: true }],
        variables: { A: 'b=c', EMPTY: '' },
        hostname: 'lab',
        platform: 'linux/amd64',
      },
    });
  });

  test.each([
    [['--rm'], '--rm', 'unknown'],
    [['-it'], '-it', 'unknown'],
    [['--shm-size=1g', 'ubuntu'], 'ubuntu', 'unknown'],
    [['--network=host'], '--network=host', 'unknown'],
    [['--constructor=x'], '--constructor=x', 'unknown'],
    [['--shm-size=much'], '--shm-size=much', 'value'],
    [['--shm-size'], '--shm-size', 'value'],
    [['--env=NAME'], '--env=NAME', 'value'],
    [['--volume=relative:/x'], '--volume=relative:/x', 'value'],
    [['--volume=/a:/b:zz'], '--volume=/a:/b:zz', 'value'],
    [['--ulimit', 'nofile'], '--ulimit nofile', 'value'],
    [['--privileged=maybe'], '--privileged=maybe', 'value'],
  ])('%j cannot be read', (words, word, why) => {
    expect(readContainerOptions(words)).toMatchObject({ ok: false, word, why });
  });
});

test.each([
  ['0', 0],
  ['1024', 1024],
  ['1k', 1024],
  ['1.5g', 1.5 * 2 ** 30],
  ['2GB', 2 ** 31],
  ['2GiB', 2 ** 31],
  ['1 t', 2 ** 40],
  ['', undefined],
  ['g', undefined],
  ['-1', undefined],
  ['1x', undefined],
])('a size of %s', (text, bytes) => {
  expect(readSize(text)).toBe(bytes);
});

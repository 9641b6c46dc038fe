import { describe, expect, test } from 'vitest';
import { readHttps, readS3, readSftp, s3Uri, schemeOf, sftpUri } from '../../../../src/data/remote/address.ts';
import { RemoteProblem } from '../../../../src/engine/ports/remote.ts';

describe('schemes', () => {
  test.each([
    ['https://a/b', 'https'],
    ['HTTP://a/b', 'https'],
    ['s3://bucket/key', 's3'],
    ['sftp://a/b', 'sftp'],
    ['omero://a/Image:1', 'omero'],
    ['/data/a.tif', undefined],
    ['C://x', undefined],
    ['ftp://a/b', undefined],
  ])('%s', (uri, scheme) => expect(schemeOf(uri)).toBe(scheme));
});

describe('object stores', () => {
  test.each([
    ['s3://raw-data/a b/#1?%20+//é.tif', { bucket: 'raw-data', key: 'a b/#1?%20+//é.tif' }],
    ['s3://raw-data', { bucket: 'raw-data', key: '' }],
    ['s3://raw-data/new\nline', { bucket: 'raw-data', key: 'new\nline' }],
  ])('%j is read as it is', (uri, address) => {
    expect(readS3(uri)).toEqual(address);
    expect(readS3(s3Uri(address))).toEqual(address);
  });
  test.each(['s3://', 's3:///key', 's3://Not A Bucket/key', 's3://a/key'])('%j names no bucket', (uri) => {
    expect(() => readS3(uri)).toThrow('names no bucket');
  });
});

describe('SSH', () => {
  test.each([
    ['sftp://ann@host:2222/a/b', { user: 'ann', host: 'host', port: 2222, path: '/a/b' }],
    ['sftp://host/a%20b', { host: 'host', path: '/a b' }],
    ['sftp://host/a b#1?x%zz', { host: 'host', path: '/a b#1?x%zz' }],
    ['sftp://[::1]:22/a', { host: '::1', port: 22, path: '/a' }],
    ['sftp://host', { host: 'host', path: '/' }],
    ['sftp://ann%40lab@host/a', { user: 'ann@lab', host: 'host', path: '/a' }],
  ])('%j', (uri, address) => expect(readSftp(uri)).toEqual(address));

  test.each(['/a b', '/100%', '/100%25', '/a#b?c', '/new\nline', '/細胞 😀', '/%41'])(
    'the path %j comes back',
    (path) => {
      expect(readSftp(sftpUri({ host: 'host', user: 'a@b/c', path })).path).toBe(path);
      expect(readSftp(sftpUri({ host: 'host', user: 'a@b/c', path })).user).toBe('a@b/c');
    },
  );

  test.each(['sftp:///a', 'sftp://host:99999/a', 'sftp://-oProxyCommand=x/a', 'sftp://-l@host/a'])(
    '%j is no address',
    (uri) => {
      expect(() => readSftp(uri)).toThrow(RemoteProblem);
    },
  );
});

describe('an address that holds a credential is refused, and not repeated', () => {
  test.each([
    () => readHttps('https://ann:pa55word@host/a.tif'),
    () => readHttps('https://host/a.tif?X-Amz-Credential=pa55word&X-Amz-Signature=pa55word'),
    () => readHttps('https://host/a.tif?access_token=pa55word'),
    () => readHttps('https://host/a.tif?sv=1&sig=pa55word'),
    () => readSftp('sftp://ann:pa55word@host/a.tif'),
  ])('%#', (read) => {
    let problem: unknown;
    try {
      read();
    } catch (error) {
      problem = error;
    }
    expect(problem).toBeInstanceOf(RemoteProblem);
    if (!(problem instanceof RemoteProblem)) return;
    expect(problem.why).toBe('address');
    expect(`${problem.message} ${problem.help} ${problem.uri} ${problem.stack}`).not.toContain('pa55word');
    expect(problem.help).toContain('bit login');
  });

  test('any other question is part of the address', () => {
    expect(readHttps('https://host/get?id=7&keyframe=2').href).toBe('https://host/get?id=7&keyframe=2');
  });
});

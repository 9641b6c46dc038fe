import { describe, expect, test } from 'vitest';
import { isOmeroUri, omeroAddress, parseOmeroUri } from '../../../../src/data/omero/index.ts';
import { credentialUri } from '../../../../src/data/omero/omero-address.ts';
import { RemoteProblem } from '../../../../src/engine/ports/remote.ts';

describe('what people write', () => {
  test.each([
    ['Dataset:51', 'omero.example.org', 'omero://omero.example.org/Dataset:51'],
    ['omero:dataset:51', ' https://Example.org/omero/ ', 'omero://example.org/omero/Dataset:51'],
    ['Image:12', 'https://example.org:8443/a/b/webclient/', 'omero://example.org:8443/a/b/Image:12'],
    ['Well:3', 'http://localhost:4080', 'omero+http://localhost:4080/Well:3'],
    ['Plate:9', 'omero+http://localhost/omero', 'omero+http://localhost/omero/Plate:9'],
    ['omero://Example.org:443/omero/Project:5/', undefined, 'omero://example.org/omero/Project:5'],
    ['omero+http://localhost:80/Screen:3', 'ignored.org', 'omero+http://localhost/Screen:3'],
    ['omero://h/Dataset:51/a%20b%2Fc.csv', undefined, 'omero://h/Dataset:51/a%20b%2Fc.csv'],
    ['https://example.org/omero/webclient/?show=image-12', undefined, 'omero://example.org/omero/Image:12'],
    ['http://localhost:4080/webclient/?show=dataset-51', 'other.org', 'omero+http://localhost:4080/Dataset:51'],
  ])('%s, on %s', (text, server, uri) => {
    expect(omeroAddress(text, { server })).toBe(uri);
    expect(omeroAddress(uri, { server: undefined })).toBe(uri);
    expect(isOmeroUri(uri)).toBe(true);
  });

  test.each([
    ['Dataset', 'omero.example.org'],
    ['Dataset:0', 'omero.example.org'],
    ['Dataset:-1', 'omero.example.org'],
    ['Roi:5', 'omero.example.org'],
    ['omero://host/', undefined],
    ['omero://host/Dataset:5x', undefined],
    ['omero://host/Dataset:5/a/b', undefined],
    ['omero://host/Dataset:5?limit=1', undefined],
    ['omero://host/Dataset:99999999999999999', undefined],
    ['https://example.org/webclient/?show=image-1|image-2', undefined],
    ['Dataset:5', 'ftp://example.org'],
  ])('%s on %s is no address, and how to write one is said', (text, server) => {
    const problem = problemOf(() => omeroAddress(text, { server }));
    expect(problem.why).toBe('address');
    expect(problem.help).not.toBe('');
  });

  test('a short form without a server says how to set one', () => {
    expect(problemOf(() => omeroAddress('Dataset:51', { server: undefined })).help).toContain('OMERO_SERVER');
  });

  test('a password in an address is refused, and not repeated', () => {
    for (const text of ['omero://ann:hunter2@host/Image:1', 'https://ann:hunter2@host/webclient/?show=image-1']) {
      const problem = problemOf(() => omeroAddress(text, { server: undefined }));
      expect(problem.why).toBe('address');
      expect(`${problem.message} ${problem.uri} ${problem.help}`).not.toContain('hunter2');
    }
    const problem = problemOf(() => omeroAddress('Image:1', { server: 'https://ann:hunter2@host' }));
    expect(`${problem.message} ${problem.uri}`).not.toContain('hunter2');
  });
});

test('what is kept for a server over https is not looked up for it over http', () => {
  const place = (uri: string): string => credentialUri(parseOmeroUri(uri));
  expect(place('omero://h/omero/Image:1')).toBe('omero://h');
  expect(place('omero+http://h/omero/Image:1')).toBe('omero://h:80');
  expect(place('omero+http://h:4080/Image:1')).toBe('omero://h:4080');
});

function problemOf(work: () => unknown): RemoteProblem {
  try {
    work();
  } catch (error) {
    if (error instanceof RemoteProblem) return error;
    throw error;
  }
  throw new Error('it succeeded');
}

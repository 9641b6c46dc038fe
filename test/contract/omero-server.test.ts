import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type OmeroServer, omeroServer } from '../support/omero-server/omero-server.ts';
import { annotate, omeroWorld, worldImage } from '../support/omero-server/omero-world.ts';

// The contract server is only worth something while it refuses what OMERO.web refuses: asked by hand here, without our client.

let server: OmeroServer;
beforeEach(async () => {
  const world = omeroWorld();
  world.images.push(worldImage({ id: 12 }), worldImage({ id: 13, group: 9 }));
  server = await omeroServer({ world, prefix: '/omero' });
});
afterEach(async () => await server.close());

const ask = async (path: string, init: RequestInit = {}): Promise<Response> =>
  await fetch(`${server.origin}/omero/${path}`, { redirect: 'manual', ...init });

async function token(): Promise<{ token: string; cookie: string }> {
  const response = await ask('api/v0/token/');
  const { data } = (await response.json()) as { data: string };
  return { token: data, cookie: response.headers.getSetCookie()[0]?.split(';')[0] ?? '' };
}

async function login(headers: Record<string, string>, form: Record<string, string> = {}): Promise<Response> {
  const body = new URLSearchParams({ server: '1', username: 'ben', password: 'Grün & wide?', ...form });
  return await ask('api/v0/login/', { method: 'POST', body, headers });
}

async function loggedIn(): Promise<Record<string, string>> {
  const before = await token();
  const response = await login({ cookie: before.cookie, 'x-csrftoken': before.token });
  const cookies = response.headers.getSetCookie().map((each) => each.split(';')[0] ?? '');
  return { cookie: cookies.join('; '), 'x-csrftoken': cookies[1]?.split('=')[1] ?? '' };
}

describe('the token', () => {
  test('both the cookie and the header are needed, and both the same', async () => {
    const { token: own, cookie } = await token();
    const other = await token();
    expect((await login({})).status).toBe(403);
    expect((await login({ cookie })).status).toBe(403);
    expect((await login({ 'x-csrftoken': own })).status).toBe(403);
    expect((await login({ cookie, 'x-csrftoken': other.token })).status).toBe(403);
    expect((await login({ cookie, 'x-csrftoken': own })).status).toBe(200);
    expect((await login({ cookie }, { csrfmiddlewaretoken: own })).status).toBe(200);
  });

  test('behind TLS the referer has to be of the same server', async () => {
    const { token: own, cookie } = await token();
    const tls = { cookie, 'x-csrftoken': own, 'x-forwarded-proto': 'https', 'x-forwarded-host': 'omero.test' };
    expect(await (await login(tls)).text()).toContain('Referer checking failed');
    expect((await login({ ...tls, referer: 'https://evil.test/' })).status).toBe(403);
    expect((await login({ ...tls, referer: 'https://omero.test/omero/', origin: 'https://evil.test' })).status).toBe(
      403,
    );
    expect((await login({ ...tls, referer: 'https://omero.test/omero/' })).status).toBe(200);
  });

  test('a login changes it', async () => {
    const before = await token();
    const { cookie = '' } = await loggedIn();
    const headers = { cookie, 'x-csrftoken': before.token };
    expect((await ask('webclient/annotate_map/', { method: 'POST', headers, body: '' })).status).toBe(403);
  });
});

test('a login by GET is 405, a wrong one 403 with a message, and both say what to do', async () => {
  const get = await ask('api/v0/login/');
  expect([get.status, await get.json()]).toEqual([
    405,
    { message: 'POST only with username, password, server and csrftoken' },
  ]);
  const { token: own, cookie } = await token();
  const wrong = await login({ cookie, 'x-csrftoken': own }, { password: 'no' });
  expect([wrong.status, Object.keys((await wrong.json()) as object)]).toEqual([403, ['message']]);
  expect((await login({ cookie, 'x-csrftoken': own }, { server: '' })).status).toBe(403);
});

test('without a session the JSON API answers 403, and pages lead to the login page', async () => {
  const api = await ask('api/v0/m/images/12/');
  expect([api.status, await api.json()]).toEqual([403, { message: 'Not logged in' }]);
  const page = await ask('webgateway/archived_files/download/12/');
  expect([page.status, page.headers.get('location')]).toEqual([
    302,
    '/omero/webclient/login/?url=%2Fomero%2Fwebgateway%2Farchived_files%2Fdownload%2F12%2F',
  ]);
});

test('limits are numbers and never above the most; what is null and what may not be seen is left out', async () => {
  const headers = await loggedIn();
  const list = async (query: string): Promise<[number, Record<string, unknown>]> => {
    const response = await ask(`api/v0/m/datasets/51/images/?${query}`, { headers });
    return [response.status, (await response.json()) as Record<string, unknown>];
  };
  expect(await list('limit=foo')).toEqual([400, { message: "invalid literal for int() with base 10: 'foo'" }]);
  const [, page] = await list('limit=9999');
  expect(page.meta).toEqual({ totalCount: 1, limit: 500, maxLimit: 500, offset: 0 });
  expect((await list(''))[1].meta).toMatchObject({ limit: 200 });
  expect(JSON.stringify(page)).not.toContain('null');
  expect(JSON.stringify(page)).not.toContain('AcquisitionDate');
  const [, plain] = await list('normalize=true');
  expect(Object.keys(plain).sort()).toEqual(['data', 'experimenterGroups', 'experimenters', 'meta']);
  expect((await ask('api/v0/m/images/13/', { headers })).status).toBe(404);
  expect((await ask('api/v0/m/images/12', { headers })).status).toBe(301);
});

test('images cannot be made, datasets only with a group', async () => {
  const headers = await loggedIn();
  const save = async (type: string, query: string): Promise<number> =>
    (
      await ask(`api/v0/m/save/${query}`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ '@type': `http://www.openmicroscopy.org/Schemas/OME/2016-06#${type}`, Name: 'x' }),
      })
    ).status;
  expect([
    await save('Image', '?group=5'),
    await save('Dataset', ''),
    await save('Dataset', '?group=9'),
    await save('Dataset', '?group=5'),
  ]).toEqual([405, 400, 403, 201]);
});

test('one annotation per object is made, whatever `duplicate` says, and what may not be linked is left behind', async () => {
  const headers = await loggedIn();
  const send = async (form: [string, string][]): Promise<number> =>
    (
      await ask('webclient/annotate_map/', {
        method: 'POST',
        headers,
        body: new URLSearchParams([['mapAnnotation', '[["a","b"]]'], ...form]),
      })
    ).status;
  expect(
    await send([
      ['image', '12'],
      ['dataset', '51'],
      ['duplicate', 'false'],
    ]),
  ).toBe(200);
  expect(server.world.annotations).toHaveLength(2);
  expect(await send([['dataset', '70']])).toBe(500);
  expect(server.world.annotations.map((each) => each.links.length)).toEqual([1, 1, 0]);
});

test('annotations are cut at a page unless all are asked for, and a form of unstated length is empty', async () => {
  const headers = await loggedIn();
  for (let at = 0; at < 9; at++) annotate(server.world, { kind: 'image', id: 12 }, { is: 'tag', text: `${at}` });
  const count = async (query: string): Promise<number> =>
    ((await (await ask(`webclient/api/annotations/?image=12${query}`, { headers })).json()) as { annotations: [] })
      .annotations.length;
  expect([await count(''), await count('&page=2'), await count('&page=0'), await count('&page=0&type=map')]).toEqual([
    5, 4, 9, 0,
  ]);

  const form =
    '--b\r\nContent-Disposition: form-data; name="image"\r\n\r\n12\r\n--b\r\nContent-Disposition: form-data; name="annotation_file"; filename="a"\r\n\r\nx\r\n--b--\r\n';
  const chunked: RequestInit & { duplex: 'half' } = {
    method: 'POST',
    headers: { ...headers, 'content-type': 'multipart/form-data; boundary=b' },
    body: ReadableStream.from([Buffer.from(form)]),
    duplex: 'half',
  };
  expect((await ask('webclient/annotate_file/', chunked)).status).toBe(404);
});

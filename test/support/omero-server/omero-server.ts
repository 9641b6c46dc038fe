/**
 * A contract server for OMERO.web: Node's http, built from the published documentation of the JSON API and of OMERO.web, strict where the real one is (CSRF token and cookie,
 * Referer behind TLS, sessions, trailing slashes, limits of pages, permissions of groups). It is no OMERO, and what passes against it was not run against a live server.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { apiPage } from './api-pages.ts';
import { formOf } from './multipart-form.ts';
import type { OmeroWorld } from './omero-world.ts';
import { webclientPage } from './webclient-pages.ts';
import { staticFile, webgatewayPage } from './webgateway-pages.ts';

export interface Asked {
  /** Below the part of the server that answers: `m/images/12/`. */
  readonly path: string;
  readonly prefix: string;
  readonly method: string;
  readonly query: URLSearchParams;
  readonly body: Buffer;
  readonly type: string;
  readonly hasLength: boolean;
  readonly user: { readonly name: string; readonly groups: readonly number[] } | undefined;
  readonly sees: (group: number) => boolean;
  /** An absolute address below `/api/v0/`, as the server believes itself to be called. */
  readonly url: (path: string) => string;
}

export interface Reply {
  readonly status: number;
  readonly json?: unknown;
  readonly html?: string;
  readonly text?: string;
  readonly bytes?: Buffer;
  readonly type?: string;
  readonly name?: string;
  readonly location?: string;
}

export interface Fault {
  /** Of the whole path. */
  readonly path: RegExp;
  readonly method?: string;
  /** `after`: the request is carried out, and its answer lost. */
  readonly how: 404 | 500 | 503 | 429 | 'reset' | 'after' | 'truncate' | 'stall' | 'html';
  times: number;
}

export interface OmeroServer {
  /** `http://127.0.0.1:port`. */
  readonly origin: string;
  /** `omero+http://127.0.0.1:port/prefix`. */
  readonly uri: string;
  readonly world: OmeroWorld;
  /** `GET /api/v0/token/ 200`. */
  readonly log: string[];
  readonly sessions: Map<string, { user: string; uuid: string }>;
  readonly faults: Fault[];
  expireSessions(): void;
  /** Tokens that were handed out so far are refused. */
  forgetTokens(): void;
  /** Requests for this path wait, from the first that comes, until they are released. */
  hold(path: RegExp): { readonly reached: Promise<void>; release(): void };
  close(): Promise<void>;
}

export interface OmeroServerOptions {
  readonly world: OmeroWorld;
  readonly prefix?: string;
  /** Guests may read (`omero.web.public`). */
  readonly isPublic?: boolean;
  readonly maxLimit?: number;
  /** What of the same name is listed in another order at every other request. */
  readonly movesTies?: boolean;
  /** Addresses in answers are `http:` and of this name, as behind a proxy that the server knows nothing of. */
  readonly believesToBe?: string;
}

export async function omeroServer({
  world,
  prefix = '',
  isPublic = false,
  maxLimit = 500,
  movesTies = false,
  believesToBe,
}: OmeroServerOptions): Promise<OmeroServer> {
  const sessions: OmeroServer['sessions'] = new Map();
  const [log, faults]: [string[], Fault[]] = [[], []];
  const holds: { path: RegExp; reached: PromiseWithResolvers<void>; released: PromiseWithResolvers<void> }[] = [];
  let [counter, turn] = [0, 0];
  const secret = (): string => `secret${counter++}`.padEnd(32, 'x');
  const tokens = new Set<string>();
  const token = (): string => {
    const made = secret();
    tokens.add(made);
    return made;
  };

  const answer = (request: IncomingMessage, body: Buffer): { reply: Reply; cookies: string[] } => {
    const at = new URL(request.url ?? '/', 'http://server');
    const cookies = cookiesOf(request);
    const out: string[] = [];
    const method = request.method ?? 'GET';
    if (!at.pathname.startsWith(`${prefix}/`))
      return { reply: { status: 404, html: 'nothing is deployed here' }, cookies: out };
    const whole = at.pathname.slice(prefix.length + 1);
    // Django's APPEND_SLASH.
    if (!whole.endsWith('/') && !whole.startsWith('static/')) {
      return {
        reply:
          method === 'GET'
            ? { status: 301, location: `${at.pathname}/${at.search}` }
            : { status: 500, html: 'no slash' },
        cookies: out,
      };
    }
    const type = request.headers['content-type'] ?? '';
    if (method !== 'GET') {
      const problem = csrfProblem(request, {
        cookies,
        tokens,
        form: type.startsWith('application/x-www-form') ? formOf(body, type).fields : undefined,
      });
      if (problem !== undefined)
        return {
          reply: { status: 403, html: `<h1>Forbidden</h1><p>CSRF verification failed. ${problem}</p>` },
          cookies: out,
        };
    }
    const session = sessions.get(cookies.get('sessionid') ?? '');
    const user = world.users.find((each) => each.name === session?.user);
    const asked = {
      prefix,
      method,
      query: at.searchParams,
      body,
      type,
      hasLength: request.headers['content-length'] !== undefined,
      user,
      sees: (group: number) => (user === undefined ? isPublic : user.groups.includes(group)),
      url: (path: string) => `http://${believesToBe ?? request.headers.host}${prefix}/api/v0/${path}`,
    };
    const mayRead = user !== undefined || (isPublic && method === 'GET');

    if (whole === 'api/')
      return { reply: { status: 200, json: { data: [{ version: '0', 'url:base': asked.url('') }] } }, cookies: out };
    if (whole.startsWith('api/v0/')) {
      const path = whole.slice('api/v0/'.length);
      const reply = start(path, asked) ?? login(path, asked, out);
      if (reply !== undefined) return { reply, cookies: out };
      if (!mayRead) return { reply: { status: 403, json: { message: 'Not logged in' } }, cookies: out };
      return {
        reply: apiPage({ ...asked, path }, { world, maxLimit, movesTies: () => movesTies && turn++ % 2 === 1 }),
        cookies: out,
      };
    }
    if (whole === 'webclient/logout/') {
      sessions.delete(cookies.get('sessionid') ?? '');
      return { reply: { status: 302, location: `${prefix}/webclient/login/` }, cookies: out };
    }
    if (whole.startsWith('static/')) return { reply: staticFile({ ...asked, path: whole }, { world }), cookies: out };
    if (!/^(webclient|webgateway)\//.test(whole))
      return { reply: { status: 404, html: '<h1>Page not found</h1>' }, cookies: out };
    // Not the JSON API: who is not logged in is sent to a page.
    if (!mayRead)
      return {
        reply: { status: 302, location: `${prefix}/webclient/login/?url=${encodeURIComponent(at.pathname)}` },
        cookies: out,
      };
    if (whole.startsWith('webclient/'))
      return { reply: webclientPage({ ...asked, path: whole.slice('webclient/'.length) }, { world }), cookies: out };
    if (whole.startsWith('webgateway/'))
      return { reply: webgatewayPage({ ...asked, path: whole.slice('webgateway/'.length) }, { world }), cookies: out };
    return { reply: { status: 404, html: '<h1>Page not found</h1>' }, cookies: out };
  };

  /** "List starting URLs", "Get CSRF token", "List available OMERO servers": for everyone. */
  const start = (path: string, { url, method }: Omit<Asked, 'path'>): Reply | undefined => {
    if (method !== 'GET') return undefined;
    if (path === '') {
      const names = [
        'projects',
        'datasets',
        'images',
        'screens',
        'plates',
        'rois',
        'experimenters',
        'experimentergroups',
        'save',
      ];
      const entries = names.map((name) => [`url:${name}`, url(`m/${name}/`)]);
      const others = ['token', 'servers', 'login'].map((name) => [`url:${name}`, url(`${name}/`)]);
      return {
        status: 200,
        json: {
          ...Object.fromEntries([...entries, ...others]),
          'url:schema': 'http://www.openmicroscopy.org/Schemas/OME/2016-06',
        },
      };
    }
    if (path === 'servers/')
      return { status: 200, json: { data: [{ id: 1, host: 'localhost', server: 'omero', port: 4064 }] } };
    return undefined;
  };

  /** "Login": POST only; 403 with a message where it fails. A session id as user and password joins that session. */
  const login = (path: string, { method, body, type }: Omit<Asked, 'path'>, out: string[]): Reply | undefined => {
    if (path === 'token/') {
      const made = token();
      out.push(`csrftoken=${made}; Path=/; SameSite=Lax`);
      return { status: 200, json: { data: made } };
    }
    if (path !== 'login/') return undefined;
    if (method !== 'POST')
      return { status: 405, json: { message: 'POST only with username, password, server and csrftoken' } };
    const { fields } = formOf(body, type);
    const [name, password] = [fields.get('username'), fields.get('password')];
    if (fields.get('server') !== '1') return { status: 403, json: { message: 'Server: This field is required.' } };
    const joined = [...sessions.values()].find((each) => each.uuid === name && each.uuid === password);
    const user = world.users.find(
      (each) => each.name === (joined?.user ?? name) && (joined !== undefined || each.password === password),
    );
    if (user === undefined) {
      return {
        status: 403,
        json: { message: 'Connection not available, please check your credentials and version compatibility.' },
      };
    }
    const id = secret();
    const uuid = joined?.uuid ?? `0b30ee4a-${id}`;
    sessions.set(id, { user: user.name, uuid });
    // A login changes the token, so that one from before is worth nothing.
    out.push(`sessionid=${id}; Path=/; HttpOnly; SameSite=Lax`, `csrftoken=${token()}; Path=/; SameSite=Lax`);
    const eventContext = {
      userName: user.name,
      userId: user.id,
      sessionUuid: uuid,
      groupId: user.groups[0],
      memberOfGroups: user.groups,
      isAdmin: false,
    };
    return { status: 200, json: { success: true, eventContext } };
  };

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => undefined);
    request.on('end', async () => {
      const path = new URL(request.url ?? '/', 'http://server').pathname;
      const held = holds.find((each) => each.path.test(path));
      held?.reached.resolve();
      await held?.released.promise;
      const fault = faults.find(
        (each) => each.times > 0 && each.path.test(path) && (each.method ?? request.method) === request.method,
      );
      if (fault !== undefined) fault.times -= 1;
      const note = (status: number | string): void =>
        void log.push(`${request.method} ${path.slice(prefix.length)} ${status}`);
      if (fault?.how === 'reset') {
        note('reset');
        request.socket.destroy();
        return;
      }
      if (typeof fault?.how === 'number' || fault?.how === 'html') {
        const status = fault.how === 'html' ? 200 : fault.how;
        note(status);
        response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>Sorry</h1>');
        return;
      }
      const { reply, cookies } = answer(request, Buffer.concat(chunks));
      note(fault === undefined ? reply.status : `${reply.status} ${fault.how}`);
      if (fault?.how === 'after') request.socket.destroy();
      else send(response, reply, { cookies, cut: fault?.how });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    uri: `omero+http://127.0.0.1:${port}${prefix}`,
    world,
    log,
    sessions,
    faults,
    expireSessions: () => sessions.clear(),
    forgetTokens: () => tokens.clear(),
    hold: (path) => {
      const hold = { path, reached: Promise.withResolvers<void>(), released: Promise.withResolvers<void>() };
      holds.push(hold);
      return { reached: hold.reached.promise, release: () => hold.released.resolve() };
    },
    close: async () => {
      for (const hold of holds) hold.released.resolve();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Django's check: the cookie, the same token as header (or in the form), and over https a Referer of the same origin. */
function csrfProblem(
  request: IncomingMessage,
  {
    cookies,
    tokens,
    form,
  }: {
    cookies: ReadonlyMap<string, string>;
    tokens: ReadonlySet<string>;
    form: URLSearchParams | undefined;
  },
): string | undefined {
  const cookie = cookies.get('csrftoken');
  if (cookie === undefined) return 'CSRF cookie not set.';
  const given = request.headers['x-csrftoken'] ?? form?.get('csrfmiddlewaretoken');
  if (given !== cookie || !tokens.has(cookie)) return 'CSRF token missing or incorrect.';
  if (request.headers['x-forwarded-proto'] !== 'https') return undefined;
  const { referer, origin } = request.headers;
  // Newer versions of Django look at the origin too, where there is one.
  if (origin !== undefined && origin !== `https://${String(request.headers['x-forwarded-host'])}`) {
    return 'Origin checking failed.';
  }
  const host = request.headers['x-forwarded-host'];
  return referer?.startsWith(`https://${String(host)}/`) === true ? undefined : 'Referer checking failed.';
}

/** What is not Latin-1 goes into a header as Django puts it there: the whole of it encoded, as in mail. */
function djangoHeader(value: string): string {
  const isLatin = [...value].every((each) => each.charCodeAt(0) < 256);
  return isLatin ? value : `=?utf-8?b?${Buffer.from(value).toString('base64')}?=`;
}

function cookiesOf(request: IncomingMessage): ReadonlyMap<string, string> {
  const pairs = (request.headers.cookie ?? '').split('; ').map((each) => each.split('='));
  return new Map(pairs.map(([key = '', value = '']) => [key, value]));
}

function send(
  response: ServerResponse,
  reply: Reply,
  { cookies, cut }: { cookies: string[]; cut: Fault['how'] | undefined },
): void {
  const json = reply.json === undefined ? undefined : Buffer.from(JSON.stringify(reply.json));
  const body = reply.bytes ?? json ?? Buffer.from(reply.html ?? reply.text ?? '');
  response.writeHead(reply.status, {
    'content-type': json === undefined ? (reply.type ?? 'text/html') : 'application/json',
    'content-length': body.length,
    ...(json !== undefined && { 'x-omero-apiversion': '0.2' }),
    ...(reply.name !== undefined && { 'content-disposition': djangoHeader(`attachment; filename=${reply.name}`) }),
    ...(reply.location !== undefined && { location: reply.location }),
    ...(cookies.length > 0 && { 'set-cookie': cookies }),
  });
  if (cut === undefined) {
    response.end(body);
    return;
  }
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => {
    if (cut === 'truncate') response.socket?.destroy();
  });
}

import type { CookieJar } from 'tough-cookie';
import type { RemoteProblem } from '../../engine/ports/remote.ts';
import { MayPass, remoteProblem } from '../remote/problem.ts';

export interface WebRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Made anew for every attempt: a stream can be read once. */
  readonly body?: () => WebBody;
  readonly signal: AbortSignal;
  /** The address that messages name. */
  readonly about: string;
}

export type WebBody = NonNullable<RequestInit['body']>;
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * Sends one request with the cookies of `jar` and keeps those of the answer. Redirects of a GET are followed on the same server only: cookies and data stay where the
 * user sent them. A redirect to the login page is answered as it is. Rejects with `MayPass` or `RemoteProblem` where there is no answer.
 */
export async function webRequest(
  request: WebRequest,
  { jar, fetch }: { jar: CookieJar; fetch: Fetch },
): Promise<Response> {
  let { url } = request;
  for (let hops = 0; hops < 6; hops++) {
    const response = await once({ ...request, url }, { jar, fetch });
    const target = redirectOf(response, url);
    if (target === undefined || request.method !== 'GET' || isLoginPage(target)) return response;
    await response.body?.cancel();
    if (target.origin !== url.origin) {
      throw remoteProblem(
        'failed',
        request.about,
        `The server ${url.host} sends ${url.pathname} on to another one, ${target.host}`,
        `If that is the right server, write its address: omero://${target.host}`,
      );
    }
    url = target;
  }
  throw remoteProblem(
    'failed',
    request.about,
    `The server ${url.host} sends ${request.url.pathname} round in a circle`,
    "Tell the server's administrator.",
  );
}

/** Where an answer points; `undefined` for one that is no redirect. */
export function redirectOf(response: Response, from: URL): URL | undefined {
  const location = response.status >= 300 && response.status < 400 ? response.headers.get('location') : null;
  return location !== null && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
}

/** Where OMERO's own pages send who is not logged in. */
export const isLoginPage = (url: URL): boolean => /\/login\/?$/.test(url.pathname);

async function once(request: WebRequest, { jar, fetch }: { jar: CookieJar; fetch: Fetch }): Promise<Response> {
  const { url, method, signal, about } = request;
  const cookie = await jar.getCookieString(url.href);
  const body = request.body?.();
  const init: RequestInit & { duplex?: 'half' } = {
    method,
    signal,
    redirect: 'manual',
    headers: { ...request.headers, ...(cookie !== '' && { cookie }) },
    ...(body !== undefined && { body, duplex: 'half' }),
  };
  let response: Response;
  try {
    response = await fetch(url.href, init);
  } catch (error) {
    signal.throwIfAborted();
    throw unanswered(error, { url, about });
  }
  for (const each of response.headers.getSetCookie()) await jar.setCookie(each, url.href, { ignoreError: true });
  if (response.status === 429 || (response.status >= 502 && response.status <= 504)) {
    await response.body?.cancel();
    throw new MayPass(
      remoteProblem(
        'unreachable',
        about,
        `The OMERO server at ${url.host} is busy or down (it answers ${response.status} to ${url.pathname})`,
        'Try again later; what was done so far is kept.',
      ),
      { afterMs: (Number(response.headers.get('retry-after')) || 0) * 1000 },
    );
  }
  return response;
}

/** What it means that nothing came back, or that it broke off. */
export function unanswered(error: unknown, { url, about }: { url: URL; about: string }): MayPass | RemoteProblem {
  const code = codeOf(error);
  if (/CERT|SIGNATURE|SELF_SIGNED|ERR_TLS|SSL/.test(code)) {
    return remoteProblem(
      'unreachable',
      about,
      `The certificate of ${url.host} cannot be trusted (${code})`,
      'If your institute has a certificate authority of its own, name its file: NODE_EXTRA_CA_CERTS=/path/to/ca.pem',
    );
  }
  const problem = remoteProblem(
    'unreachable',
    about,
    code === 'ENOTFOUND'
      ? `There is no computer called ${url.hostname}`
      : `The OMERO server at ${url.host} does not answer, or broke off${code === '' ? '' : ` (${code})`}`,
    code === 'ENOTFOUND'
      ? 'Check the name of the server, and your network.'
      : 'Check that the server runs and that your network reaches it, then try again: what was done so far is kept.',
  );
  return code === 'ENOTFOUND' ? problem : new MayPass(problem);
}

function codeOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause)
    if ('code' in at && typeof at.code === 'string') return at.code;
  return '';
}

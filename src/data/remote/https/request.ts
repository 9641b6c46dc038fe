import type { Credential, Credentials } from '../../credentials/credential.ts';
import { remember } from '../../credentials/secret.ts';
import { type Patience, within } from '../again.ts';
import { mayPass, remoteProblem } from '../problem.ts';

export interface Exchange {
  readonly response: Response;
  /** Whether a credential went with it, for messages. */
  readonly credential: Credential | undefined;
}

export interface RequestParts {
  readonly credentials: Credentials;
  readonly patience: Patience;
}

export interface RequestOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly body?: { readonly size: number; open(): ReadableStream<Uint8Array> };
  /** What else may come back and is no refusal; anything from 200 to 299 may. */
  readonly also?: readonly number[];
}

export type Request = (method: string, url: URL, options: RequestOptions) => Promise<Exchange>;

const mostRedirects = 10;

/** One request and what it leads to. Credentials go to the host they are for and to no other; nothing leads from an encrypted place to one that is not. */
export function httpsRequest(parts: RequestParts): Request {
  return async (method, start, options) => {
    let url = start;
    for (let hops = 0; hops <= mostRedirects; hops += 1) {
      const credential = await parts.credentials.for(url.href);
      const response = await send(method, url, options, credential);
      const location = response.headers.get('location');
      if (![301, 302, 303, 307, 308].includes(response.status) || location === null) {
        if (response.ok || options.also?.includes(response.status) === true) return { response, credential };
        // Its page is of no use, and would hold the connection open.
        await response.body?.cancel().catch(() => {});
        throw refusal(response, { url: start, at: url, credential, credentials: parts.credentials, method });
      }
      await response.body?.cancel().catch(() => {});
      url = follow(start, url, location);
    }
    throw remoteProblem(
      'failed',
      start.href,
      `${start.href} leads on more than ${mostRedirects} times`,
      'Ask who runs the server; it leads in a circle.',
    );
  };

  async function send(
    method: string,
    url: URL,
    options: RequestOptions,
    credential: Credential | undefined,
  ): Promise<Response> {
    const { signal, body } = options;
    const stop = new AbortController();
    const late = () => mayPass(url.href, `${url.host} does not answer`);
    const sent = fetch(url, {
      method,
      redirect: 'manual',
      signal: AbortSignal.any([signal, stop.signal]),
      headers: {
        'user-agent': 'bitflow',
        'accept-encoding': 'identity',
        ...options.headers,
        ...(body !== undefined && { 'content-length': String(body.size) }),
        ...(credential !== undefined && authorization(credential)),
      },
      ...(body !== undefined && { body: body.open(), duplex: 'half' as const }),
    });
    try {
      // While a body goes out, its own progress is watched instead.
      return body === undefined ? await within(sent, { ms: parts.patience.idleMs, signal, late }) : await sent;
    } catch (error) {
      stop.abort();
      signal.throwIfAborted();
      throw networkProblem(url, error);
    }
  }
}

export function authorization(credential: Credential): Readonly<Record<string, string>> {
  switch (credential.kind) {
    case 'token':
      return { authorization: `Bearer ${credential.token.reveal()}` };
    case 'password': {
      const text = Buffer.from(`${credential.user ?? ''}:${credential.password.reveal()}`).toString('base64');
      remember(text);
      return { authorization: `Basic ${text}` };
    }
    case 'keys':
    case 'session':
      return {};
  }
}

function follow(start: URL, from: URL, location: string): URL {
  const to = URL.parse(location, from.href);
  if (to === null || !/^https?:$/u.test(to.protocol))
    throw remoteProblem(
      'failed',
      start.href,
      `${start.href} leads to what is no web address: ${location}`,
      'Ask who runs the server.',
    );
  if (from.protocol === 'https:' && to.protocol === 'http:')
    throw remoteProblem(
      'failed',
      start.href,
      `${start.href} leads from an encrypted connection to one that is not: ${to.origin}`,
      'Name the other address yourself if you trust the way there.',
    );
  // Names and passwords in what a server says are not ours to send.
  to.username = '';
  to.password = '';
  return to;
}

interface Refused {
  readonly url: URL;
  readonly at: URL;
  readonly method: string;
  readonly credential: Credential | undefined;
  readonly credentials: Credentials;
}

function refusal(response: Response, of: Refused): Error {
  const { status } = response;
  const { at, credential, credentials } = of;
  const uri = of.url.href;
  const said = `${at.host} answers ${status}${response.statusText === '' ? '' : ` ${response.statusText}`}`;
  const who = credential === undefined ? '' : ` to what was found in ${credential.from}`;
  if (status === 408 || status === 425 || status === 429 || (status >= 500 && ![501, 505, 507].includes(status)))
    return mayPass(uri, `${said} for ${uri}`, { afterMs: retryAfterMs(response) });
  switch (status) {
    case 401:
      return remoteProblem(
        'credentials',
        uri,
        credential === undefined ? `${at.host} wants to know who you are, for ${uri}` : `${said}${who}, for ${uri}`,
        credentials.help(at.href),
      );
    case 403:
      return remoteProblem(
        'denied',
        uri,
        `${said}${who}, for ${uri}`,
        credential === undefined
          ? `Either it is not for everybody, and then: ${credentials.help(at.href)}`
          : 'Ask who runs the server for access.',
      );
    case 404:
    case 410:
      return remoteProblem('missing', uri, `${uri} is not there: ${said}`, 'Check the address.');
    case 412:
      return remoteProblem('changed', uri, `${uri} is not what it was: ${said}`, 'Look at what is there now.');
    case 413:
    case 507:
      return remoteProblem('full', uri, `There is no room for ${uri}: ${said}`, 'Ask who runs the server for room.');
    case 405:
    case 501:
      return remoteProblem('unsupported', uri, `${said} to ${of.method}, for ${uri}`, 'This server does not do that.');
    default:
      return remoteProblem('failed', uri, `${said} for ${uri}`, 'Check the address, or ask who runs the server.');
  }
}

/** Seconds, or a time by the server's own clock, so that ours does not matter. */
export function retryAfterMs(response: { readonly headers: Headers }): number | undefined {
  const text = response.headers.get('retry-after');
  if (text === null) return undefined;
  if (/^\d+$/u.test(text.trim())) return Number(text) * 1000;
  const until = Date.parse(text);
  const now = Date.parse(response.headers.get('date') ?? '');
  return Number.isNaN(until) || Number.isNaN(now) ? undefined : Math.max(0, until - now);
}

/** What Node says of a connection, as one of ours: most pass, a name that nobody has and a certificate that is wrong do not. */
export function networkProblem(url: URL, error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  // Ours already, or of this machine.
  if (error.name === 'MayPass' || error.name === 'RemoteProblem' || ('syscall' in error && 'path' in error))
    return error;
  const codes = causes(error).map((cause) => ('code' in cause ? String(cause.code) : ''));
  const code = codes.find((one) => one !== '') ?? error.name;
  const deepest = causes(error).at(-1)?.message ?? error.message;
  if (codes.includes('ENOTFOUND'))
    return remoteProblem(
      'unreachable',
      url.href,
      `There is no host called ${url.hostname}`,
      'Check the address, and whether this machine is connected.',
    );
  if (codes.some((one) => /CERT|SELF_SIGNED|UNABLE_TO_|TLS_ALTNAME|ERR_SSL/u.test(one)))
    return remoteProblem(
      'unreachable',
      url.href,
      `${url.host} cannot prove that it is ${url.hostname}: ${deepest}`,
      'Nothing was sent. Where the certificate is one of your own house, name its file in NODE_EXTRA_CA_CERTS.',
    );
  if (error.name === 'TypeError' || codes.some((one) => /^(E[A-Z]+|UND_ERR.*|Z_.*)$/u.test(one)))
    return mayPass(url.href, `The connection to ${url.host} broke (${code}: ${deepest})`);
  return error;
}

function causes(error: Error): Error[] {
  const inner = error instanceof AggregateError ? error.errors.filter((one): one is Error => one instanceof Error) : [];
  return [error, ...inner, ...(error.cause instanceof Error ? causes(error.cause) : [])];
}

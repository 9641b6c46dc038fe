import { CookieJar } from 'tough-cookie';
import { RemoteProblem } from '../../engine/ports/remote.ts';
import type { Credential, Credentials } from '../credentials/credential.ts';
import { again, type Patience } from '../remote/again.ts';
import { MayPass, remoteProblem } from '../remote/problem.ts';
import { asRecord, flagAt, type JsonRecord, numberAt, recordsAt, textAt } from './json-record.ts';
import { credentialUri, serverUri } from './omero-address.ts';
import {
  type Fetch,
  isLoginPage,
  redirectOf,
  unanswered,
  type WebBody,
  type WebRequest,
  webRequest,
} from './web-request.ts';

export interface OmeroClientOptions {
  readonly origin: string;
  readonly prefix: string;
  readonly credentials: Credentials;
  readonly fetch: Fetch;
  readonly patience: Patience;
}

/** A call for one object: what is asked, for whom, and until when. */
export interface Asking {
  readonly signal: AbortSignal;
  /** The address that messages name. */
  readonly about: string;
}

export type Posting = Asking & {
  readonly body: () => WebBody;
  readonly headers?: Readonly<Record<string, string>>;
};

/** The addresses that the server gave; they are followed, not built, because a server may be deployed anywhere. */
export type UrlName =
  | 'login'
  | 'token'
  | 'servers'
  | 'save'
  | 'projects'
  | 'datasets'
  | 'images'
  | 'screens'
  | 'plates';

/**
 * One OMERO server over its web pages: the JSON API below `/api/`, and what only `/webgateway/` and `/webclient/` can do. Logs in when it is first needed, and again, once
 * and without a word, when the session ran out; any number of calls at once share one login. Whatever asks only (`json`, `read`) is tried again when the network fails;
 * whatever writes (`post`) is not: its caller looks first whether it was done.
 */
export class OmeroClient {
  readonly uri: string;
  private readonly options: OmeroClientOptions;
  private readonly jar = new CookieJar();
  private urls: Promise<ReadonlyMap<string, string>> | undefined;
  private token = '';
  private login: Promise<void> | undefined;
  private isGuest = false;
  private ownsItsLogin = false;
  private ping: NodeJS.Timeout | undefined;

  constructor(options: OmeroClientOptions) {
    this.options = options;
    this.uri = serverUri(options);
  }

  /** The JSON behind an address that the server gave. `undefined`: it says that there is no such thing. */
  async json(url: URL, asking: Asking): Promise<JsonRecord | undefined> {
    return await this.read(url, asking, async (response) => {
      if (response.status === 404) return undefined;
      return await this.record(response, { url, ...asking });
    });
  }

  /** Asks with GET and hands the answer, whatever its status, to `take`; both are repeated when the network fails in between. */
  async read<T>(url: URL, asking: Asking, take: (response: Response) => Promise<T>): Promise<T> {
    return await again(
      async () => {
        try {
          return await take(await this.send({ method: 'GET', url, ...asking }));
        } catch (error) {
          throw this.brokenOff(error, { url, ...asking });
        }
      },
      { patience: this.options.patience, signal: asking.signal },
    );
  }

  /** Sends once. Rejects with `MayPass` where nobody knows whether it was done. */
  async post(url: URL, { body, headers, ...asking }: Posting): Promise<JsonRecord> {
    try {
      const response = await this.send({
        method: 'POST',
        url,
        body,
        ...(headers !== undefined && { headers }),
        ...asking,
      });
      return await this.record(response, { url, ...asking });
    } catch (error) {
      throw this.brokenOff(error, { url, ...asking });
    }
  }

  /** One of the addresses that the server lists for the start. */
  async url(name: UrlName, asking: Asking): Promise<URL> {
    this.urls ??= forAll(async (signal) => await this.discover({ ...asking, signal }), {
      about: this.uri,
      failed: () => {
        this.urls = undefined;
      },
    });
    const found = (await unlessAborted(this.urls, asking.signal)).get(`url:${name}`);
    if (found !== undefined) return this.follow(found);
    throw remoteProblem(
      'unsupported',
      asking.about,
      `The OMERO server at ${this.uri} is too old: its JSON API does not offer \`${name}\``,
      'Ask its administrator for OMERO.web 5.6 or newer.',
    );
  }

  /** The schema that new objects are typed with. */
  async schema(asking: Asking): Promise<string> {
    await this.url('save', asking);
    return (await this.urls)?.get('url:schema') ?? 'http://www.openmicroscopy.org/Schemas/OME/2016-06';
  }

  /**
   * An address as the server wrote it, on the server that the user named. Behind a proxy servers write `http:` or a name of their own, and neither may take cookies and data to
   * another place or out of TLS.
   */
  follow(address: string): URL {
    const base = `${this.options.origin}${this.options.prefix}/`;
    const given = new URL(address, base);
    return new URL(`${given.pathname}${given.search}`, base);
  }

  /** A page that the JSON API does not list, below the place where the server's pages are deployed. */
  page(path: string): URL {
    return new URL(`${this.options.origin}${this.options.prefix}/${path}`);
  }

  /** Ends the session, if it is ours: a session that was handed to us belongs to someone else. */
  async close(): Promise<void> {
    clearInterval(this.ping);
    if (!this.ownsItsLogin || this.login === undefined) return;
    this.ownsItsLogin = false;
    const signal = AbortSignal.timeout(5000);
    // The server forgets the session by itself after some minutes; a network that is gone is no reason to fail now.
    await this.once({ method: 'POST', url: this.page('webclient/logout/'), signal, about: this.uri })
      .then((response) => response.body?.cancel())
      .catch(() => undefined);
  }

  private async discover(asking: Asking): Promise<ReadonlyMap<string, string>> {
    const start = this.page('api/');
    const versions = await this.unlogged(start, asking).catch((error: unknown) => {
      if (!(error instanceof RemoteProblem) || error.why !== 'missing') throw error;
      return {};
    });
    const list = recordsAt(versions, 'data').filter((each) => /^0(\.|$)/.test(textAt(each, 'version') ?? ''));
    const base = textAt(list[0], 'url:base');
    if (base === undefined) {
      throw remoteProblem(
        'unsupported',
        asking.about,
        `The server at ${start.href} does not offer version 0 of the OMERO JSON API`,
        'Check the address: what stands before /webclient in the browser belongs to it, as in omero://example.org/omero/Dataset:12.',
      );
    }
    const entries = Object.entries(await this.unlogged(this.follow(base), asking));
    return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  }

  private async unlogged(url: URL, asking: Asking): Promise<JsonRecord> {
    return await again(
      async () => {
        try {
          return await this.record(await this.once({ method: 'GET', url, ...asking }), { url, ...asking });
        } catch (error) {
          throw this.brokenOff(error, { url, ...asking });
        }
      },
      { patience: this.options.patience, signal: asking.signal },
    );
  }

  /** Sends with a login, and once more with a new one where the server has forgotten it or the token. */
  private async send(request: WebRequest): Promise<Response> {
    for (let attempt = 1; ; attempt++) {
      await this.loggedIn(request);
      const used = this.login;
      const response = await this.once(request);
      const refusal = await refusalOf(response, request.url);
      if (refusal.why === 'none') return refusal.response;
      if (refusal.why === 'login' && this.isGuest) throw this.askedForLogin(request);
      // Twice, because another call may have logged in, and with it changed the token, between our login and our sending.
      if (attempt > 2) throw this.lockedOut(request, refusal.why);
      // Calls that fail together log in once: the first of them forgets the login, and the others wait for the new one.
      if (this.login === used) this.login = undefined;
    }
  }

  private async once(request: WebRequest): Promise<Response> {
    const headers = {
      ...request.headers,
      // Over https Django wants to see that a form comes from its own pages.
      referer: this.page('').href,
      ...(request.method !== 'GET' && this.token !== '' && { 'x-csrftoken': this.token }),
    };
    return await webRequest({ ...request, headers }, { jar: this.jar, fetch: this.options.fetch });
  }

  private async loggedIn(asking: Asking): Promise<void> {
    this.login ??= forAll(async (signal) => await this.logIn({ ...asking, signal }), {
      about: this.uri,
      failed: () => {
        this.login = undefined;
      },
    });
    await unlessAborted(this.login, asking.signal);
  }

  private async logIn({ signal, about }: Asking): Promise<void> {
    const asking = { signal, about };
    const kept = await this.options.credentials.for(credentialUri(this.options));
    this.isGuest = kept === undefined;
    const token = textAt(await this.unlogged(await this.url('token', asking), asking), 'data');
    this.token = token ?? '';
    if (kept !== undefined) {
      const servers = await this.unlogged(await this.url('servers', asking), asking);
      const url = await this.url('login', asking);
      const { username, password } = this.loginOf(kept);
      const form = { server: String(numberAt(recordsAt(servers, 'data')[0], 'id') ?? 1), username, password };
      const answer = await again(
        async () => await this.once({ method: 'POST', url, body: () => new URLSearchParams(form), signal, about }),
        { patience: this.options.patience, signal },
      );
      const said = asRecord(parsed(await answer.text()));
      if (!answer.ok || flagAt(said, 'success') !== true) {
        const words = textAt(said, 'message');
        throw this.loginRefused({
          about,
          status: answer.status,
          user: kept.kind === 'session' ? undefined : username,
          words,
        });
      }
      this.ownsItsLogin = kept.kind !== 'session';
      // Django may hand out another token with a login.
      this.token = textAt(await this.unlogged(await this.url('token', asking), asking), 'data') ?? this.token;
      this.keepAlive();
    }
  }

  /** A session is joined by giving its id for both. */
  private loginOf(kept: Credential): { username: string; password: string } {
    if (kept.kind === 'session') return { username: kept.session.reveal(), password: kept.session.reveal() };
    if (kept.kind === 'password' && kept.user !== undefined) {
      return { username: kept.user, password: kept.password.reveal() };
    }
    throw remoteProblem(
      'credentials',
      this.uri,
      `What is kept for ${this.uri} (${kept.from}) is neither a user with a password nor a session id`,
      this.help(),
    );
  }

  private help(): string {
    return this.options.credentials.help(credentialUri(this.options));
  }

  /** OMERO.web forgets who is silent for ten minutes, which a long computation between two files can be. */
  private keepAlive(): void {
    clearInterval(this.ping);
    const ask = (): void => {
      const signal = AbortSignal.timeout(30_000);
      this.once({ method: 'GET', url: this.page('webclient/keepalive_ping/'), signal, about: this.uri })
        .then((response) => response.body?.cancel())
        // The next call notices by itself, and logs in again.
        .catch(() => undefined);
    };
    this.ping = setInterval(ask, 240_000);
    this.ping.unref();
  }

  private async record(response: Response, { url, about }: Asking & { url: URL }): Promise<JsonRecord> {
    const text = await response.text();
    const value = asRecord(parsed(text));
    const said = textAt(value, 'message');
    if (response.ok && value !== undefined) return value;
    if (response.ok) {
      throw remoteProblem(
        'failed',
        about,
        `${url.host}${url.pathname} answers with something that is not OMERO's JSON`,
        'Check the address: what stands before /webclient in the browser belongs to it, as in omero://example.org/omero/Dataset:12.',
      );
    }
    const problem = statusProblem(response.status, { url, about, said });
    throw response.status === 500 ? new MayPass(problem) : problem;
  }

  /** A connection that ends in the middle of an answer fails in whoever reads it. */
  private brokenOff(error: unknown, { url, about, signal }: Asking & { url: URL }): unknown {
    signal.throwIfAborted();
    const isOurs = error instanceof RemoteProblem || error instanceof MayPass;
    return !isOurs && error instanceof TypeError ? unanswered(error, { url, about }) : error;
  }

  private askedForLogin({ about }: Asking): RemoteProblem {
    return remoteProblem(
      'credentials',
      about,
      `The OMERO server ${this.uri} asks for a login, and none is kept for it`,
      this.help(),
    );
  }

  private lockedOut({ about }: Asking, why: 'login' | 'token'): RemoteProblem {
    return why === 'login'
      ? remoteProblem(
          'credentials',
          about,
          `The OMERO server ${this.uri} took the login and forgot it at once`,
          'Its sessions may be switched off or its clock wrong: tell its administrator.',
        )
      : remoteProblem(
          'failed',
          about,
          `The OMERO server ${this.uri} refuses what is sent to it because its token check (CSRF) fails`,
          'Its administrator may have to list the address you use under CSRF_TRUSTED_ORIGINS.',
        );
  }

  private loginRefused(of: {
    about: string;
    status: number;
    user: string | undefined;
    words: string | undefined;
  }): RemoteProblem {
    const { words: said } = of;
    if (of.status !== 403 || said === undefined) {
      return remoteProblem(
        'failed',
        of.about,
        `Logging in at ${this.uri} fails (the server answers ${of.status})`,
        'Check the address, and whether you can log in with a browser.',
      );
    }
    return remoteProblem(
      'credentials',
      of.about,
      of.user === undefined
        ? `The OMERO server ${this.uri} does not take the session id: ${said}`
        : `The OMERO server ${this.uri} does not let ${of.user} in: ${said}`,
      of.user === undefined
        ? 'Sessions end when they are not used: open a new one and give its id.'
        : `Check the user and the password. ${this.help()}`,
    );
  }
}

/** Work that many calls wait for: whoever began it may give up without taking the others along. */
async function forAll<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { about, failed }: { about: string; failed: () => void },
): Promise<T> {
  const signal = AbortSignal.timeout(120_000);
  try {
    return await work(signal);
  } catch (error) {
    failed();
    if (!signal.aborted) throw error;
    throw remoteProblem(
      'unreachable',
      about,
      `The OMERO server ${about} does not answer`,
      'Check that the server runs and that your network reaches it.',
    );
  }
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  // Whoever gave up does not hear how it ended, and that must not end the process.
  work.catch(() => undefined);
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

type Refusal = { readonly why: 'login' | 'token' } | { readonly why: 'none'; readonly response: Response };

/** Whether an answer says that the login or the token is not (or no longer) good. An answer that had to be read for that can be read again. */
async function refusalOf(response: Response, url: URL): Promise<Refusal> {
  const target = redirectOf(response, url);
  if (target !== undefined && isLoginPage(target)) {
    await response.body?.cancel();
    return { why: 'login' };
  }
  if (response.status !== 403) return { why: 'none', response };
  const text = await response.text();
  if (textAt(parsed(text), 'message') === 'Not logged in') return { why: 'login' };
  if (/CSRF/.test(text)) return { why: 'token' };
  return { why: 'none', response: new Response(text, { status: 403, headers: response.headers }) };
}

function statusProblem(
  status: number,
  { url, about, said }: { url: URL; about: string; said: string | undefined },
): RemoteProblem {
  const words = said === undefined ? '' : `: ${said}`;
  switch (status) {
    case 401:
    case 403:
      return remoteProblem(
        'denied',
        about,
        `You may not do this on ${url.host}${words}`,
        'Ask the owner of the data, or the administrator, for the right to it.',
      );
    case 404:
      return remoteProblem(
        'missing',
        about,
        `${about} is not there, or you may not see it${words}`,
        'Check the number, and that your user belongs to the group that owns it.',
      );
    default:
      return remoteProblem(
        'failed',
        about,
        `The OMERO server at ${url.host} fails (${status} for ${url.pathname})${words}`,
        status >= 500 ? "Try again later; if it stays, tell the server's administrator." : 'Check the address.',
      );
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCredentials } from '../../../../src/data/credentials/index.ts';
import { openRemotes } from '../../../../src/data/remote/index.ts';
import { remoteDiagnostic } from '../../../../src/data/remote/remote-errors.ts';
import { type RemoteOptions, RemoteProblem, type RemoteProvider } from '../../../../src/engine/ports/remote.ts';

/**
 * A server that says back everything it was sent, in every place where a server can say something: the worst that a log could be made of. Each way to
 * answer is tried with each thing that is asked for.
 */
const secret = 'S3cr3t/+=&%é"x9';
const status = [200, 206, 301, 307, 400, 401, 403, 404, 405, 409, 411, 412, 413, 416, 418, 429, 500, 501, 503, 507];
const encoded = Buffer.from(secret).toString('base64');
const basic = Buffer.from(`ann:${secret}`).toString('base64');
/** What each kind of credential must not be shown as. A token is the encoded secret here, and the secret itself nobody's. */
const formsOf = {
  token: [encoded],
  password: [secret, encodeURIComponent(secret), encoded, basic],
  keys: [secret, encoded],
};
const forms = formsOf.password;

let answer = 200;
const server = createServer((request, response: ServerResponse) => {
  request.resume();
  const said = `${request.headers.authorization ?? ''} ${forms.join(' ')} ${request.url}`;
  const header = said.replace(/[^\x21-\x7e ]/gu, '_');
  response.writeHead(answer, header.slice(0, 200).replace(/[^\w =+/.-]/gu, ''), {
    location: `/again?x=${encodeURIComponent(said)}`,
    etag: `"${header.replaceAll('"', '')}"`,
    'content-type': 'application/xml',
    'retry-after': '0',
    'x-amz-request-id': header,
  });
  response.end(
    `<?xml version="1.0"?><Error><Code>${answer === 403 ? 'AccessDenied' : 'Odd'}</Code><Message>${forms.map((form) => form.replaceAll('&', '&amp;')).join(' ')}</Message></Error>`,
  );
});
let port = 0;
const here = mkdtempSync(join(tmpdir(), 'bit-secret-'));
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
  writeFileSync(join(here, 'a.tif'), 'pixels');
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  rmSync(here, { recursive: true });
});

const asked: readonly (readonly [
  name: string,
  ask: (provider: RemoteProvider, uri: string, options: RemoteOptions) => Promise<unknown>,
])[] = [
  ['look', (provider, uri, options) => provider.look(uri, options)],
  ['list', (provider, uri, options) => Array.fromAsync(provider.list(`${uri}/`, options))],
  [
    'fetch',
    (provider, uri, options) => provider.fetch({ uri, name: 'a.tif', directory: false }, join(here, 'to'), options),
  ],
  ['put', (provider, uri, options) => provider.put(join(here, 'a.tif'), uri, { ...options, over: 'nothing' })],
  ['replace', (provider, uri, options) => provider.put(join(here, 'a.tif'), uri, { ...options, over: '"1"' })],
  ['remove', (provider, uri, options) => provider.remove(uri, { ...options, version: '"1"' })],
];

describe.each(['token', 'password', 'keys'] as const)(
  'whatever a server says, nothing that is shown holds the %s',
  (kind) => {
    test.each(asked)('%s', async (_, ask) => {
      const environment: Record<string, string> = {
        BIT_KEYRING: 'off',
        HOME: here,
        ...(kind === 'token' && { [`BIT_HTTP_TOKEN_127_0_0_1_${port}`]: Buffer.from(secret).toString('base64') }),
        ...(kind === 'password' && {
          [`BIT_HTTP_USER_127_0_0_1_${port}`]: 'ann',
          [`BIT_HTTP_PASSWORD_127_0_0_1_${port}`]: secret,
        }),
        ...(kind === 'keys' && {
          AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
          AWS_SECRET_ACCESS_KEY: secret,
          AWS_SESSION_TOKEN: Buffer.from(secret).toString('base64'),
        }),
      };
      const remotes = openRemotes({
        environment,
        credentials: openCredentials({ environment }),
        settings: { s3Endpoint: `http://127.0.0.1:${port}`, s3Region: 'us-east-1', s3PathStyle: true },
        patience: { pausesMs: [1], longestMs: 1000, idleMs: 2000, wait: async () => {} },
      });
      const provider = await remotes.provider(kind === 'keys' ? 's3' : 'https');
      const uri = kind === 'keys' ? 's3://bucket/a.tif' : `http://127.0.0.1:${port}/a.tif`;
      const told: string[] = [];
      let problems = 0;
      for (answer of status) {
        const options: RemoteOptions = {
          signal: AbortSignal.timeout(10_000),
          progress: (progress) => void told.push(JSON.stringify(progress)),
        };
        const error = await ask(provider, uri, options).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        if (error === undefined) continue;
        expect(error, `${answer}`).toBeInstanceOf(RemoteProblem);
        if (!(error instanceof RemoteProblem)) continue;
        problems += 1;
        const at = { source: { name: 'cells.bit', text: 'x' }, start: 0, end: 1 };
        const shown = JSON.stringify(remoteDiagnostic(at as unknown as Parameters<typeof remoteDiagnostic>[0], error));
        told.push(
          String(error),
          error.stack ?? '',
          error.help,
          error.uri,
          JSON.stringify(error),
          inspect(error, { depth: 9 }),
          shown,
        );
      }
      await remotes.close();
      expect(problems).toBeGreaterThan(5);
      for (const text of told) for (const form of formsOf[kind]) expect(text).not.toContain(form);
    });
  },
);

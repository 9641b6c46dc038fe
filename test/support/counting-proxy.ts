import { createServer, request } from 'node:http';

/** Between a client and a web server: says what was asked for. */
export interface CountingProxy {
  readonly port: number;
  readonly seen: { readonly method: string; readonly path: string }[];
  /** What happens before a request of this method goes on. */
  before(method: string, happens: () => Promise<void>): void;
  /** What happens when it was carried out, before its answer goes back. */
  after(method: string, happens: () => Promise<void>): void;
  close(): Promise<void>;
}

/** Requests go on as they are, with the same `Host`, so that what is signed stays right. */
export async function openCountingProxy(target: { readonly port: number }): Promise<CountingProxy> {
  const seen: { method: string; path: string }[] = [];
  const [befores, afters] = [new Map<string, () => Promise<void>>(), new Map<string, () => Promise<void>>()];
  const server = createServer(async (client, answer) => {
    const method = client.method ?? 'GET';
    seen.push({ method, path: decodeURIComponent((client.url ?? '/').replace(/\?.*$/u, '')) });
    await befores.get(method)?.();
    const onward = request(
      { port: target.port, host: '127.0.0.1', method, path: client.url, headers: client.headers },
      async (reply) => {
        await afters.get(method)?.();
        answer.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(answer);
      },
    );
    onward.on('error', () => answer.destroy());
    client.on('error', () => onward.destroy());
    client.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    seen,
    before: (method, happens) => void befores.set(method, happens),
    after: (method, happens) => void afters.set(method, happens),
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

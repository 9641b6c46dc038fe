import { connect, createServer, type Server, type Socket } from 'node:net';

/** A line between a client and a server that a test can count on, cut, stop and unplug. */
export interface Wire {
  readonly port: number;
  /** Bytes that came from the server since the last `reset`. */
  received(): number;
  /** Bytes that went to it. */
  sent(): number;
  /** Connections that were made since then. */
  connections(): number;
  reset(): void;
  /** After so many more bytes from the server every open connection breaks, once. */
  cutAfter(bytes: number): void;
  /** After so many more bytes to the server. */
  cutSendingAfter(bytes: number): void;
  /** After so many more bytes from the server nothing comes any more, and nothing breaks; new connections are as they should be. */
  stallAfter(bytes: number): void;
  /** Connections break, and new ones are refused. */
  unplug(): Promise<void>;
  plug(): Promise<void>;
  close(): Promise<void>;
}

export async function openWire(target: { readonly port: number }): Promise<Wire> {
  const open = new Set<Socket>();
  let [received, sent, connections] = [0, 0, 0];
  let fault: { readonly kind: 'cut' | 'cut-sending' | 'stall'; left: number } | undefined;
  let port = 0;
  let server: Server | undefined;
  const breakAll = (): void => {
    for (const socket of open) socket.resetAndDestroy();
    open.clear();
  };

  const accept = (client: Socket): void => {
    connections += 1;
    const upstream = connect(target.port, '127.0.0.1');
    let isStalled = false;
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
    }
    const end = (): void => {
      client.destroy();
      upstream.destroy();
      open.delete(client);
      open.delete(upstream);
    };
    upstream.on('data', (chunk) => {
      if (isStalled) return;
      let passing = chunk;
      if (fault !== undefined && fault.kind !== 'cut-sending') {
        passing = chunk.subarray(0, fault.left);
        fault.left -= passing.length;
      }
      received += passing.length;
      client.write(passing);
      if (fault === undefined || fault.kind === 'cut-sending' || fault.left > 0) return;
      const { kind } = fault;
      fault = undefined;
      isStalled = true;
      if (kind === 'cut') {
        // What was passed on arrives: a reset would throw away what lies unread, and nobody could say how many bytes came.
        client.end();
        upstream.destroy();
        open.delete(client);
        breakAll();
      }
    });
    client.on('data', (chunk) => {
      sent += chunk.length;
      upstream.write(chunk);
      if (fault?.kind !== 'cut-sending') return;
      fault.left -= chunk.length;
      if (fault.left > 0) return;
      fault = undefined;
      breakAll();
    });
    client.on('close', end);
    upstream.on('close', () => {
      if (!isStalled) end();
    });
  };

  const plug = async (): Promise<void> => {
    if (server !== undefined) return;
    const opened = createServer(accept);
    await new Promise<void>((resolve, reject) => {
      opened.once('error', reject);
      opened.listen(port, '127.0.0.1', resolve);
    });
    const address = opened.address();
    port = typeof address === 'object' && address !== null ? address.port : port;
    server = opened;
  };
  const unplug = async (): Promise<void> => {
    const closing = server;
    server = undefined;
    breakAll();
    await new Promise<void>((resolve) => (closing === undefined ? resolve() : closing.close(() => resolve())));
  };
  await plug();
  return {
    get port() {
      return port;
    },
    received: () => received,
    sent: () => sent,
    connections: () => connections,
    reset: () => {
      [received, sent, connections] = [0, 0, 0];
      fault = undefined;
    },
    cutAfter: (left) => {
      fault = { kind: 'cut', left };
    },
    cutSendingAfter: (left) => {
      fault = { kind: 'cut-sending', left };
    },
    stallAfter: (left) => {
      fault = { kind: 'stall', left };
    },
    plug,
    unplug,
    close: unplug,
  };
}

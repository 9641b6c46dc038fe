import { homedir } from 'node:os';
import Docker from 'dockerode';
import { type DaemonAddress, daemonAddress, ownSurroundings } from './daemon-address.ts';
import type { DockerSettings } from './docker-settings.ts';

export interface Daemon {
  readonly docker: Docker;
  readonly address: DaemonAddress;
  /** Why nobody at that address can be asked. */
  readonly refused?: string;
}

/** Names the daemon to ask; nothing is asked yet. */
export function daemonOf(settings: DockerSettings): Daemon {
  const address = daemonAddress(ownSurroundings({ home: homedir(), settingsHost: settings.host }));
  const options = connection(address.url);
  if (options !== undefined) return { docker: new Docker(options), address };
  const refused =
    'only addresses with unix:// and tcp:// are read, since a daemon has to see the files of this machine';
  return { docker: new Docker({ socketPath: address.url }), address, refused };
}

function connection(url: string): Docker.DockerOptions | undefined {
  if (url.startsWith('unix://')) return { socketPath: url.slice('unix://'.length) };
  const parsed = URL.parse(url);
  if (parsed === null || (parsed.protocol !== 'tcp:' && parsed.protocol !== 'http:')) return undefined;
  return { protocol: 'http', host: parsed.hostname, port: parsed.port === '' ? 2375 : Number(parsed.port) };
}

/** What the daemon answered with; absent where it did not answer at all. */
export function statusOf(error: unknown): number | undefined {
  return (error as { readonly statusCode?: number }).statusCode;
}

/** Whether nobody answered: the daemon is away, stops or starts, and may be asked again. */
export function isAway(error: unknown): boolean {
  if (statusOf(error) !== undefined) return false;
  const { code, message } = error as NodeJS.ErrnoException;
  return (code !== undefined && awayCodes.has(code)) || /socket hang up|aborted/.test(message);
}

/** Whether a daemon fails what it is asked because it, or what it runs containers with, is about to go away. */
export const isStopping = (error: unknown): boolean =>
  /transport is closing|unavailable|shutting down|context canceled|ttrpc: closed|use of closed network connection/i.test(
    saidBy(error),
  );

const awayCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
]);

/** The daemon's own words, without the code that its client puts before them. */
export function saidBy(error: unknown): string {
  const { json, message } = error as { readonly json?: { readonly message?: string }; readonly message?: string };
  return json?.message ?? message ?? String(error);
}

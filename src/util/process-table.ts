import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process that cannot be mistaken for a later one with the same number: boot, number and start time. */
export interface ProcessIdentity {
  readonly boot: string;
  readonly pid: number;
  /** In clock ticks since boot. */
  readonly startTime: string;
}

export interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  readonly state: string;
  readonly startTime: string;
}

let boot: string | undefined;
export function bootId(): string {
  boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return boot;
}

export function processFacts(pid: number): ProcessFacts | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The name stands in parentheses and may hold anything, parentheses and spaces too.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    pid,
    state: fields[0] ?? '',
    parent: Number(fields[1]),
    session: Number(fields[3]),
    startTime: fields[19] ?? '',
  };
}

export function identityOf(pid: number): ProcessIdentity | undefined {
  const facts = processFacts(pid);
  return facts === undefined || facts.state === 'Z' ? undefined : { boot: bootId(), pid, startTime: facts.startTime };
}

export function isAlive(identity: ProcessIdentity): boolean {
  if (identity.boot !== bootId()) return false;
  const facts = processFacts(identity.pid);
  return facts !== undefined && facts.startTime === identity.startTime && facts.state !== 'Z' && facts.state !== 'X';
}

export const writeIdentity = (identity: ProcessIdentity): string =>
  `${identity.boot} ${identity.pid} ${identity.startTime}`;

export function readIdentity(text: string): ProcessIdentity | undefined {
  const [boot, pid, startTime] = text.trim().split(' ');
  if (boot === undefined || startTime === undefined || !/^\d+$/.test(pid ?? '')) return undefined;
  return { boot, pid: Number(pid), startTime };
}

/** Everything below a process. Cheap: reads only what is there. */
export function descendants(pid: number): number[] {
  const found: number[] = [];
  const open = [pid];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const child of childrenOf(next)) {
      found.push(child);
      open.push(child);
    }
  }
  return found;
}

export function childrenOf(pid: number): number[] {
  const children: number[] = [];
  let threads: string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return children;
  }
  for (const thread of threads) {
    try {
      const text = readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1');
      for (const child of text.split(' ')) if (child !== '') children.push(Number(child));
    } catch {
      // The thread ended meanwhile.
    }
  }
  return children;
}

/** Every process of this machine that the token or session marks: a look through all of them, for the rare occasions that need it. */
export function marked(mark: { readonly token: string; readonly session?: number }): number[] {
  const found: number[] = [];
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const facts = processFacts(pid);
    if (facts === undefined || facts.state === 'Z') continue;
    if ((mark.session !== undefined && facts.session === mark.session) || environmentHolds(pid, mark.token))
      found.push(pid);
  }
  return found;
}

export function environmentHolds(pid: number, token: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`BIT_TOKEN=${token}`);
  } catch {
    return false;
  }
}

export function workingDirectory(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

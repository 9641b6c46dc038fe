import { availableParallelism } from 'node:os';
import type Docker from 'dockerode';
import type { Caller } from './container-spec.ts';
import { insist } from './insist.ts';

export interface DaemonFacts {
  readonly caller: Caller;
  readonly selinux: boolean;
  readonly cpus: number;
}

/** What containers depend on and only the daemon knows, asked once. */
export function daemonFacts(docker: Docker, options: { readonly signal: AbortSignal }): () => Promise<DaemonFacts> {
  let found: Promise<DaemonFacts> | undefined;
  return () => {
    if (found === undefined) {
      found = insist(async () => readFacts((await docker.info()) as RawInfo), options);
      found.catch(() => {
        found = undefined;
      });
    }
    return found;
  };
}

interface RawInfo {
  /** `name=rootless`, `name=seccomp,profile=default`. */
  readonly SecurityOptions?: readonly string[] | null;
  readonly NCPU?: number;
}

function readFacts({ SecurityOptions, NCPU }: RawInfo): DaemonFacts {
  const security = (SecurityOptions ?? []).map((option) => option.split(',')[0]);
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  return {
    cpus: NCPU === undefined || NCPU === 0 ? availableParallelism() : NCPU,
    selinux: security.includes('name=selinux'),
    caller: security.includes('name=rootless')
      ? { kind: 'rootless' }
      : {
          kind: 'numbers',
          user: uid,
          group: gid,
          groups: (process.getgroups?.() ?? []).filter((group) => group !== gid),
        },
  };
}

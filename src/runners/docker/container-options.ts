import type { HostConfig, MountSettings, Ulimit } from 'dockerode';

/** What `container_options` ask for, as the daemon's interface has it. */
export interface ContainerOptions {
  readonly host: HostConfig;
  readonly mounts: readonly MountSettings[];
  readonly variables: Readonly<Record<string, string>>;
  readonly hostname?: string;
  readonly platform?: string;
}

export type ReadOptions =
  | { readonly ok: true; readonly options: ContainerOptions }
  | { readonly ok: false; readonly word: string; readonly why: 'unknown' }
  | { readonly ok: false; readonly word: string; readonly why: 'value'; readonly expected: string };

/** Names of the options that are read, for messages. */
export const readableOptions = (): readonly string[] => Object.keys(table);

/**
 * Reads words of `docker run`: `--shm-size=1g`, `--shm-size 1g` as one word or as two. What names the container, its command, user, folder or
 * network is not among them: those are the runner's.
 */
export function readContainerOptions(words: readonly string[]): ReadOptions {
  const draft: Draft = { host: {}, mounts: [], variables: {} };
  for (let at = 0; at < words.length; at++) {
    const word = (words[at] ?? '').trim();
    const [, given = '', separator, inline = ''] = /^(-[^\s=]*)(=|\s+|$)([\s\S]*)$/.exec(word) ?? [];
    const name = shortNames[given] ?? given;
    const option = Object.hasOwn(table, name) ? table[name] : undefined;
    if (option === undefined) return { ok: false, word, why: 'unknown' };
    let value = inline;
    if (separator === '') {
      if (option.alone !== undefined) value = option.alone;
      else {
        at += 1;
        value = words[at] ?? '';
      }
    }
    if (value === '' || !option.read(draft, value))
      return {
        ok: false,
        word: separator === '' ? `${word} ${value}`.trim() : word,
        why: 'value',
        expected: `${name}=${option.form}`,
      };
  }
  return { ok: true, options: draft };
}

interface Draft {
  readonly host: HostConfig;
  readonly mounts: MountSettings[];
  readonly variables: Record<string, string>;
  hostname?: string;
  platform?: string;
}

interface Option {
  /** How its value is written. */
  readonly form: string;
  /** The value it has without one. */
  readonly alone?: string;
  /** False where the value cannot be. */
  read(draft: Draft, value: string): boolean;
}

const shortNames: Readonly<Record<string, string>> = { '-e': '--env', '-v': '--volume', '-h': '--hostname' };

/** An option whose value is taken as it is. */
const plain = (form: string, put: (draft: Draft, value: string) => void): Option => ({
  form,
  read(draft, value) {
    put(draft, value);
    return true;
  },
});

const flag = (put: (host: HostConfig, on: boolean) => void): Option => ({
  form: 'true',
  alone: 'true',
  read({ host }, value) {
    put(host, value === 'true');
    return value === 'true' || value === 'false';
  },
});

/** An option that may be given several times. */
const list = (form: string, name: 'CapAdd' | 'CapDrop' | 'Dns' | 'ExtraHosts' | 'SecurityOpt'): Option =>
  plain(form, ({ host }, value) => {
    host[name] = [...(host[name] ?? []), value];
  });

const table: Readonly<Record<string, Option>> = {
  '--add-host': list('NAME:ADDRESS', 'ExtraHosts'),
  '--cap-add': list('CAPABILITY', 'CapAdd'),
  '--cap-drop': list('CAPABILITY', 'CapDrop'),
  '--cpuset-cpus': plain('0-3', ({ host }, value) => {
    host.CpusetCpus = value;
  }),
  '--device': {
    form: '/dev/NAME[:PATH[:rwm]]',
    read({ host }, value) {
      const [source = '', target = source, permissions = 'rwm', ...rest] = value.split(':');
      const device = { PathOnHost: source, PathInContainer: target, CgroupPermissions: permissions };
      host.Devices = [...(host.Devices ?? []), device];
      return source.startsWith('/') && target.startsWith('/') && /^[rwm]+$/.test(permissions) && rest.length === 0;
    },
  },
  '--dns': list('ADDRESS', 'Dns'),
  '--env': {
    form: 'NAME=VALUE',
    read({ variables }, value) {
      const [, name, text] = /^([^=]+)=([\s\S]*)$/.exec(value) ?? [];
      if (name === undefined || text === undefined) return false;
      variables[name] = text;
      return true;
    },
  },
  '--hostname': plain('NAME', (draft, value) => {
    draft.hostname = value;
  }),
  '--ipc': plain('host', ({ host }, value) => {
    host.IpcMode = value;
  }),
  '--pids-limit': {
    form: '1000',
    read({ host }, value) {
      host.PidsLimit = Number(value);
      return /^-?\d+$/.test(value);
    },
  },
  '--platform': plain('linux/amd64', (draft, value) => {
    draft.platform = value;
  }),
  '--privileged': flag((host, on) => {
    host.Privileged = on;
  }),
  '--read-only': flag((host, on) => {
    host.ReadonlyRootfs = on;
  }),
  '--runtime': plain('NAME', ({ host }, value) => {
    host.Runtime = value;
  }),
  '--security-opt': list('NAME=VALUE', 'SecurityOpt'),
  '--shm-size': {
    form: '1g',
    read({ host }, value) {
      const bytes = readSize(value);
      if (bytes !== undefined) host.ShmSize = bytes;
      return bytes !== undefined;
    },
  },
  '--sysctl': {
    form: 'NAME=VALUE',
    read({ host }, value) {
      const [, name, text] = /^([^=]+)=([\s\S]*)$/.exec(value) ?? [];
      if (name === undefined || text === undefined) return false;
      host.Sysctls = { ...host.Sysctls, [name]: text };
      return true;
    },
  },
  '--tmpfs': {
    form: '/PATH[:OPTIONS]',
    read({ host }, value) {
      const [path = '', options = ''] = value.split(':', 2);
      host.Tmpfs = { ...host.Tmpfs, [path]: options };
      return path.startsWith('/');
    },
  },
  '--ulimit': {
    form: 'NAME=SOFT[:HARD]',
    read({ host }, value) {
      const [, name, soft, hard = soft] = /^(\w+)=(-?\d+)(?::(-?\d+))?$/.exec(value) ?? [];
      if (name === undefined) return false;
      const limit: Ulimit = { Name: name, Soft: Number(soft), Hard: Number(hard) };
      host.Ulimits = [...(host.Ulimits ?? []), limit];
      return true;
    },
  },
  '--volume': {
    form: '/SOURCE:/TARGET[:ro]',
    read({ mounts }, value) {
      const [source = '', target = '', mode = 'rw', ...rest] = value.split(':');
      mounts.push({ Type: 'bind', Source: source, Target: target, ReadOnly: mode === 'ro' });
      return source.startsWith('/') && target.startsWith('/') && (mode === 'ro' || mode === 'rw') && rest.length === 0;
    },
  },
};

const units: Readonly<Record<string, number>> = { '': 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** `512m`, `1g`, `1.5gb`, `1024`: bytes, in powers of 1024 as Docker has them. */
export function readSize(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*([bkmgt]?)(?:i?b)?$/i.exec(text) ?? [];
  const factor = units[unit.toLowerCase()];
  return number === undefined || factor === undefined ? undefined : Math.round(Number(number) * factor);
}

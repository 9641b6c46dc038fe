import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { daemonAddress, ownSurroundings } from '../../runners/docker/daemon-address.ts';
import { installHint } from '../../runners/environment/install-hint.ts';
import { findVersion } from '../../runners/environment/version.ts';
import { findApptainer } from '../../runners/slurm/apptainer-program.ts';
import { findProgram } from '../../util/find-program.ts';
import { ownUser } from '../../util/own-user.ts';
import { askProgram } from './ask-program.ts';
import { type Examined, patience } from './examined.ts';
import { searchPath } from './search-path.ts';

/** For `--runner docker`: whoever answers Docker's API, Docker or Podman. */
export async function examineDocker(options: {
  readonly host: string | undefined;
  readonly needed: boolean;
}): Promise<readonly Examined[]> {
  const { needed } = options;
  const name = 'docker';
  const { url, by } = daemonAddress(ownSurroundings({ home: ownUser().home, settingsHost: options.host }));
  const install = installHint('docker');
  if (!url.startsWith('unix://'))
    return [
      {
        name,
        state: 'weak',
        needed,
        found: `${url} (${by}), which is not a socket of this machine and was not asked`,
        install: 'Where it does not answer, a run says so before its first task.',
      },
    ];
  const socket = url.slice('unix://'.length);
  if (!existsSync(socket)) {
    const program = findProgram('docker', searchPath);
    const found = `there is no ${socket} (${by})`;
    return [
      {
        name,
        state: 'missing',
        needed,
        found: program === undefined ? found : `${found}; ${program} is here, and its daemon does not run`,
        install: program === undefined ? install : 'Start it with `sudo systemctl start docker`.',
      },
    ];
  }
  const answer = await askSocket(socket, '/version');
  if (answer.kind === 'failed') return [{ name, needed, ...whyNot(answer.code, socket) }];
  const info = await askSocket(socket, '/info');
  const { text, old } = readDaemon(answer.text, info.kind === 'said' ? info.text : '{}');
  if (!old) return [{ name, state: 'ok', needed, found: `${text}, ${socket}` }];
  return [
    {
      name,
      state: 'weak',
      needed,
      found: `${text}, ${socket}, which is older than what Bitflow is tried with`,
      install,
    },
  ];
}

const podmanSockets = (own: string): readonly string[] => [
  join(own, 'podman', 'podman.sock'),
  '/run/podman/podman.sock',
];

function whyNot(code: string, socket: string): Pick<Examined, 'state' | 'found' | 'install'> {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return {
        state: 'missing',
        found: `${socket} may not be used by ${ownUser().name}`,
        install: `Join its group, \`sudo usermod -aG docker ${ownUser().name}\`, and log in again; or use rootless Docker or Podman.`,
      };
    case 'ECONNREFUSED':
      return {
        state: 'missing',
        found: `nobody listens on ${socket}`,
        install: 'Start the daemon with `sudo systemctl start docker`.',
      };
    case 'ETIMEDOUT':
      return {
        state: 'weak',
        found: `${socket} does not answer`,
        install: 'Look at the daemon with `systemctl status docker`; a restart may help it.',
      };
    default:
      return {
        state: 'weak',
        found: `${socket} cannot be asked (${code})`,
        install: 'Look at the daemon with `systemctl status docker`.',
      };
  }
}

type SocketAnswer =
  | { readonly kind: 'said'; readonly text: string }
  | { readonly kind: 'failed'; readonly code: string };

/** One question to a daemon, without loading all that speaks its language. */
function askSocket(socketPath: string, path: string): Promise<SocketAnswer> {
  return new Promise((resolve) => {
    const asking = request({ socketPath, path, host: 'localhost', timeout: patience }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => {
        text += part;
      });
      answer.on('end', () =>
        resolve(
          answer.statusCode === 200
            ? { kind: 'said', text }
            : { kind: 'failed', code: `status ${answer.statusCode ?? 0}` },
        ),
      );
    });
    asking.on('timeout', () => asking.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
    asking.on('error', (error: NodeJS.ErrnoException) =>
      resolve({ kind: 'failed', code: error.code ?? error.message }),
    );
    asking.end();
  });
}

/** Answers to `/version` and `/info`: `Docker 24.0.5`, `Podman 4.3.1, rootless`. */
export function readDaemon(version: string, info: string): { readonly text: string; readonly old: boolean } {
  try {
    const told = JSON.parse(version) as { Version?: unknown; ApiVersion?: unknown; Components?: { Name?: unknown }[] };
    const more = JSON.parse(info) as { SecurityOptions?: unknown[] };
    const isPodman = told.Components?.some(({ Name }) => String(Name).startsWith('Podman')) === true;
    const isRootless = more.SecurityOptions?.some((option) => /\bname=rootless\b/.test(String(option))) === true;
    const text = `${isPodman ? 'Podman' : 'Docker'} ${findVersion(String(told.Version)) ?? String(told.Version)}`;
    return { text: isRootless ? `${text}, rootless` : text, old: Number.parseFloat(String(told.ApiVersion)) < 1.4 };
  } catch {
    return { text: 'a daemon that speaks another language', old: false };
  }
}

/** Podman can stand in for Docker once its socket is there. */
export async function examinePodman(): Promise<readonly Examined[]> {
  const name = 'podman';
  const program = findProgram('podman', searchPath);
  if (program === undefined)
    return [{ name, state: 'missing', needed: false, found: 'not found (podman)', install: installHint('podman') }];
  const answer = await askProgram(program, ['--version']);
  const version = answer.kind === 'said' ? (findVersion(answer.text) ?? '') : '';
  const socket = podmanSockets(process.env.XDG_RUNTIME_DIR ?? `/run/user/${ownUser().uid}`).find((path) =>
    existsSync(path),
  );
  if (socket !== undefined)
    return [{ name, state: 'ok', needed: false, found: [version, program, socket].filter(Boolean).join(', ') }];
  return [
    {
      name,
      state: 'weak',
      needed: false,
      found: `${[version, program].filter(Boolean).join(', ')}, without a socket`,
      install: 'Start its socket with `systemctl --user enable --now podman.socket`, and `--runner docker` uses it.',
    },
  ];
}

/** For containers on a cluster. */
export async function examineApptainer(): Promise<readonly Examined[]> {
  const name = 'apptainer';
  const found = findApptainer(searchPath);
  if (found === undefined)
    return [
      {
        name,
        state: 'missing',
        needed: false,
        found: 'not found (apptainer, singularity)',
        install: installHint('apptainer'),
      },
    ];
  const answer = await askProgram(found.program, ['--version']);
  if (answer.kind !== 'said')
    return [
      {
        name,
        state: 'weak',
        needed: false,
        found: `${found.program} ${answer.kind === 'refused' ? `says: ${answer.words}` : 'does not answer'}`,
        install: installHint('apptainer'),
      },
    ];
  const version = findVersion(answer.text);
  const words = [`${found.kind}${version === undefined ? '' : ` ${version}`}`, found.program];
  return [{ name, state: 'ok', needed: false, found: words.join(', ') }];
}

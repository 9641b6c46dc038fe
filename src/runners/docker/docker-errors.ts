import type { Diagnostic, Explanation } from '../../diagnostics/diagnostic.ts';
import { error } from '../../diagnostics/make.ts';
import type { Span } from '../../diagnostics/span.ts';
import { alternatives } from '../../diagnostics/suggest.ts';

/** What stands between a process and its container: BIT5011 to BIT5016. */
export const dockerErrors = {
  /** BIT5011. */
  noDaemon: (
    at: Span,
    of: { readonly process: string; readonly url: string; readonly by: string; readonly said: string },
  ): Diagnostic =>
    error('BIT5011', at, {
      message: `\`${of.process}\` is to run with Docker, and no daemon answers at ${of.url} (${of.by}): ${of.said}`,
      help: 'Start it (`sudo systemctl start docker`, or `systemctl --user start podman.socket` for Podman), or say where it listens with DOCKER_HOST or `host` under `[docker]` in bit.toml. `docker info` shows whether it answers.',
    }),

  /** BIT5012. */
  noPermission: (
    at: Span,
    of: { readonly process: string; readonly socket: string; readonly user: string },
  ): Diagnostic =>
    error('BIT5012', at, {
      message: `\`${of.process}\` is to run with Docker, and ${of.user} may not talk to the daemon at ${of.socket}`,
      help: `Whoever may talk to it is as good as root on this machine; where that is wanted: \`sudo usermod -aG docker ${of.user}\`, then log in again. Else use a daemon of your own: rootless Docker, or \`systemctl --user start podman.socket\`.`,
    }),

  /** BIT5013. */
  noImage: (
    at: Span,
    of: { readonly process: string; readonly image: string; readonly said: string; readonly near: readonly string[] },
  ): Diagnostic =>
    error('BIT5013', at, {
      message: `\`${of.process}\` runs in the image \`${of.image}\`, which is not on this machine and not found by its registry: ${of.said}`,
      help:
        of.near.length > 0
          ? `Did you mean ${alternatives(of.near)}, which this machine has?`
          : 'Look at its spelling and tag. A private image is found after `docker login`; an image of your own is made with `docker build` or read with `docker load`.',
    }),

  /** BIT5013. */
  noImageName: (at: Span, of: { readonly process: string; readonly image: string }): Diagnostic =>
    error('BIT5013', at, {
      message: `\`${of.process}\` runs in the image \`${of.image}\`, which no image can be called`,
      help: 'Write `name:tag` or `registry/name:tag`: the name in lower case and without spaces, the tag of letters, digits, `_`, `.` and `-`.',
    }),

  /** BIT5014. */
  noRegistry: (
    at: Span,
    of: { readonly process: string; readonly image: string; readonly said: string; readonly near: readonly string[] },
  ): Diagnostic =>
    error('BIT5014', at, {
      message: `\`${of.process}\` runs in the image \`${of.image}\`, which is not on this machine, and its registry cannot be asked: ${of.said}`,
      help: `${of.near.length > 0 ? `Did you mean ${alternatives(of.near)}, which this machine has? Else fetch` : 'Fetch'} it where there is a connection and bring it here (\`docker save ${of.image} | ssh … docker load\`), or see to the connection. A registry of the site is named with \`registry\` under \`[docker]\` in bit.toml.`,
    }),

  /** BIT5015. */
  unknownOption: (
    at: Span,
    of: {
      readonly process: string;
      readonly word: string;
      readonly expected: string | undefined;
      readonly known: readonly string[];
    },
  ): Diagnostic =>
    error('BIT5015', at, {
      message:
        of.expected === undefined
          ? `\`${of.process}\` gives its container the option \`${of.word}\`, which is not read here`
          : `\`${of.process}\` gives its container the option \`${of.word}\`, whose value cannot be read`,
      help:
        of.expected === undefined
          ? `Those that are read: ${of.known.map((name) => `\`${name}\``).join(', ')}. Network, cpus, memory and GPUs are \`network\`, \`cpus\`, \`memory\` and \`gpus\` of the process.`
          : `It is written \`${of.expected}\`.`,
    }),

  /** BIT5016. */
  pullFailed: (at: Span, of: { readonly process: string; readonly image: string; readonly said: string }): Diagnostic =>
    error('BIT5016', at, {
      message: `The image \`${of.image}\` of \`${of.process}\` could not be fetched: ${of.said}`,
      help: `\`docker pull ${of.image}\` shows it alone. See to the connection, the credentials (\`docker login\`) or the disk, if that is what it says.`,
    }),
};

export const dockerExplanations: readonly Explanation[] = [
  {
    code: 'BIT5011',
    title: 'No Docker daemon answers',
    text: 'A process is to run in a container, and nobody answers where the daemon was looked for: at DOCKER_HOST, at `host` under `[docker]` in the settings, at the context that `docker context use` chose, at the usual sockets of Docker and then of Podman. Tasks read and write files of this machine, so the daemon has to be of this machine too.',
  },
  {
    code: 'BIT5012',
    title: 'No permission to talk to the Docker daemon',
    text: 'The daemon is there, and its socket may not be opened by this user. Members of its group (usually `docker`) may; a new membership counts from the next login. Rootless Docker and Podman need no such permission, and results are then yours as well.',
  },
  {
    code: 'BIT5013',
    title: 'An image of a container does not exist',
    text: 'The image is not on this machine, and the registry that its name leads to says that it has none of that name and tag, or none that may be seen without logging in; or no image can have that name at all. Names without a registry lead to Docker Hub, or to `registry` under `[docker]` in the settings.',
  },
  {
    code: 'BIT5014',
    title: 'An image is not here, and its registry cannot be asked',
    text: 'The image is not on this machine, and whether its registry has it could not be found out: there is no connection, the registry does not answer in time, or the run was told to fetch nothing (`offline` in the settings). An image that is on this machine is used without asking any registry.',
  },
  {
    code: 'BIT5015',
    title: 'An option of a container is not read here',
    text: 'Words of `container_options` are those of `docker run`, `--shm-size=1g`. Only some are read: others would say again what the process says already, or would undo what keeps tasks apart.',
  },
  {
    code: 'BIT5016',
    title: 'An image could not be fetched',
    text: 'The registry has the image, and fetching it failed; the message holds the words of the daemon. Layers that arrived are kept by the daemon, so that trying again goes on from there.',
  },
];

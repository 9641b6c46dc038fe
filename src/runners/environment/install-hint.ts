import { readFileSync } from 'node:fs';
import { findProgram } from '../../util/find-program.ts';

/** A sentence with the command that installs a program on this system, as far as its package is known by name. */
export function installHint(program: string, machine: InstallMachine = thisMachine()): string {
  const packages = known[program.replace(/\d+(\.\d+)*$/, '')] ?? known[program];
  if (machine.installer === undefined) {
    return packages?.site === undefined
      ? `Install \`${program}\` and put its folder into \`PATH\`.`
      : `Install it from ${packages.site}.`;
  }
  if (packages === undefined) return `Install it, for example with \`${commands[machine.installer]} ${program}\`.`;
  const name = packages[machine.installer];
  if (name === undefined)
    return packages.site === undefined
      ? `Install \`${program}\` and put its folder into \`PATH\`.`
      : `Install it from ${packages.site}.`;
  return `Install it with \`${commands[machine.installer]} ${name}\`.`;
}

export interface InstallMachine {
  readonly installer?: Installer;
}

type Installer = 'apt' | 'dnf' | 'pacman' | 'zypper' | 'apk' | 'brew';

const commands: Readonly<Record<Installer, string>> = {
  apt: 'sudo apt install',
  dnf: 'sudo dnf install',
  pacman: 'sudo pacman -S',
  zypper: 'sudo zypper install',
  apk: 'sudo apk add',
  brew: 'brew install',
};

type Packages = Partial<Record<Installer | 'site', string>>;

const known: Readonly<Record<string, Packages>> = {
  bash: { apt: 'bash', dnf: 'bash', pacman: 'bash', zypper: 'bash', apk: 'bash', brew: 'bash' },
  python: {
    apt: 'python3 python3-venv',
    dnf: 'python3',
    pacman: 'python',
    zypper: 'python3',
    apk: 'python3',
    brew: 'python',
  },
  'python-venv': {
    apt: 'python3-venv',
    dnf: 'python3',
    pacman: 'python',
    zypper: 'python3',
    apk: 'python3',
    brew: 'python',
  },
  Rscript: {
    apt: 'r-base-core',
    dnf: 'R-core',
    pacman: 'r',
    zypper: 'R-base',
    apk: 'R',
    brew: 'r',
    site: 'https://cran.r-project.org',
  },
  julia: {
    dnf: 'julia',
    pacman: 'julia',
    zypper: 'julia',
    apk: 'julia',
    brew: 'julia',
    site: 'https://julialang.org/downloads',
  },
  node: { apt: 'nodejs', dnf: 'nodejs', pacman: 'nodejs', zypper: 'nodejs', apk: 'nodejs', brew: 'node' },
  perl: { apt: 'perl', dnf: 'perl', pacman: 'perl', zypper: 'perl', apk: 'perl', brew: 'perl' },
  groovy: {
    apt: 'groovy',
    dnf: 'groovy',
    pacman: 'groovy',
    brew: 'groovy',
    site: 'https://groovy.apache.org/download.html',
  },
  ImageJ: { apt: 'imagej', pacman: 'imagej', site: 'https://imagej.net/downloads' },
  java: {
    apt: 'default-jre',
    dnf: 'java-latest-openjdk',
    pacman: 'jre-openjdk',
    zypper: 'java-21-openjdk',
    apk: 'openjdk21-jre',
    brew: 'openjdk',
  },
  convert: {
    apt: 'imagemagick',
    dnf: 'ImageMagick',
    pacman: 'imagemagick',
    zypper: 'ImageMagick',
    apk: 'imagemagick',
    brew: 'imagemagick',
  },
  magick: {
    apt: 'imagemagick',
    dnf: 'ImageMagick',
    pacman: 'imagemagick',
    zypper: 'ImageMagick',
    apk: 'imagemagick',
    brew: 'imagemagick',
  },
  ffmpeg: { apt: 'ffmpeg', dnf: 'ffmpeg-free', pacman: 'ffmpeg', zypper: 'ffmpeg', apk: 'ffmpeg', brew: 'ffmpeg' },
  vips: {
    apt: 'libvips-tools',
    dnf: 'vips-tools',
    pacman: 'libvips',
    zypper: 'vips-tools',
    apk: 'vips-tools',
    brew: 'vips',
  },
  tiffinfo: {
    apt: 'libtiff-tools',
    dnf: 'libtiff-tools',
    pacman: 'libtiff',
    zypper: 'tiff',
    apk: 'tiff-tools',
    brew: 'libtiff',
  },
  unshare: { apt: 'util-linux', dnf: 'util-linux', pacman: 'util-linux', zypper: 'util-linux', apk: 'util-linux' },
  micromamba: {
    pacman: 'micromamba',
    brew: 'micromamba',
    site: 'https://mamba.readthedocs.io/en/latest/installation/micromamba-installation.html',
  },
  'environment-modules': {
    apt: 'environment-modules',
    dnf: 'environment-modules',
    zypper: 'Modules',
    brew: 'modules',
    site: 'https://modules.readthedocs.io',
  },
  docker: {
    apt: 'docker.io',
    pacman: 'docker',
    zypper: 'docker',
    apk: 'docker',
    brew: '--cask docker',
    site: 'https://docs.docker.com/engine/install',
  },
  podman: { apt: 'podman', dnf: 'podman', pacman: 'podman', zypper: 'podman', apk: 'podman', brew: 'podman' },
  sbatch: {
    apt: 'slurm-client',
    dnf: 'slurm',
    pacman: 'slurm-llnl',
    zypper: 'slurm',
    site: 'https://slurm.schedmd.com',
  },
  apptainer: {
    dnf: 'apptainer',
    zypper: 'apptainer',
    apk: 'apptainer',
    site: 'https://apptainer.org/docs/admin/main/installation.html',
  },
  uv: { pacman: 'uv', brew: 'uv', site: 'https://docs.astral.sh/uv' },
};

let here: InstallMachine | undefined;

function thisMachine(): InstallMachine {
  here ??= machineOf(readRelease(), process.platform, process.env.PATH ?? '');
  return here;
}

/** Which installer a system has: by what it says about itself, else by what is there. */
export function machineOf(release: string, platform: NodeJS.Platform, searchPath: string): InstallMachine {
  if (platform === 'darwin') return { installer: 'brew' };
  const ids = [...release.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].flatMap((match) => (match[1] ?? '').split(/\s+/));
  const families: readonly (readonly [Installer, readonly string[]])[] = [
    ['apt', ['debian', 'ubuntu']],
    ['dnf', ['fedora', 'rhel', 'centos']],
    ['pacman', ['arch']],
    ['zypper', ['suse', 'opensuse', 'sles']],
    ['apk', ['alpine']],
  ];
  const family = families.find(([, names]) => names.some((name) => ids.includes(name)));
  if (family !== undefined) return { installer: family[0] };
  const present = (['apt', 'dnf', 'pacman', 'zypper', 'apk', 'brew'] as const).find(
    (name) => findProgram(name, searchPath) !== undefined,
  );
  return present === undefined ? {} : { installer: present };
}

function readRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}

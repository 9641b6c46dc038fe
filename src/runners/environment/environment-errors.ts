import type { Diagnostic, Explanation } from '../../diagnostics/diagnostic.ts';
import { error } from '../../diagnostics/make.ts';
import type { Span } from '../../diagnostics/span.ts';
import { condaExplanations } from './conda-errors.ts';
import { moduleExplanations } from './module-errors.ts';

/** What a process asks for and this machine does not have: BIT5001 to BIT5049. */
export const environmentErrors = {
  /** BIT5001. */
  noInterpreter: (
    at: Span,
    of: { readonly process: string; readonly script: string; readonly program: string; readonly install: string },
  ): Diagnostic =>
    error('BIT5001', at, {
      message: `\`${of.process}\` is ${of.script}, and there is no \`${of.program}\` on this machine`,
      help: `${of.install} Then run the same command again.`,
    }),

  /** BIT5002. */
  noProgram: (
    at: Span,
    of: { readonly process: string; readonly program: string; readonly install: string },
  ): Diagnostic =>
    error('BIT5002', at, {
      message: `\`${of.process}\` needs the program \`${of.program}\`, which is not on this machine`,
      help: `${of.install} A program in a folder of its own is found once that folder is in \`PATH\`.`,
    }),

  /** BIT5003. */
  wrongVersion: (
    at: Span,
    of: {
      readonly process: string;
      readonly program: string;
      readonly demand: string;
      readonly found: string;
      readonly path: string;
      readonly install: string;
    },
  ): Diagnostic =>
    error('BIT5003', at, {
      message: `\`${of.process}\` needs \`${of.program} ${of.demand}\`, and this machine has ${of.found} (${of.path})`,
      help: `${of.install} Or change the demand, if ${of.found} will do.`,
    }),

  /** BIT5004. */
  unreadableDemand: (at: Span, of: { readonly process: string; readonly demand: string }): Diagnostic =>
    error('BIT5004', at, {
      message: `\`${of.process}\` asks for \`${of.demand}\`, which does not read as a program and a version`,
      help: 'Write a program\'s name, alone or with a version: "ffmpeg", "convert >=7", "blastn 2.12".',
    }),

  /** BIT5005. */
  noPython: (
    at: Span,
    of: {
      readonly process: string;
      readonly demand: string;
      readonly found: readonly string[];
      readonly install: string;
    },
  ): Diagnostic =>
    error('BIT5005', at, {
      message: `\`${of.process}\` needs Python ${of.demand}, and this machine has ${of.found.length === 0 ? 'none' : of.found.join(', ')}`,
      help: `${of.install} Or change \`python: "${of.demand}"\`, if another will do.`,
    }),

  /** BIT5006. */
  onlyInContainer: (
    at: Span,
    of: { readonly process: string; readonly container: string; readonly runner: 'local' | 'slurm' },
  ): Diagnostic =>
    error('BIT5006', at, {
      message: `\`${of.process}\` runs only in a container (\`${of.container}\`), and ${of.runner === 'local' ? 'tasks of this machine run without one' : 'there is no Apptainer (or Singularity) in `PATH` to run it on the cluster'}`,
      help: `${of.runner === 'local' ? 'Run it with `--runner docker`, or on a cluster that has Apptainer with `--runner slurm`;' : 'Ask the site for Apptainer, which may be a module to load first, or run it with `--runner docker`;'} or give it a \`system\`, \`conda\` or \`pip\` list as well: where several ways are listed, the first that can be used is.`,
    }),

  /** BIT5007. */
  noSecret: (at: Span, of: { readonly process: string; readonly name: string }): Diagnostic =>
    error('BIT5007', at, {
      message: `\`${of.process}\` uses the secret \`${of.name}\`, which is not set`,
      help: `Set it before the run, without leaving it in the shell's history: \`read -rs ${of.name} && export ${of.name}\`.`,
    }),

  /** BIT5008. */
  pipFailed: (
    at: Span,
    of: {
      readonly process: string;
      readonly tool: string;
      readonly packages: readonly string[];
      readonly lines: readonly string[];
      readonly log: string;
    },
  ): Diagnostic =>
    error('BIT5008', at, {
      message: `The Python packages of \`${of.process}\` could not be installed (${of.packages.join(', ')}); the last words of ${of.tool}:\n${of.lines.map((line) => `  ${line}`).join('\n')}`,
      help: `Correct the \`pip\` list, or see to the connection or disk if that is what it says. All of its output: ${of.log}`,
    }),

  /** BIT5009. */
  noVenv: (
    at: Span,
    of: { readonly process: string; readonly python: string; readonly said: string; readonly install: string },
  ): Diagnostic =>
    error('BIT5009', at, {
      message: `A Python environment for \`${of.process}\` could not be made with ${of.python}: ${of.said}`,
      help: of.install,
    }),

  /** BIT5010. */
  noContainer: (at: Span, of: { readonly process: string }): Diagnostic =>
    error('BIT5010', at, {
      message: `\`${of.process}\` is to run with Docker, and has no container`,
      help: `Give it one (\`environment { container: "image:tag" }\`, or \`container\` under \`[process.${of.process}]\` in bit.toml), or let it run on this machine with \`runner = "local"\` there.`,
    }),
};

export const environmentExplanations: readonly Explanation[] = [
  {
    code: 'BIT5001',
    title: 'The language of a script is not installed',
    text: 'Before anything runs, the interpreter of every script is looked up in `PATH` and asked for its version, which becomes part of the keys of its tasks. It was not found. The message names the command that installs it on this system. `bit doctor` lists all languages and which of them are here.',
    wrong:
      'process fit {\n  output { table: Table = "fit.csv" }\n  script r """\n    write.csv(data.frame(a = 1), "fit.csv")\n  """\n}\nworkflow { publish fit().table as "fit.csv" }\n',
  },
  {
    code: 'BIT5002',
    title: 'A program is not installed',
    text: 'A process runs a program with `exec`, or lists it in `environment { system: [...] }`, and it is not in any folder of `PATH`. Programs are looked for before the first task starts, so that a run does not fail half-way. Nothing but its version is asked of a program then.',
    wrong:
      'process cut {\n  output { film: File = "film.mp4" }\n  environment { system: ["ffmpeg"] }\n  script bash """\n    ffmpeg -version > film.mp4\n  """\n}\nworkflow { publish cut().film as "film.mp4" }\n',
  },
  {
    code: 'BIT5003',
    title: 'A program has another version than the one asked for',
    text: 'In `environment { system: ["convert >=7"] }` the demand after the name is compared with what the program says about itself. `7` or `7.1` means that version and its further parts (`7.1.2`); `>=7`, `>7`, `<=7`, `<8` and `==7.1.0` compare; several are joined with commas.',
  },
  {
    code: 'BIT5004',
    title: 'A demand on a program cannot be read',
    text: 'An entry of `system` is the name of a program, alone or followed by a version: `"ffmpeg"`, `"ffmpeg 5"`, `"convert >=7, <8"`. Arguments have no place there; they belong in the script.',
  },
  {
    code: 'BIT5005',
    title: 'No Python of the version asked for',
    text: '`environment { python: "3.11" }` asks for that version and its further parts; `">=3.10"` for any from there. Every `python3` in `PATH`, versions of pyenv and those that uv keeps are looked at. None fits.',
  },
  {
    code: 'BIT5006',
    title: 'A process runs only in a container, and is to run where there is none',
    text: 'The process lists a container and no other way to get its tools. Containers are run by `--runner docker` (Docker or Podman), and on a cluster by Apptainer or Singularity; tasks that run on this machine directly use its own programs, modules, `conda` and `pip`. A process may list several ways, and the first that can be used where it runs is: a `conda` or `pip` list beside the `container` makes it run here.',
    wrong:
      'process segment {\n  output { mask: File = "mask.tif" }\n  environment { container: "example.org/stardist:1.0" }\n  script bash """\n    true > mask.tif\n  """\n}\nworkflow { publish segment().mask as "mask.tif" }\n',
    right:
      'process segment {\n  output { mask: File = "mask.tif" }\n  environment { container: "example.org/stardist:1.0", pip: ["stardist ==0.9.1"] }\n  script bash """\n    true > mask.tif\n  """\n}\nworkflow { publish segment().mask as "mask.tif" }\n',
  },
  {
    code: 'BIT5007',
    title: 'A secret is not set',
    text: 'Names in `environment { secrets: [...] }` are read from the environment of `bit` and handed to the tasks of that process alone. They are in no key, no record and no log, so a changed password re-runs nothing. This one is not set.',
  },
  {
    code: 'BIT5008',
    title: 'Python packages could not be installed',
    text: 'A `pip` list becomes one virtual environment, made before the first task, with `uv` where it is there and else with `python -m venv` and pip. The installer failed; its last lines say why: a name that does not exist, versions that exclude each other, a package that needs a compiler, no connection, a full disk. Nothing half-made is kept.',
  },
  {
    code: 'BIT5009',
    title: 'A virtual environment could not be made',
    text: 'Python is there, and its `venv` module is not, or it failed. Debian and Ubuntu ship it apart, as `python3-venv`.',
  },
  {
    code: 'BIT5010',
    title: 'A process has no container and is to run with Docker',
    text: 'With `--runner docker` every process runs in the container that it names, or that the site names for it: nothing of this machine is visible in there, so its own programs and `pip` lists cannot be used. A mixed run is one setting: processes with `runner = "local"` in `bit.toml` run here.',
  },
  ...condaExplanations,
  ...moduleExplanations,
];

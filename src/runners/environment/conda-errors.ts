import type { Diagnostic, Explanation } from '../../diagnostics/diagnostic.ts';
import { error } from '../../diagnostics/make.ts';
import type { Span } from '../../diagnostics/span.ts';

/** What stands in the way of a conda environment: BIT5030 to BIT5032. */
export const condaErrors = {
  /** BIT5030. */
  noTool: (at: Span, of: { readonly process: string; readonly value: string; readonly install: string }): Diagnostic =>
    error('BIT5030', at, {
      message: `\`${of.process}\` needs a conda environment (\`conda: ${of.value}\`), and none of micromamba, mamba and conda is on this machine`,
      help: `${of.install} Or give the process a \`pip\` list, \`system\` programs or a \`container\` as well: the first that can be used here is.`,
    }),

  /** BIT5031. */
  failed: (
    at: Span,
    of: { readonly process: string; readonly tool: string; readonly lines: readonly string[]; readonly log: string },
  ): Diagnostic =>
    error('BIT5031', at, {
      message: `The conda environment of \`${of.process}\` could not be made; the last words of ${of.tool}:\n${of.lines.map((line) => `  ${line}`).join('\n')}`,
      help: `Correct the list, or see to the channels, connection or disk if that is what it says. All of its output: ${of.log}`,
    }),

  /** BIT5032. */
  unreadable: (at: Span, of: { readonly process: string; readonly why: string }): Diagnostic =>
    error('BIT5032', at, {
      message: `What \`${of.process}\` asks of conda cannot be read: ${of.why}`,
      help: 'Write a list of packages, `conda: ["python=3.11", "bioconda::samtools=1.19"]`, or one file beside the pipeline, `conda: "environment.yml"`.',
    }),
};

export const condaExplanations: readonly Explanation[] = [
  {
    code: 'BIT5030',
    title: 'There is no conda on this machine',
    text: '`environment { conda: [...] }` becomes one environment in the store, made before the first task by micromamba, mamba or conda: the first of them in `PATH`, or the one that `MAMBA_EXE` or `CONDA_EXE` names. None is there. micromamba is one file that needs no installation and no rights. Where the process lists other ways to get its tools, the first that this machine can do is used.',
  },
  {
    code: 'BIT5031',
    title: 'A conda environment could not be made',
    text: 'The tool failed; its last lines say why: a package that does not exist in the channels, versions that exclude each other, no connection, a full disk. A list is looked for in the channels conda-forge and bioconda, and wherever `channel::package` says; an environment file names its own. Nothing half-made is kept. What was made once is made again from the package files that were recorded then, also where the channels have moved on.',
  },
  {
    code: 'BIT5032',
    title: 'A conda list or file cannot be read',
    text: '`conda` is a list of packages, or the name of one file: an `environment.yml`, or a text with the line `@EXPLICIT` and addresses of packages as `conda list --explicit --md5` prints it. A file lies relative to the file in which the process is written, and cannot be mixed with packages.',
  },
];

import type { Diagnostic, Explanation } from '../../diagnostics/diagnostic.ts';
import { error } from '../../diagnostics/make.ts';
import type { Span } from '../../diagnostics/span.ts';

/** What stands in the way of an image for Apptainer: BIT5028 and BIT5029. */
export const apptainerErrors = {
  /** BIT5028. */
  noImage: (at: Span, of: { readonly process: string; readonly name: string; readonly why: string }): Diagnostic =>
    error('BIT5028', at, {
      message: `The container \`${of.name}\` of \`${of.process}\` was not found: ${of.why}`,
      help: 'Correct its name, or log in to its registry with `docker login` or, for Apptainer to fetch it, `apptainer registry login`. Where no registry can be reached, an image file will do, `container: "tool.sif"`, and so will a name with its digest, `name@sha256:…`, that was fetched before.',
    }),

  /** BIT5029. */
  notFetched: (
    at: Span,
    of: { readonly process: string; readonly name: string; readonly lines: readonly string[]; readonly log: string },
  ): Diagnostic =>
    error('BIT5029', at, {
      message: `The container \`${of.name}\` of \`${of.process}\` could not be fetched; the last words of Apptainer:${of.lines.map((line) => `\n  ${line}`).join('')}`,
      help: `See to the connection, the disk or the name, whichever it says; large images need room in \`APPTAINER_TMPDIR\` as well. All of its output: ${of.log}`,
    }),
};

export const apptainerExplanations: readonly Explanation[] = [
  {
    code: 'BIT5028',
    title: 'A container was not found by Apptainer',
    text: 'On a cluster, containers run with Apptainer or Singularity. Before anything runs, the registry is asked which digest the name stands for, and the tasks run exactly that; the digest is in their keys, the same as with Docker. A name with a digest needs no answer, a file that ends in `.sif` is known by its content, and a name that was fetched before stands for the same image while its registry does not answer. The message says what was wrong.',
  },
  {
    code: 'BIT5029',
    title: 'A container could not be fetched by Apptainer',
    text: 'An image is turned into one file in the store, `environments/images/`, before the first task that needs it, once however many runs ask. Apptainer failed; its last lines say why. Nothing half-made is kept.',
  },
];

import type { Diagnostic, Explanation } from '../../diagnostics/diagnostic.ts';
import { error } from '../../diagnostics/make.ts';
import type { Span } from '../../diagnostics/span.ts';
import { didYouMean } from '../../diagnostics/suggest.ts';

const indented = (lines: readonly string[]): string => lines.map((line) => `\n  ${line}`).join('');

/** What stands in the way of environment modules: BIT5033 to BIT5035. */
export const moduleErrors = {
  /** BIT5033. */
  none: (at: Span, of: { readonly process: string; readonly value: string; readonly install: string }): Diagnostic =>
    error('BIT5033', at, {
      message: `\`${of.process}\` needs environment modules (\`modules: ${of.value}\`), and there is no \`module\` command on this machine`,
      help: `Run \`bit\` where \`module load\` works, on a login node of the cluster, or: ${of.install.replace(/^I/, 'i')} Where the command is set up in an unusual place, \`MODULESHOME\` names it.`,
    }),

  /** BIT5034. */
  unknown: (
    at: Span,
    of: {
      readonly process: string;
      readonly module: string;
      readonly said: readonly string[];
      readonly known: readonly string[];
    },
  ): Diagnostic =>
    error('BIT5034', at, {
      message: `\`${of.process}\` needs the environment module \`${of.module}\`, which is not to be had here${of.said.length === 0 ? '' : `; the module command says:${indented(of.said)}`}`,
      help: suggestion(of.module, of.known),
    }),

  /** BIT5035. */
  failed: (
    at: Span,
    of: { readonly process: string; readonly module: string; readonly said: readonly string[] },
  ): Diagnostic =>
    error('BIT5035', at, {
      message: `The environment module \`${of.module}\` of \`${of.process}\` did not load; the module command says:${indented(of.said.length === 0 ? ['nothing'] : of.said)}`,
      help: `Try \`module purge\` and \`module load ${of.module}\` in a shell of your own; where it needs others first, list them before it.`,
    }),
};

/** A near name, else the other versions of the same module. */
function suggestion(module: string, known: readonly string[]): string {
  const base = module.split('/')[0] ?? module;
  const versions = known.filter((name) => name.startsWith(`${base}/`) || name === base);
  if (versions.length > 0)
    return `There is ${versions
      .slice(0, 8)
      .map((name) => `\`${name}\``)
      .join(', ')}.`;
  return didYouMean(
    module,
    [...known, ...known.map((name) => name.split('/')[0] ?? name)],
    '`module avail` lists what there is.',
  );
}

export const moduleExplanations: readonly Explanation[] = [
  {
    code: 'BIT5033',
    title: 'There are no environment modules on this machine',
    text: 'Modules of `environment { modules: [...] }` are loaded once, before anything runs, in a shell of their own, and what they change is what the tasks get; so the machines where tasks run need no module command, and this one does. It is looked for where the shell that `bit` was started from has it (`LMOD_CMD`, `MODULESHOME`), and in `/etc/profile.d`. Environment Modules and Lmod will both do. Where the process lists other ways to get its tools, those alone are used instead, unless the site asked for the modules.',
  },
  {
    code: 'BIT5034',
    title: 'An environment module does not exist',
    text: 'The module command does not know the name, or only beneath modules that have to be loaded before. Folders that `module use` added are known where `MODULEPATH` is exported. `module avail` lists what there is; clusters differ, so a `[process.NAME]` table in `bit.toml` is the place for names of one site.',
  },
  {
    code: 'BIT5035',
    title: 'An environment module did not load',
    text: 'The module exists and its loading failed: it conflicts with one before it in the list, needs another first, or its file has an error. Modules are loaded in the order of the list, from a shell in which nothing but the defaults of the site is loaded.',
  },
];

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { error, warning } from '../../diagnostics/make.ts';
import type { Span } from '../../diagnostics/span.ts';
import { capital, listed, meant, replacing, ticks } from '../names/wording.ts';
import type { Type } from '../types/type.ts';
import { typeText } from '../types/type-text.ts';

/** What can be wrong in a `process` declaration: BIT2301 to BIT2399. */
export const processErrors = {
  /** BIT2301. A section stands twice. */
  sectionTwice: (at: Span, given: { readonly section: string; readonly first: Span }): Diagnostic =>
    error('BIT2301', at, {
      message: `\`${given.section}\` stands twice in this process`,
      related: [{ at: given.first, message: 'the first one' }],
      help: 'Put both together, or leave one out.',
    }),
  /** BIT2302. No output. */
  noOutput: (at: Span, given: { readonly process: string }): Diagnostic =>
    error('BIT2302', at, {
      message: `The process \`${given.process}\` has no output`,
      help: 'Say what it makes: `output { mask: Image = "mask.tif" }`. What it prints can be one too: `output { log: Text = stdout }`.',
    }),
  /** BIT2303. Nothing to run, or two things. */
  noCommand: (at: Span, given: { readonly process: string }): Diagnostic =>
    error('BIT2303', at, {
      message: `The process \`${given.process}\` has nothing to run`,
      help: 'Give it a `script python """…"""`, or an `exec ["prog", …]`.',
    }),
  twoCommands: (at: Span, given: { readonly first: Span }): Diagnostic =>
    error('BIT2303', at, {
      message: 'This process has both a `script` and an `exec`',
      related: [{ at: given.first, message: 'the script' }],
      help: 'Keep one of them.',
    }),
  /** BIT2304. A key that the section does not have. */
  unknownKey: (
    at: Span,
    given: { readonly section: string; readonly name: string; readonly known: readonly string[] },
  ): Diagnostic =>
    error('BIT2304', at, {
      message: `\`${given.section}\` has no \`${given.name}\``,
      ...meant(at, { word: given.name, candidates: given.known, otherwise: `It has ${listed(given.known)}.` }),
    }),
  /** BIT2305. A word that is not one of those that may stand here. */
  unknownWord: (
    at: Span,
    given: { readonly where: string; readonly word: string; readonly known: readonly string[] },
  ): Diagnostic =>
    error('BIT2305', at, {
      message: `${given.where} does not know \`${given.word}\``,
      ...meant(at, {
        word: given.word,
        candidates: given.known,
        otherwise: `Write ${listed(ticks(given.known), 'or')}.`,
      }),
    }),
  exitWithoutCodes: (at: Span, _given: object): Diagnostic =>
    error('BIT2305', at, {
      message: '`exit` needs the exit statuses that are worth another try',
      help: 'Write `exit(1, 137)`, or `any` for all of them.',
    }),
  /** BIT2306. A script language that does not exist. */
  unknownLanguage: (at: Span, given: { readonly name: string; readonly known: readonly string[] }): Diagnostic => {
    const others: Readonly<Record<string, string>> = {
      sh: 'bash',
      shell: 'bash',
      zsh: 'bash',
      py: 'python',
      python3: 'python',
      js: 'node',
      javascript: 'node',
      rscript: 'r',
      fiji: 'imagej',
    };
    const lower = given.name.toLowerCase();
    const other = Object.hasOwn(others, lower) ? others[lower] : undefined;
    return error('BIT2306', at, {
      message: `There is no script language called \`${given.name}\``,
      ...(other === undefined
        ? meant(at, {
            word: given.name,
            candidates: given.known,
            otherwise: `The languages are ${listed(given.known)}. Any other interpreter is given by its command: \`script ["lua"] """…"""\`.`,
          })
        : { help: `Write \`${other}\`.`, ...replacing(at, other) }),
    });
  },
  /** BIT2307. Something other than a literal where tasks' keys are made of it. */
  notLiteral: (at: Span, given: { readonly what: string; readonly example: string }): Diagnostic =>
    error('BIT2307', at, {
      message: `${capital(given.what)} must be written out`,
      help: `Write it as it is, such as \`${given.example}\`. What changes from call to call is an input.`,
    }),
  defaultNotConstant: (at: Span, given: { readonly input: string }): Diagnostic =>
    error('BIT2307', at, {
      message: `The default of \`${given.input}\` must be a plain value`,
      help: 'Leave the default out and give the value in the call.',
    }),
  /** BIT2308. `exec` without a list of arguments. */
  badExec: (at: Span, _given: object): Diagnostic =>
    error('BIT2308', at, {
      message: '`exec` takes a list: the program and its arguments',
      help: 'Write `exec ["convert", image, "-resize", "50%", small]`. No shell reads it, so nothing needs quoting.',
    }),
  badArgument: (at: Span, given: { readonly type: Type }): Diagnostic =>
    error('BIT2308', at, {
      message: `An argument of a program cannot be ${/^[AEIOU]/.test(typeText(given.type)) ? 'an' : 'a'} ${typeText(given.type)}`,
      help:
        given.type.kind === 'bool'
          ? 'Write the argument that is meant: `if fast then "--fast" else "--exact"`.'
          : 'Arguments are texts, numbers and files, and lists of them.',
    }),
  /** BIT2309. What stands in `uses` is no tag and no resource. */
  badUse: (at: Span, given: { readonly name: string | undefined; readonly inputs: readonly string[] }): Diagnostic =>
    error('BIT2309', at, {
      message: `${given.name === undefined ? 'This' : `\`${given.name}\``} is nothing that \`uses\` can name`,
      help:
        given.name !== undefined && given.inputs.includes(given.name)
          ? 'Inputs are always visible to the script; leave it out.'
          : 'Write `tag.cell` for a tag, `cpus`, `memory`, `time`, `gpus` or `disk` for a resource, `attempt` for the number of the try, `tiles.row` for a tag of the elements of a list input.',
    }),
  useOfSingle: (at: Span, given: { readonly input: string; readonly tag: string }): Diagnostic =>
    error('BIT2309', at, {
      message: `\`${given.input}\` is not a list, so its elements have no tags`,
      help: `Write \`tag.${given.tag}\` for the tag of the task's item.`,
      ...replacing(at, `tag.${given.tag}`),
    }),
  /** BIT2310. A tag or resource number that the task's key does not hold. */
  notInUses: (at: Span, given: { readonly name: string; readonly write: string }): Diagnostic =>
    error('BIT2310', at, {
      message: `\`${given.name}\` is not visible here`,
      label: 'not in `uses`',
      help: `Add \`uses (${given.write})\` to the process: then it is in the key of its tasks.`,
    }),
  /** BIT2311. `attempt` outside `resources`. */
  attemptHere: (at: Span, _given: object): Diagnostic =>
    error('BIT2311', at, {
      message: '`attempt` is known in `resources` only',
      help: 'A result should not depend on how often it was tried: use it for memory or time, `memory: 2 GB * attempt`. Where the program must know it, add `uses (attempt)`.',
    }),
  /** BIT2312. An output's path or type that cannot be. */
  badOutput: (at: Span, given: { readonly problem: string; readonly help: string }): Diagnostic =>
    error('BIT2312', at, { message: given.problem, help: given.help }),
  outputType: (at: Span, given: { readonly type: Type; readonly help: string }): Diagnostic =>
    error('BIT2313', at, {
      message: `\`${typeText(given.type)}\` cannot be the type of this output`,
      help: given.help,
    }),
  /** BIT2314. Two outputs in one file. */
  samePath: (at: Span, given: { readonly path: string; readonly first: Span; readonly other: string }): Diagnostic =>
    error('BIT2314', at, {
      message: `\`${given.other}\` is written to the same place, \`${given.path}\``,
      related: [{ at: given.first, message: 'the other output' }],
      help: 'Give each output a path of its own.',
    }),
  /** BIT2315. A name that the script's language keeps for itself. */
  scriptName: (
    at: Span,
    given: {
      readonly name: string;
      readonly language: 'bash' | 'Python';
      readonly script: Span;
      readonly text: string;
    },
  ): Diagnostic => {
    const better = `${given.name.toLowerCase().replace(/^_+/, '')}_value`;
    return error('BIT2315', at, {
      message: `\`${given.name}\` cannot be the name of an input or output of a ${given.language} script`,
      label: given.language === 'bash' ? 'a variable of the shell' : 'a word of Python',
      help: `Rename it, for example to \`${better}\`, here, in the script and in calls.`,
      fixes: [
        {
          title: `Rename it to \`${better}\``,
          edits: [
            { at, text: better },
            ...(given.language === 'bash' ? usesInScript(given).map((span) => ({ at: span, text: better })) : []),
          ],
        },
      ],
    });
  },
  /** BIT2316. One name for an input and an output. */
  inputAndOutput: (
    at: Span,
    given: { readonly name: string; readonly input: Span; readonly output: Span },
  ): Diagnostic =>
    error('BIT2316', at, {
      message: `\`${given.name}\` is an input and an output, and here both would be one variable`,
      related: [{ at: given.input, message: 'the input' }],
      help: 'Rename one of them.',
    }),
  /** BIT2317. An output that has no path before the task runs. */
  outputWithoutPath: (at: Span, given: { readonly output: string; readonly stdout: boolean }): Diagnostic =>
    error('BIT2317', at, {
      message: given.stdout
        ? `\`${given.output}\` is what the program prints: it has no path`
        : `\`${given.output}\` is several files: it has no one path`,
      help: given.stdout ? 'Leave it out of the arguments.' : 'Write the folder or file name as a text.',
    }),
  /** BIT2318. `named` on a value without a file. */
  namedValue: (at: Span, given: { readonly input: string; readonly type: Type }): Diagnostic =>
    error('BIT2318', at, {
      message: `\`${given.input}\` is ${/^[AEIOU]/.test(typeText(given.type)) ? 'an' : 'a'} ${typeText(given.type)}, which has no file name to keep`,
      help: 'Leave `named` out: it is for files.',
    }),
  /** BIT2319. An input that the script does not mention. */
  unusedInput: (at: Span, given: { readonly input: string; readonly process: string }): Diagnostic =>
    warning('BIT2319', at, {
      message: `\`${given.process}\` never uses its input \`${given.input}\``,
      help: 'Use it in the script, or leave it out: tasks run again whenever it changes.',
    }),
  /** BIT2320. `failed` is what every call has. */
  failedTaken: (at: Span, _given: object): Diagnostic =>
    error('BIT2320', at, {
      message: 'An output cannot be called `failed`',
      help: 'Every call has a dataset `failed` of its quarantined items. Give the output another name.',
    }),
};

/** The places `$name` and `${name…}` of an inline bash script. */
function usesInScript(given: { readonly name: string; readonly script: Span }): readonly Span[] {
  const { source, start, end } = given.script;
  const text = source.text.slice(start, end);
  return [...text.matchAll(new RegExp(`\\$\\{?[#!]?(${given.name})\\b`, 'g'))].map((match) => {
    const at = start + match.index + match[0].length - given.name.length;
    return { source, start: at, end: at + given.name.length };
  });
}

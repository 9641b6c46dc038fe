import { unreachable } from '../util/unreachable.ts';
import { shellWord } from './shell-word.ts';
import { type Flag, type Flags, globalFlags, type Operand, type Verb } from './verb.ts';

/** A script for a shell to source: verbs, their flags, the choices of those, and files where files fit. */
export function completionScript(verbs: readonly Verb[], options: { readonly shell: 'bash' | 'zsh' | 'fish' }): string {
  switch (options.shell) {
    case 'bash':
      return bash(verbs);
    case 'zsh':
      return zsh(verbs);
    case 'fish':
      return fish(verbs);
    default:
      return unreachable(options.shell);
  }
}

function bash(verbs: readonly Verb[]): string {
  const cases = verbs.map((verb) => {
    const flags = allFlags(verb);
    const valued = flags.filter(([, flag]) => flag.kind !== 'switch');
    return [
      `    ${verb.name})`,
      ...(valued.length === 0
        ? []
        : [
            '      case $previous in',
            ...valued.map(([name, flag]) => `        --${name}) ${bashWords(choicesOf(flag))}; return ;;`),
            '      esac',
          ]),
      `      case $word in -*) ${bashWords(flags.map(([name]) => `--${name}`))}; return ;; esac`,
      `      ${bashOperand(verb.operands[0])}`,
      '      ;;',
    ].join('\n');
  });
  return `# Completion of bit for bash: source <(bit completion bash)
_bit() {
  local word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W ${shellWord(verbs.map((verb) => verb.name).join(' '))} -- "$word"))
    return
  fi
  case \${COMP_WORDS[1]} in
${cases.join('\n')}
  esac
}
complete -o filenames -F _bit bit
`;
}

const bashWords = (words: readonly string[]): string =>
  words.length === 0
    ? 'mapfile -t COMPREPLY < <(compgen -f -- "$word")'
    : `mapfile -t COMPREPLY < <(compgen -W ${shellWord(words.join(' '))} -- "$word")`;

function bashOperand(operand: Operand | undefined): string {
  const complete = operand?.complete;
  if (complete === undefined) return ':';
  if (typeof complete !== 'string') return bashWords(complete);
  switch (complete) {
    case 'pipeline':
      return `mapfile -t COMPREPLY < <(compgen -f -X '!*.bit' -- "$word"; compgen -d -- "$word")`;
    case 'folder':
      return 'mapfile -t COMPREPLY < <(compgen -d -- "$word")';
    case 'file':
      return bashWords([]);
  }
}

function zsh(verbs: readonly Verb[]): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  const plain = (text: string): string => text.replace(/[[\]:\\]/g, '\\$&');
  const cases = verbs.map((verb) => {
    const flags = allFlags(verb).map(([name, flag]) => {
      const value = flag.kind === 'switch' ? '' : `:${plain(flag.value)}:${zshChoices(choicesOf(flag))}`;
      return quoted(`${flag.kind === 'list' ? '*' : ''}--${name}[${plain(flag.help)}]${value}`);
    });
    const operand = verb.operands[0];
    const operands = operand === undefined ? [] : [quoted(`*:${plain(operand.name)}:${zshOperand(operand)}`)];
    return `        ${verb.name}) _arguments ${[...flags, ...operands].join(' ')} ;;`;
  });
  return `#compdef bit
# Completion of bit for zsh: bit completion zsh > "\${fpath[1]}/_bit"
_bit() {
  local -a verbs
  verbs=(${verbs.map((verb) => quoted(`${verb.name}:${plain(verb.summary)}`)).join(' ')})
  if ((CURRENT == 2)); then
    _describe verb verbs
  else
    local verb=$words[2]
    shift words
    ((CURRENT--))
    case $verb in
${cases.join('\n')}
    esac
  fi
}
_bit "$@"
`;
}

const zshChoices = (choices: readonly string[]): string => (choices.length === 0 ? '_files' : `(${choices.join(' ')})`);

function zshOperand(operand: Operand): string {
  const { complete } = operand;
  if (complete === undefined) return ' ';
  if (typeof complete !== 'string') return zshChoices(complete);
  switch (complete) {
    case 'pipeline':
      return '_files -g "*.bit"';
    case 'folder':
      return '_files -/';
    case 'file':
      return '_files';
  }
}

function fish(verbs: readonly Verb[]): string {
  const lines = verbs.flatMap((verb) => {
    const here = `-n ${shellWord(`__fish_seen_subcommand_from ${verb.name}`)}`;
    const operand = verb.operands[0]?.complete;
    return [
      `complete -c bit -f -n __fish_use_subcommand -a ${verb.name} -d ${shellWord(verb.summary)}`,
      ...allFlags(verb).map(([name, flag]) => {
        const choices = choicesOf(flag);
        const value =
          flag.kind === 'switch' ? '' : choices.length === 0 ? ' -r' : ` -x -a ${shellWord(choices.join(' '))}`;
        return `complete -c bit ${here} -l ${name}${flag.short === undefined ? '' : ` -s ${flag.short}`}${value} -d ${shellWord(flag.help)}`;
      }),
      ...(operand === undefined
        ? []
        : typeof operand === 'string'
          ? [`complete -c bit ${here} -F`]
          : [`complete -c bit ${here} -f -a ${shellWord(operand.join(' '))}`]),
    ];
  });
  return `# Completion of bit for fish: bit completion fish > ~/.config/fish/completions/bit.fish\n${lines.join('\n')}\n`;
}

const allFlags = (verb: Verb): readonly (readonly [string, Flag])[] =>
  Object.entries<Flag>({ ...verb.flags, ...(globalFlags as Flags) });

const choicesOf = (flag: Flag): readonly string[] => (flag.kind === 'text' ? (flag.choices ?? flag.offers ?? []) : []);

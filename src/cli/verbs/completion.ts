import { completionScript } from '../completion-script.ts';
import { formats } from '../formats.ts';
import { defineVerb } from '../verb.ts';
import { verbs } from '../verbs.ts';

const shells = ['bash', 'zsh', 'fish'] as const;

export const verb = defineVerb({
  name: 'completion',
  summary: 'shell completion for bash, zsh or fish',
  operands: [{ name: 'SHELL', how: 'required', choices: shells, help: 'bash, zsh or fish', complete: shells }],
  flags: {},
  examples: [
    ['source <(bit completion bash)', 'in ~/.bashrc'],
    ['bit completion zsh > "${fpath[1]}/_bit"', 'once, for zsh'],
    ['bit completion fish > ~/.config/fish/completions/bit.fish', 'once, for fish'],
  ],
  async run({ operands, terminal, global }) {
    const shell = shells.find((name) => name === operands[0]) ?? 'bash';
    const described = await Promise.all(verbs.map((entry) => entry.load()));
    const script = completionScript(described, { shell });
    if (global.json) terminal.json({ format: formats.completion, shell, script });
    else terminal.out.write(script);
    return 0;
  },
});

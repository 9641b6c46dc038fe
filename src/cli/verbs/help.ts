import { formats } from '../formats.ts';
import { overview, verbDocument, verbHelp } from '../help.ts';
import { DiagnosticProblem } from '../problem.ts';
import { usageErrors } from '../usage-errors.ts';
import { defineVerb } from '../verb.ts';
import { verbs } from '../verbs.ts';

export const verb = defineVerb({
  name: 'help',
  summary: 'the verbs, or the flags of one',
  operands: [{ name: 'VERB', how: 'optional', help: 'a verb of the list', complete: verbs.map((entry) => entry.name) }],
  flags: {},
  examples: [['bit help run', 'the flags of `bit run`']],
  async run({ operands, operandPlaces, terminal, global }) {
    const [name] = operands;
    const [at] = operandPlaces;
    const asked = verbs.filter((entry) => name === undefined || entry.name === name);
    if (name !== undefined && at !== undefined && asked.length === 0) {
      throw new DiagnosticProblem([
        usageErrors.unknownVerb(at, { text: name, verbs: verbs.map((entry) => entry.name) }),
      ]);
    }
    if (global.json) {
      const described = await Promise.all(asked.map((entry) => entry.load()));
      terminal.json({
        format: formats.help,
        verbs: described.map(verbDocument),
      });
      return 0;
    }
    const [only] = asked;
    const colors = terminal.out.colors;
    terminal.out.line(
      name === undefined || only === undefined ? overview(verbs, { colors }) : verbHelp(await only.load(), { colors }),
    );
    return 0;
  },
});

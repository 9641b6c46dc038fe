import { explanationText } from '../../diagnostics/catalogue.ts';
import { explanations } from '../catalogue.ts';
import { formats } from '../formats.ts';
import { columns } from '../help.ts';
import { DiagnosticProblem } from '../problem.ts';
import { usageErrors } from '../usage-errors.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  name: 'explain',
  summary: 'the long form of a message',
  operands: [{ name: 'CODE', how: 'optional', help: 'as messages show it, `BIT2004`; all of them unless said' }],
  flags: {},
  examples: [
    ['bit explain BIT2004', 'what it means, what causes it, what to write instead'],
    ['bit explain', 'all codes'],
  ],
  async run({ operands, operandPlaces, terminal, global }) {
    const [asked] = operands;
    const [at] = operandPlaces;
    if (asked === undefined || at === undefined) {
      const all = [...explanations.values()];
      if (global.json) terminal.json({ format: formats.explanation, explanations: all });
      else
        terminal.out.line(
          columns(
            all.map(({ code, title }) => [code, title] as const),
            { paint: terminal.out.colors.cyan },
          ).join('\n'),
        );
      return 0;
    }
    const code = /^(?:bit)?(\d{4})$/i.exec(asked)?.[1];
    const explanation = explanations.get(code === undefined ? asked : `BIT${code}`);
    if (explanation === undefined)
      throw new DiagnosticProblem([usageErrors.unknownCode(at, { text: asked, known: [...explanations.keys()] })]);
    if (global.json) terminal.json({ format: formats.explanation, explanations: [explanation] });
    else terminal.out.line(explanationText(explanation));
    return 0;
  },
});

import { resolve } from 'node:path';
import { diagnosticsGithub } from '../../diagnostics/github.ts';
import { diagnosticsJson } from '../../diagnostics/json.ts';
import { checkProgram } from '../../parser/index.ts';
import { printDiagnostics } from '../print-problems.ts';
import { DiagnosticProblem } from '../problem.ts';
import { reservedParams } from '../run-flags.ts';
import { fileSourceHost } from '../source-host.ts';
import { usageErrors } from '../usage-errors.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  name: 'check',
  summary: 'find mistakes in pipelines without running them',
  operands: [{ name: 'FILE', how: 'some', help: 'pipelines or modules', complete: 'pipeline' }],
  flags: {
    format: {
      kind: 'text',
      value: 'FORM',
      choices: ['text', 'json', 'sarif', 'github'],
      help: 'text, json, sarif or github',
    },
    strict: { kind: 'switch', help: 'exit 1 on warnings too' },
  },
  examples: [
    ['bit check cells.bit', 'every mistake, under its line'],
    ['bit check --format sarif *.bit > bit.sarif', 'for code hosts and editors'],
  ],
  async run({ operands, operandPlaces, flags, terminal, global, folder }) {
    const host = fileSourceHost({ folder });
    const diagnostics = operands.flatMap((file, index) => {
      const path = resolve(folder, file);
      const read = host.read(path);
      const at = operandPlaces[index];
      if (!read.ok && at !== undefined) {
        throw new DiagnosticProblem([
          usageErrors.noSuchFile(at, {
            path: file,
            what: 'pipeline',
            why: read.why === 'binary' ? 'not-text' : read.why,
          }),
        ]);
      }
      return checkProgram(path, host, { arguments: [], reserved: reservedParams }).diagnostics;
    });
    switch (global.json ? 'json' : (flags.format ?? 'text')) {
      case 'text':
        if (diagnostics.length > 0) await printDiagnostics(diagnostics, { terminal, json: false });
        else if (!global.quiet)
          terminal.out.line(
            operands.length === 1 ? `${operands[0]}: nothing wrong` : `${operands.length} files: nothing wrong`,
          );
        break;
      case 'json':
        terminal.json({ ...diagnosticsJson(diagnostics) });
        break;
      case 'github':
        if (diagnostics.length > 0) terminal.out.line(diagnosticsGithub(diagnostics));
        break;
      case 'sarif': {
        const [{ diagnosticsSarif }, { explanations }, { packageVersion }] = await Promise.all([
          import('../../diagnostics/sarif.ts'),
          import('../catalogue.ts'),
          import('../../util/package-root.ts'),
        ]);
        terminal.out.line(
          JSON.stringify(diagnosticsSarif(diagnostics, { version: packageVersion(), explanations }), null, 2),
        );
        break;
      }
    }
    if (diagnostics.some((diagnostic) => diagnostic.severity === 'error')) return 2;
    return flags.strict && diagnostics.some((diagnostic) => diagnostic.severity === 'warning') ? 1 : 0;
  },
});

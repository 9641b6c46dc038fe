import { chmod, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { format } from '../../parser/syntax/print.ts';
import { formats } from '../formats.ts';
import { DiagnosticProblem } from '../problem.ts';
import { fileSourceHost } from '../source-host.ts';
import { usageErrors } from '../usage-errors.ts';
import { defineVerb, type Invocation } from '../verb.ts';

const flags = { check: { kind: 'switch', help: 'change nothing; exit 1 where a file is not laid out so' } } as const;

export const verb = defineVerb({
  name: 'fmt',
  summary: 'the one layout of pipelines',
  details: 'Files are changed in place. A file with mistakes is left alone, and they are shown.',
  operands: [
    { name: 'FILE', how: 'some', help: 'pipelines or modules; `-` lays out stdin to stdout', complete: 'pipeline' },
  ],
  flags,
  examples: [
    ['bit fmt cells.bit', 'lay it out'],
    ['bit fmt --check *.bit', 'in CI'],
    ['bit fmt - < cells.bit', 'for editors'],
  ],
  async run(invocation) {
    const { operands, terminal, global } = invocation;
    if (operands.includes('-')) return formatStdin(invocation);
    const laidOut = readAll(invocation);
    const wrong = laidOut.flatMap((file) => file.diagnostics);
    if (wrong.length > 0) throw new DiagnosticProblem(wrong);
    const changed = laidOut.filter((file) => file.before !== file.after);
    if (!invocation.flags.check) for (const file of changed) await replace(file.path, file.after);
    if (global.json) {
      terminal.json({
        format: formats.format,
        files: laidOut.map(({ shown, before, after }) => ({ file: shown, changed: before !== after })),
      });
    } else if (!global.quiet) {
      for (const file of changed)
        terminal.out.line(invocation.flags.check ? `${file.shown}: \`bit fmt\` would change it` : file.shown);
    }
    return invocation.flags.check && changed.length > 0 ? 1 : 0;
  },
});

interface LaidOut {
  readonly path: string;
  readonly shown: string;
  readonly before: string;
  readonly after: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** Everything is read and laid out before the first file is changed. */
function readAll(invocation: Invocation<typeof flags>): readonly LaidOut[] {
  const { folder, operandPlaces } = invocation;
  const host = fileSourceHost({ folder });
  return invocation.operands.map((shown, index) => {
    const path = resolve(folder, shown);
    const read = host.read(path);
    const at = operandPlaces[index];
    if (!read.ok) {
      const source = { name: shown, text: '' };
      const why = read.why === 'binary' ? 'not-text' : read.why;
      throw new DiagnosticProblem([
        usageErrors.noSuchFile(at ?? { source, start: 0, end: 0 }, { path: shown, what: 'pipeline', why }),
      ]);
    }
    const { text, diagnostics } = format({ name: host.display(path), text: read.text });
    return { path, shown, before: read.text, after: text, diagnostics: diagnostics.filter(isError) };
  });
}

async function formatStdin(invocation: Invocation<typeof flags>): Promise<number> {
  const { terminal } = invocation;
  const before = await textOf(process.stdin);
  const { text, diagnostics } = format({ name: 'stdin', text: before });
  const wrong = diagnostics.filter(isError);
  if (wrong.length > 0) throw new DiagnosticProblem(wrong);
  if (invocation.flags.check) return text === before ? 0 : 1;
  if (invocation.global.json)
    terminal.json({ format: formats.format, files: [{ file: '-', changed: text !== before, text }] });
  else terminal.out.write(text);
  return 0;
}

/** By rename, with the file's own mode: nobody ever reads half a pipeline. */
async function replace(path: string, text: string): Promise<void> {
  const file = await realpath(path);
  const { mode } = await stat(file);
  const draft = `${file}.${process.pid}.fmt`;
  await writeFile(draft, text);
  await chmod(draft, mode & 0o7777);
  await rename(draft, file);
}

const isError = (diagnostic: Diagnostic): boolean => diagnostic.severity === 'error';

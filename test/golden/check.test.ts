import { readdirSync, readFileSync } from 'node:fs';
import { plain, renderAll } from '../../src/diagnostics/render.ts';
import { checkProgram, type ParamArgument } from '../../src/parser/index.ts';
import { golden } from '../support/golden.ts';
import { memoryHost } from '../support/memory-host.ts';
import { programText } from '../support/program-text.ts';

/**
 * `args.json` holds what the command line would give: texts, lists of texts, `true` and `false` for `--x` and `--no-x`. `"$purpose": "check"`
 * checks as `bit check` does, which asks for no values.
 */
golden('check', ({ folder }) => {
  const files = readdirSync(folder).filter((name) => !name.startsWith('expected.'));
  const host = memoryHost(Object.fromEntries(files.map((name) => [`/case/${name}`, readFileSync(`${folder}${name}`, 'utf8')])));
  const given: Record<string, unknown> = files.includes('args.json') ? JSON.parse(readFileSync(`${folder}args.json`, 'utf8')) : {};
  const { $purpose, ...args } = given;
  const { program, diagnostics } = checkProgram('/case/main.bit', host, {
    arguments: Object.entries(args).map(([name, value]) => argument(name, value)),
    reserved: ['outdir', 'store', 'tag'],
    purpose: $purpose === 'check' ? 'check' : 'run',
  });
  return {
    diagnostics: diagnostics.length === 0 ? undefined : `${renderAll(diagnostics, { colors: plain })}\n`,
    program: program === undefined ? undefined : programText(program),
  };
});

/** As if the argument were the whole command line. */
function argument(name: string, value: unknown): ParamArgument {
  const texts = Array.isArray(value) ? value.map(String) : typeof value === 'boolean' ? [] : [String(value)];
  const line = [`--${value === false ? 'no-' : ''}${name}`, ...texts].join(' ');
  const source = { name: 'command line', text: line };
  let at = line.length - texts.join(' ').length;
  const spans = texts.map((text) => {
    const start = at;
    at += text.length + 1;
    return { source, start, end: start + text.length };
  });
  return { name, texts, spans: spans.length > 0 ? spans : [{ source, start: 0, end: line.length }], ...(value === false ? { negated: true } : {}) };
}

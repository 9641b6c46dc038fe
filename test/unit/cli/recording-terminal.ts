import { createColors } from 'picocolors';
import type { Output, Terminal } from '../../../src/cli/terminal.ts';

/** A terminal that keeps what is written to it, without colours. */
export function recordingTerminal(): Terminal & { results(): string; errors(): string } {
  const out = recorder();
  const err = recorder();
  return {
    out: out.output,
    err: err.output,
    json: (document) => out.output.line(JSON.stringify(document)),
    useColors: () => undefined,
    results: out.text,
    errors: err.text,
  };
}

function recorder(): { readonly output: Output; readonly text: () => string } {
  let text = '';
  const write = (more: string): void => {
    text += more;
  };
  return {
    output: {
      line: (line = '') => write(`${line}\n`),
      write,
      interactive: false,
      columns: 80,
      colors: createColors(false),
    },
    text: () => text,
  };
}

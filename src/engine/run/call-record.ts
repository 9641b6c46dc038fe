import type { CallNode, Node, Span } from '../../parser/index.ts';
import type { CallRecord } from '../ports/event.ts';

/** What the run database keeps of a call once, for all its tasks. */
export function callRecord(
  call: Node & CallNode,
  options: { readonly runner: string; readonly environment: string },
): CallRecord {
  const { process } = call;
  return {
    call: call.path,
    process: process.name,
    ...place(call.span),
    script: place(process.command.span),
    args: Object.fromEntries(call.args.map((arg) => [arg.input, place(arg.span)])),
    command: commandText(process.command),
    ...options,
  };
}

/** File and line (from 1) where a span starts. */
export function place(span: Span): { readonly file: string; readonly line: number } {
  let line = 1;
  for (let at = span.source.text.indexOf('\n'); at >= 0 && at < span.start; at = span.source.text.indexOf('\n', at + 1))
    line += 1;
  return { file: span.source.name, line };
}

function commandText(command: CallNode['process']['command']): string {
  if (command.kind === 'exec') return 'exec';
  return command.interpreter.kind === 'language'
    ? `${command.interpreter.language} script`
    : `script of ${command.interpreter.argv.join(' ')}`;
}

import type { Terminal } from './terminal.ts';

/** Ctrl-C while a secret is typed. */
export class NotTyped extends Error {}

/** A secret as a person types it, unseen, or as it is piped in; without the line break at its end. */
export async function readSecret(prompt: string, terminal: Terminal): Promise<string> {
  const { stdin } = process;
  if (!stdin.isTTY) return readAll();
  // The terminal stops showing what is typed before anybody is asked to type.
  stdin.setRawMode(true);
  terminal.err.write(`${prompt}: `);
  let text = '';
  try {
    for await (const chunk of stdin) {
      for (const character of String(chunk)) {
        switch (character) {
          case '\r':
          case '\n':
          case '\u0004':
            return text;
          case '\u0003':
            throw new NotTyped();
          case '\u007f':
          case '\b':
            text = [...text].slice(0, -1).join('');
            break;
          default:
            text += character;
        }
      }
    }
    return text;
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    terminal.err.write('\n');
  }
}

async function readAll(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/u, '');
}

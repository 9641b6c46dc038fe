import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { FileInfo } from '../../engine/ports/formats.ts';
import { findProgram } from '../../util/find-program.ts';
import { err, ok, type Result } from '../../util/result.ts';
import { formats } from '../formats/index.ts';
import type { MetadataFinding, MetadataReader } from './metadata-reader.ts';
import { type PythonAnswer, pythonAnswer } from './python-answer.ts';
import { pythonScript } from './python-script.ts';

/**
 * Python's readers (`bioio`, `aicsimageio`, `nd2`, `czifile`, `tifffile`; whichever the interpreter has), in one process for all files. Should a library
 * hang or take the process down with it, the next file gets a new one.
 */
export function openPython({
  interpreter,
  searchPath,
  secondsPerFile,
}: {
  /** As set by the person: a name or an absolute path. */
  interpreter: string;
  searchPath: string;
  secondsPerFile: number;
}): Result<MetadataReader, string> {
  const python = findProgram(interpreter, searchPath);
  if (python === undefined) {
    return err(
      `the Python \`${interpreter}\` is not to be found: name one that has bioio or tifffile, such as that of an environment made with \`conda create -n readers python bioio tifffile\``,
    );
  }
  let conversation: Conversation | undefined;
  return ok({
    name: 'Python',
    async *read(paths, signal) {
      for (const path of paths) {
        signal.throwIfAborted();
        const known = await formats.inspect(path, { format: 'File' });
        if (!known.ok) {
          yield { path, problem: known.problems.map(({ message }) => message).join('; ') };
          continue;
        }
        conversation ??= converse(python);
        const current = conversation;
        const answer = await askedWithin(current, { path: resolve(path), seconds: secondsPerFile, signal });
        if (answer.isOver) {
          conversation = undefined;
          await current.end();
        }
        signal.throwIfAborted();
        yield finding(path, { answer, python, known: known.info });
      }
    },
    async close() {
      await conversation?.end();
      conversation = undefined;
    },
  });
}

type Answered =
  | { readonly isOver: false; readonly answer: PythonAnswer }
  /** The process is of no more use. */
  | { readonly isOver: true; readonly why: string };

function finding(
  path: string,
  { answer, python, known }: { answer: Answered; python: string; known: FileInfo },
): MetadataFinding {
  if (answer.isOver) return { path, problem: answer.why };
  switch (answer.answer.kind) {
    case 'image':
      return { path, info: { ...known, image: answer.answer.image } };
    case 'problem':
      return { path, problem: `Python cannot read this file: ${answer.answer.problem}` };
    case 'ready':
      return { path, problem: noLibrary(python) };
  }
}

function noLibrary(python: string): string {
  return `this Python has no library for images: install one with \`${python} -m pip install bioio bioio-ome-tiff bioio-tifffile tifffile\``;
}

interface Conversation {
  /** The next line the program writes; `undefined` at its end. */
  next(): Promise<string | undefined>;
  ask(path: string): void;
  readonly greeting: { libraries?: readonly string[] };
  /** What it last wrote to its error stream. */
  lastWords(): string;
  end(): Promise<void>;
}

async function askedWithin(
  conversation: Conversation,
  { path, seconds, signal }: { path: string; seconds: number; signal: AbortSignal },
): Promise<Answered> {
  let stop = (): void => {};
  const ended = new Promise<Answered>((settle) => {
    const timer = setTimeout(
      () => settle({ isOver: true, why: `Python did not answer within ${seconds} s` }),
      seconds * 1000,
    );
    const abort = (): void => settle({ isOver: true, why: 'the reading was ended' });
    signal.addEventListener('abort', abort, { once: true });
    stop = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    };
  });
  try {
    return await Promise.race([answered(conversation, path), ended]);
  } finally {
    stop();
  }
}

async function answered(conversation: Conversation, path: string): Promise<Answered> {
  const { greeting } = conversation;
  if (greeting.libraries === undefined) {
    const hello = await conversation.next();
    const first = hello === undefined ? undefined : pythonAnswer(hello);
    if (first?.kind !== 'ready') return { isOver: true, why: broken(conversation) };
    greeting.libraries = first.libraries;
  }
  if (greeting.libraries.length === 0) return { isOver: false, answer: { kind: 'ready', libraries: [] } };
  conversation.ask(path);
  const line = await conversation.next();
  const answer = line === undefined ? undefined : pythonAnswer(line);
  return answer === undefined ? { isOver: true, why: broken(conversation) } : { isOver: false, answer };
}

function broken(conversation: Conversation): string {
  const words = conversation.lastWords();
  return words === ''
    ? 'Python ended without a word while it read this file'
    : `Python broke while it read this file: ${words}`;
}

function converse(python: string): Conversation {
  const child: ChildProcessWithoutNullStreams = spawn(python, ['-u', '-c', pythonScript], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, PYTHONIOENCODING: 'utf-8', PYTHONDONTWRITEBYTECODE: '1' },
  });
  const gone = new Promise<void>((settle) => {
    child.once('close', () => settle());
    child.once('error', () => settle());
  });
  child.stdin.on('error', () => {}); // it ended before it was asked; its missing answer tells
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4000);
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    greeting: {},
    async next() {
      const { value, done } = await lines.next();
      return done === true ? undefined : value;
    },
    ask: (path) => void child.stdin.write(`${JSON.stringify({ path })}\n`),
    lastWords: () => errors.trim().split('\n').at(-1)?.slice(0, 300) ?? '',
    async end() {
      child.stdin.end();
      child.kill('SIGKILL');
      await gone;
    },
  };
}

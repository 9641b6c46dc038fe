import { RemoteProblem, type RemoteWhy } from '../../engine/ports/remote.ts';
import { withoutSecrets } from '../credentials/secret.ts';

/** The one way to make a `RemoteProblem` here: no secret gets into it. */
export function remoteProblem(why: RemoteWhy, uri: string, message: string, help: string): RemoteProblem {
  return new RemoteProblem(why, withoutSecrets(uri), visible(withoutSecrets(message)), visible(withoutSecrets(help)));
}

/** Names and answers of others may hold what moves a cursor or breaks a line. */
const visible = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/gu, (character) =>
    character === '\n' ? '\\n' : `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );

/** What may be otherwise in a moment: a busy server, a broken connection. Asked again by `again`, and told as `problem` when that does not help. */
export class MayPass extends Error {
  readonly problem: RemoteProblem;
  /** What the other side asked for. */
  readonly afterMs: number | undefined;
  constructor(problem: RemoteProblem, options: { readonly afterMs?: number | undefined } = {}) {
    super(problem.message);
    this.name = 'MayPass';
    this.problem = problem;
    this.afterMs = options.afterMs;
  }
}

export const mayPass = (uri: string, message: string, options: { readonly afterMs?: number | undefined } = {}) =>
  new MayPass(remoteProblem('unreachable', uri, message, 'Try again later; what was fetched so far is kept.'), options);

export const exists = (uri: string, over: string | 'nothing'): RemoteProblem =>
  remoteProblem(
    'exists',
    uri,
    over === 'nothing' ? `${uri} is there already; it is kept` : `${uri} is not what was there before; it is kept`,
    'Choose another name, or remove it there first.',
  );

/** What a file of this machine is the matter with, while bytes come in or go out. */
export function localProblem(uri: string, error: unknown): RemoteProblem | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const path = 'path' in error ? String(error.path) : 'the folder for what is fetched';
  switch (error.code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return remoteProblem(
        'full',
        uri,
        `There is no room here for ${uri}`,
        'Make room, and try again: it goes on where it stopped.',
      );
    case 'ENOENT':
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'EISDIR':
    case 'ENOTDIR':
    case 'EIO':
    case 'ENOTEMPTY':
    case 'EEXIST':
    case 'ENAMETOOLONG':
      return remoteProblem(
        'failed',
        uri,
        `${path} cannot be used on this machine: ${error.message}`,
        'Check the path and who may use it.',
      );
    default:
      return undefined;
  }
}

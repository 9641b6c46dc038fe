import type { Diagnostic, Explanation } from '../../diagnostics/diagnostic.ts';
import { error } from '../../diagnostics/make.ts';
import type { Span } from '../../diagnostics/span.ts';
import type { RemoteProblem } from '../../engine/ports/remote.ts';
import { unreachable } from '../../util/unreachable.ts';

/** What other places do, at what names them: BIT5401 to BIT5407. The words are those of the problem. */
export function remoteDiagnostic(at: Span, problem: RemoteProblem): Diagnostic {
  return error(codeOf(problem), at, { message: problem.message, help: problem.help });
}

function codeOf(problem: RemoteProblem): string {
  switch (problem.why) {
    case 'missing':
      return 'BIT5401';
    case 'credentials':
    case 'denied':
      return 'BIT5402';
    case 'unreachable':
      return 'BIT5403';
    case 'changed':
      return 'BIT5404';
    case 'exists':
      return 'BIT5405';
    case 'unsupported':
    case 'address':
      return 'BIT5406';
    case 'full':
    case 'failed':
      return 'BIT5407';
    default:
      return unreachable(problem.why);
  }
}

export const remoteExplanations: readonly Explanation[] = [
  {
    code: 'BIT5401',
    title: 'What an address names is not there',
    text: 'The server answered, and has no file, object or bucket of this name. Names in other places tell capital letters from small ones. An address of an object store is written as the store has it, with no `%20` for a space; in `https://` and `sftp://` addresses `%20` is a space.',
    wrong: 'params {\n  raw: Image = url("https://data.lab.org/no-such-file.tif")\n}\n',
    right: 'params {\n  raw: Image = url("https://data.lab.org/cells/A1.tif")\n}\n',
  },
  {
    code: 'BIT5402',
    title: 'Another place does not let us in',
    text: 'Either no credential was found and the place is not open to everybody, or the one that was found is refused. Credentials are looked for in the environment, the keyring of the system, `~/.config/bitflow/credentials.toml` (which only you may be able to read: `chmod 600`), and then where the tools of that place keep theirs: `~/.aws`, `~/.netrc`, `~/.ssh` and ssh-agent. `bit login ADDRESS` keeps one.\n\nA server that is reached by SSH also has to prove who it is: its key has to stand in `~/.ssh/known_hosts`. Nothing is ever trusted because it is seen for the first time.',
  },
  {
    code: 'BIT5403',
    title: 'Another place does not answer',
    text: 'It was asked several times, with growing pauses, for about half a minute, and did not answer, broke the connection or said that it is busy. What was fetched until then is kept, and the same command goes on from there.',
  },
  {
    code: 'BIT5404',
    title: 'A file in another place became another one',
    text: 'While it was being fetched, or since it was looked at, the file was written to. What was fetched of it was thrown away: half of one file and half of another is no data. Run the command again once nobody writes to it.',
  },
  {
    code: 'BIT5405',
    title: 'Something else is there already',
    text: 'A result is put where nothing is, or where the result lies that was put there before and that nobody touched since. Anything else is somebody’s data, and is kept. Choose another name, or remove it there.',
  },
  {
    code: 'BIT5406',
    title: 'This place cannot do that',
    text: 'A web server cannot say which files it has, some take no files, and each kind of place has its own form of addresses: `https://host/path/file.tif`, `s3://bucket/path/file.tif`, `sftp://user@host/absolute/path`. An address never holds a password or a token, because addresses are written down with the results: `bit login` keeps them apart.',
    wrong: 'params {\n  raw: Image = url("https://data.lab.org/a.tif?token=abc")\n}\n',
    right: 'params {\n  raw: Image = url("https://data.lab.org/a.tif")\n}\n',
  },
  {
    code: 'BIT5407',
    title: 'A file could not be brought or put',
    text: 'There is no room, here or there, or the other place failed in a way that does not pass. The message says what it answered.',
  },
];

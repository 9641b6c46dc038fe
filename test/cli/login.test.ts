import { spawn } from 'node:child_process';
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makePlace, type Place, root } from './bit.ts';

let place: Place;
let file: string;
// The keyring of whoever runs the tests is left alone.
const environment = { BIT_KEYRING: 'off' };
beforeEach(() => {
  place = makePlace();
  file = join(place.environment.HOME ?? '', '.config', 'bitflow', 'credentials.toml');
});
afterEach(() => place.remove());
const bit = (words: readonly string[], input?: string) =>
  place.bit(words, { environment, ...(input !== undefined && { input }) });

describe('bit login', () => {
  test('keeps what comes by standard input in a file that only its owner can read, and says so without it', async () => {
    const { status, out, err } = await bit(['login', 'https://data.lab.org/cells/A1.tif'], 'pa55word\n');
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toBe(
      `Kept for https://data.lab.org in ${file}, which only you can read; this machine has no keyring.\n`,
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toBe('["https://data.lab.org"]\ntoken = "pa55word"\n');
  });

  test('lists the places, and forgets', async () => {
    await bit(['login', 's3://raw-data', '--user', 'AKIA1'], 'pa55word');
    await bit(['login', 'omero://ann@images.lab.org'], 'pa55word');
    const { out } = await bit(['login', '--list']);
    expect(out).toContain('s3://raw-data');
    expect(out).toContain('omero://ann@images.lab.org');
    expect(out).not.toContain('pa55word');
    const listed = await bit(['login', '--list', '--json']);
    expect(JSON.parse(listed.out)).toEqual({
      format: 'bit/login/1',
      places: [
        { place: 'omero://ann@images.lab.org', kept: file },
        { place: 's3://raw-data', kept: file },
      ],
    });
    expect((await bit(['login', 's3://raw-data/some/key', '--forget'])).out).toBe(
      'Nothing is kept for s3://raw-data any more.\n',
    );
    expect((await bit(['login', 's3://raw-data', '--forget'])).out).toBe('Nothing was kept for s3://raw-data.\n');
    expect(readFileSync(file, 'utf8')).not.toContain('raw-data');
  });

  test.each([
    [['login'], 'needs the place'],
    [['login', 'data.lab.org'], 'needs an address of the place'],
    [['login', 's3://raw-data'], 'needs the id of the access key'],
    [['login', 'omero://images.lab.org'], 'needs the name of the user'],
    [['login', 'https://data.lab.org'], 'Nothing was given to keep'],
  ])('%j is told what is missing', async (words, said) => {
    const { status, err } = await bit(words, '');
    expect(status).toBe(2);
    expect(err).toContain(said);
  });

  test('a file that others can read is refused, with the command that puts it right', async () => {
    await bit(['login', 'https://data.lab.org'], 'pa55word');
    chmodSync(file, 0o644);
    const { status, err } = await bit(['login', 'https://other.lab.org'], 'x');
    expect(status).toBe(3);
    expect(err).toContain(`chmod 600 ${file}`);
  });

  test('what is typed is not seen', async () => {
    // Python's pty is a terminal that a test can type into; the word is typed once the terminal has stopped showing what is typed.
    const typist = `
import os, pty, sys, select
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
seen = b""
typed = False
while True:
    try:
        chunk = os.read(fd, 4096)
    except OSError:
        break
    if not chunk:
        break
    seen += chunk
    if not typed and b"Token for https://data.lab.org: " in seen:
        typed = True
        os.write(fd, b"pa55w0rdX\\x7f\\r")
sys.stdout.buffer.write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;
    const child = spawn(
      'python3',
      ['-c', typist, process.execPath, join(root, 'bin', 'bit.js'), 'login', 'https://data.lab.org'],
      {
        env: { ...place.environment, ...environment },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let seen = '';
    child.stdout.on('data', (chunk) => {
      seen += String(chunk);
    });
    const status = await new Promise((resolve) => child.on('close', resolve));
    expect(status).toBe(0);
    expect(seen).toContain('Kept for https://data.lab.org');
    expect(seen).not.toContain('pa55');
    expect(readFileSync(file, 'utf8')).toContain('token = "pa55w0rd"\n');
  });
});

import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { root } from '../cli/bit.ts';
import { type FileServer, openFileServer } from '../support/file-server.ts';
import { makePipelinePlace, type PipelinePlace, type RunReport } from '../support/pipeline-place.ts';
import { openWire } from '../support/wire.ts';

const secret = 'right-secret-4711';
const open: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** A folder in which the command runs with variables of the test. */
interface Lab extends PipelinePlace {
  readonly around: Record<string, string>;
  do(...words: readonly string[]): ReturnType<PipelinePlace['bit']>;
  json(...words: readonly string[]): Promise<{ readonly status: number | undefined; readonly report: RunReport }>;
  start(...words: readonly string[]): Started;
}

interface Started {
  readonly process: ChildProcess;
  readonly ended: Promise<{ readonly status: number | null; readonly out: string; readonly err: string }>;
}

function lab(main: string, around: Record<string, string> = {}): Lab {
  const place = makePipelinePlace({ 'main.bit': main });
  open.push({ close: () => place.remove() });
  const variables: Record<string, string> = { BIT_KEYRING: 'off', ...around };
  const made: Lab = {
    ...place,
    around: variables,
    do: (...words) => place.bit(words, { environment: variables }),
    json: async (...words) => {
      const ended = await made.do('run', 'main.bit', '--json', '--cpus', '2', ...words);
      if (!ended.out.startsWith('{')) throw new Error(`no document:\n${ended.out}\n${ended.err}`);
      return { status: ended.status, report: JSON.parse(ended.out) };
    },
    start: (...words) => {
      const child = spawn(process.execPath, [join(root, 'bin', 'bit.js'), ...words], {
        cwd: place.folder,
        env: { ...place.environment, ...variables },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let [out, err] = ['', ''];
      child.stdout.on('data', (text) => (out += String(text)));
      child.stderr.on('data', (text) => (err += String(text)));
      const ended = new Promise<{ status: number | null; out: string; err: string }>((resolve) =>
        child.on('close', (status) => resolve({ status, out, err })),
      );
      return { process: child, ended };
    },
  };
  return made;
}

const loud = `process loud {
  input { text: Text }
  output { out: Text = "out.txt" }
  script bash """
    tr a-z A-Z < "$text" > "$out"
  """
}
`;
const measure = `process measure {
  input { file: File }
  output { out: Text = "out.txt" }
  script bash """
    wc -c < "$file" > "$out"
  """
}
`;

/** Everything below a folder, as one text. */
function everything(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}
const filesBelow = (folder: string): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
    : [];
/** Bytes of fetches that are under way. */
const halfFetched = (place: PipelinePlace): number =>
  filesBelow(join(place.folder, '.bit'))
    .filter((path) => path.includes('.bit-part-'))
    .reduce((sum, path) => sum + statSync(path).size, 0);
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('a file of the web', () => {
  async function web(files: Readonly<Record<string, string | Buffer>>): Promise<FileServer> {
    const server = await openFileServer();
    open.push(server);
    for (const [path, bytes] of Object.entries(files)) server.files.set(path, Buffer.from(bytes));
    return server;
  }
  const two = (origin: string): string => `${loud}
workflow {
  let a = loud(url("${origin}/a.txt"))
  let b = loud(url("${origin}/b%20%C3%BC%23.txt"))
  publish a to "a.txt"
  publish b to "b.txt"
}
`;

  test('is fetched once; a second run fetches nothing, and one that changed runs what depends on it', async () => {
    const server = await web({ '/a.txt': 'first', '/b ü#.txt': 'second' });
    const place = lab(two(server.origin));
    const first = await place.json();
    expect(first).toMatchObject({ status: 0, report: { tasks: { ran: 2, reused: 0 } } });
    expect(place.results()).toEqual({ 'a.txt': 'FIRST', 'b.txt': 'SECOND' });
    const sent = server.sent();
    expect(sent).toBe('firstsecond'.length);
    expect((await place.json()).report.tasks).toMatchObject({ ran: 0, reused: 2 });
    expect(server.sent()).toBe(sent);
    server.files.set('/a.txt', Buffer.from('another'));
    expect((await place.json()).report.tasks).toMatchObject({ ran: 1, reused: 1 });
    expect(server.sent()).toBe(sent + 'another'.length);
    expect(place.results()).toEqual({ 'a.txt': 'ANOTHER', 'b.txt': 'SECOND' });
  });

  test('that two sources name is fetched once', async () => {
    const server = await web({ '/a.txt': 'x'.repeat(300_000) });
    const place = lab(`${loud}
workflow {
  publish loud(url("${server.origin}/a.txt")) to "one.txt"
  publish loud(url("${server.origin}/a.txt")) to "two.txt"
}
`);
    expect(await place.json()).toMatchObject({ status: 0, report: { tasks: { total: 2 } } });
    expect(server.sent()).toBe(300_000);
  });

  test('is not asked for by a plan, which says how much it is, unless it is told to', async () => {
    const server = await web({ '/a.txt': 'first', '/b ü#.txt': 'second' });
    const place = lab(two(server.origin));
    const refused = await place.do('plan', 'main.bit');
    expect(refused.status).toBe(2);
    expect(refused.err).toContain('BIT5108');
    expect(refused.err).toContain('(5 B)');
    expect(existsSync(join(place.folder, '.bit'))).toBe(false);
    expect(server.sent()).toBe(0);
    const planned = await place.do('plan', 'main.bit', '--fetch');
    expect(planned, planned.err).toMatchObject({ status: 0 });
    expect(planned.out).toContain('2 tasks: 0 to reuse, 2 to run');
    expect(server.sent()).toBe(11);
    expect((await place.do('plan', 'main.bit')).status).toBe(0);
    expect((await place.json()).report.tasks).toMatchObject({ ran: 2 });
    expect(server.sent()).toBe(11);
  });

  test('with its digest is known without asking; other bytes are refused and leave nothing', async () => {
    const server = await web({ '/a.txt': 'first' });
    const main = (digest: string): string =>
      `${loud}workflow { publish loud(url("${server.origin}/a.txt", sha256: "${digest}")) to "a.txt" }\n`;
    const place = lab(main(sha256(Buffer.from('other'))));
    const refused = await place.do('run', 'main.bit');
    expect(refused.status).toBe(2);
    expect(refused.err).toContain('BIT5110');
    expect(refused.err).toContain(sha256(Buffer.from('first')));
    expect(place.results()).toEqual({});
    expect(filesBelow(join(place.folder, '.bit/objects'))).toEqual([]);
    place.write('main.bit', main(sha256(Buffer.from('first'))));
    expect(await place.json()).toMatchObject({ status: 0 });
    const asked = server.seen.length;
    expect((await place.json()).report.tasks).toMatchObject({ reused: 1 });
    expect(server.seen.length).toBe(asked);
  });

  test.each([
    ['HEAD', 'BIT5214'],
    ['GET', 'BIT5109'],
  ])('of a server that is busy at %s is %s, with what to do, and exit status 3', async (method, code) => {
    const server = await web({ '/a.txt': 'first', '/b ü#.txt': 'second' });
    server.fail({ kind: 'status', status: 503, headers: { 'retry-after': '86400' } }, { method, times: 99 });
    const place = lab(two(server.origin));
    const ended = await place.do('run', 'main.bit');
    expect(ended.err).toContain(code);
    expect(ended.err).toMatch(/Try again later/u);
    expect(ended.status).toBe(3);
  });

  test('a credential that is refused is said, and stands nowhere', async () => {
    const server = await web({ '/a.txt': 'first', '/b ü#.txt': 'second' });
    server.configure({ authorization: 'Bearer another' });
    const place = lab(two(server.origin), { [`BIT_HTTP_TOKEN_127_0_0_1_${server.port}`]: secret });
    for (const words of [
      ['run', 'main.bit'],
      ['run', 'main.bit', '--json'],
      ['run', 'main.bit', '--events'],
      ['plan', 'main.bit', '--fetch'],
    ]) {
      const ended = await place.do(...words);
      expect(ended.status).toBe(3);
      expect(ended.out + ended.err).toMatch(/bit login|BIT5214/u);
      expect(ended.out + ended.err).not.toContain(secret);
    }
    server.configure({ authorization: `Bearer ${secret}` });
    place.write(
      'main.bit',
      two(server.origin)
        .replace('tr a-z', 'env > "$PWD/../env.txt" || true\n    env >&2\n    tr a-z')
        .replaceAll('> "$out"', '> "$out"; exit 3'),
    );
    const failed = await place.do('run', 'main.bit');
    expect(failed.status).toBe(1);
    expect(failed.out + failed.err).not.toContain(secret);
    expect(failed.err).toContain('PWD=');
    expect(everything(join(place.folder, '.bit'))).not.toContain(secret);
    expect(everything(place.environment.HOME ?? '')).not.toContain(secret);
  });

  const big = Buffer.alloc(6_000_000, 'abcdefgh');
  const bigOne = (port: number): string =>
    `${measure}workflow { publish measure(url("http://127.0.0.1:${port}/big.bin")) to "size.txt" }\n`;

  test('a fetch that was killed goes on where it was', async () => {
    const server = await web({ '/big.bin': big });
    const wire = await openWire(server);
    open.push(wire);
    const place = lab(bigOne(wire.port));
    wire.stallAfter(4_000_000);
    const started = place.start('run', 'main.bit');
    await vi.waitFor(() => expect(halfFetched(place)).toBeGreaterThan(3_000_000), { timeout: 20_000 });
    started.process.kill('SIGKILL');
    await started.ended;
    const had = halfFetched(place);
    wire.reset();
    expect(await place.json()).toMatchObject({ status: 0 });
    expect(place.results()).toEqual({ 'size.txt': '6000000\n' });
    expect(wire.received()).toBeLessThan(big.length - had + 10_000);
    expect(halfFetched(place)).toBe(0);
  });

  test('Ctrl-C ends a fetch at once, says so, and keeps what came', async () => {
    const server = await web({ '/big.bin': big });
    const wire = await openWire(server);
    open.push(wire);
    const place = lab(bigOne(wire.port));
    wire.stallAfter(4_000_000);
    const started = place.start('run', 'main.bit');
    await vi.waitFor(() => expect(halfFetched(place)).toBeGreaterThan(3_000_000), { timeout: 20_000 });
    const at = performance.now();
    started.process.kill('SIGINT');
    const ended = await started.ended;
    expect(performance.now() - at).toBeLessThan(1500);
    expect(ended.status).toBe(130);
    expect(ended.out).toContain('cancelled');
    expect(ended.out).toContain('The same command goes on from here');
    expect(ended.err).toContain('Stopping');
    wire.reset();
    expect(await place.json()).toMatchObject({ status: 0 });
    expect(wire.received()).toBeLessThan(3_100_000);
  });

  test('what a killed engine was fetching is removed by gc, and what kept runs read is not', async () => {
    const server = await web({ '/big.bin': big, '/a.txt': 'first' });
    const wire = await openWire(server);
    open.push(wire);
    const place = lab(`${loud}workflow { publish loud(url("${server.origin}/a.txt")) to "a.txt" }\n`);
    place.write('big.bit', bigOne(wire.port));
    expect(await place.json()).toMatchObject({ status: 0 });
    wire.stallAfter(4_000_000);
    const started = place.start('run', 'big.bit');
    await vi.waitFor(() => expect(halfFetched(place)).toBeGreaterThan(3_000_000), { timeout: 20_000 });
    // Not while its engine lives.
    expect(await place.do('gc')).toMatchObject({ status: 0 });
    expect(halfFetched(place)).toBeGreaterThan(3_000_000);
    started.process.kill('SIGKILL');
    await started.ended;
    const freed = await place.do('gc', '--keep', '1');
    expect(freed.out).toContain('1 unfinished fetches');
    expect(halfFetched(place)).toBe(0);
    const sent = server.sent();
    expect((await place.json()).report.tasks).toMatchObject({ reused: 1 });
    expect(server.sent()).toBe(sent);
  });

  test('two runs at the same time fetch the same file, and both have it whole', async () => {
    const server = await web({ '/big.bin': big });
    const place = lab(bigOne(server.port));
    place.write('other.bit', bigOne(server.port).replace('size.txt', 'other.txt'));
    const [one, other] = [place.start('run', 'main.bit'), place.start('run', 'other.bit')];
    expect(await one.ended).toMatchObject({ status: 0 });
    expect(await other.ended).toMatchObject({ status: 0 });
    expect(place.results()).toEqual({ 'size.txt': '6000000\n', 'other.txt': '6000000\n' });
    expect(halfFetched(place)).toBe(0);
  });

  test('what comes is told in few lines, and not where nothing is to be said', async () => {
    const server = await web({ '/big.bin': big });
    const told = async (...flags: readonly string[]) => {
      const place = lab(bigOne(server.port));
      const ended = await place.do('run', 'main.bit', ...flags);
      expect(ended.status, ended.err).toBe(0);
      return { ...ended, lines: ended.err.split('\n').filter((line) => /fetch/u.test(line)) };
    };
    const plain = await told();
    expect(plain.lines.at(-1)).toBe('fetched 1 file (6.00 MB)');
    expect(plain.lines.length).toBeLessThanOrEqual(3);
    expect((await told('--quiet')).err).toBe('');
    expect((await told('--json')).err).toBe('');
    const events = await told('--events');
    expect(events.lines).toEqual([]);
    for (const line of events.out.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('type');
  });
});

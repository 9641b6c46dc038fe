import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { root } from '../cli/bit.ts';
import { type CountingProxy, openCountingProxy } from '../support/counting-proxy.ts';
import { describeWithObjectStore, describeWithSshServer } from '../support/daemons/daemons.ts';
import { type FileServer, openFileServer } from '../support/file-server.ts';
import { type OmeroServer, omeroServer } from '../support/omero-server/omero-server.ts';
import { annotate, omeroWorld, worldImage } from '../support/omero-server/omero-world.ts';
import { makePipelinePlace, type PipelinePlace, type RunReport, textsBelow } from '../support/pipeline-place.ts';
import { homeFor } from '../support/ssh-home.ts';
import { openWire, type Wire } from '../support/wire.ts';

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
  /** On stderr, so far. */
  readonly said: () => string;
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
      return { process: child, ended, said: () => err };
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

const unfold = `process unfold {
  input { text: Text }
  output { out: Dir = "out.data" }
  script bash """
    mkdir -p "$out/0"
    cp "$text" "$out/0/a #b"
    cp "$text" "$out/.first"
    if grep -q a "$text"; then cp "$text" "$out/only-a"; fi
  """
}
`;

/** A run that fetches 6 MB as `big`, stopped twice with more than it had before, and then done. */
async function stoppedInTheMiddle(place: Lab, wire: Wire): Promise<void> {
  let had = 0;
  for (const signal of ['SIGKILL', 'SIGINT'] as const) {
    wire.reset();
    wire.stallAfter(2_500_000);
    const started = place.start('run', 'main.bit');
    await vi.waitFor(() => expect(halfFetched(place)).toBeGreaterThan(had + 1_000_000), { timeout: 20_000 });
    const at = performance.now();
    started.process.kill(signal);
    const { status } = await started.ended;
    expect(performance.now() - at).toBeLessThan(1500);
    expect(status).toBe(signal === 'SIGINT' ? 130 : null);
    had = halfFetched(place);
  }
  wire.reset();
  const last = await place.json();
  expect(last, JSON.stringify(last.report)).toMatchObject({ status: 0 });
  expect(place.results()).toEqual({ 'big.txt': '6000000\n' });
  expect(wire.received()).toBeLessThan(6_000_000 - had + 100_000);
  expect(halfFetched(place)).toBe(0);
}

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
    expect(freed.out).toContain('1 unfinished arrivals');
    expect(halfFetched(place)).toBe(0);
    expect((await place.do('gc', '--keep', '1')).out).not.toContain('unfinished');
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

describeWithObjectStore('An object store', (store) => {
  interface Bucket {
    readonly name: string;
    readonly proxy: CountingProxy;
    readonly around: Record<string, string>;
    write(key: string, text: string): Promise<void>;
    read(key: string): Promise<string | undefined>;
    count(method: string): number;
  }

  async function bucket(files: Readonly<Record<string, string>> = {}): Promise<Bucket> {
    const credentials = { accessKeyId: store.key, secretAccessKey: store.secret };
    const client = new S3Client({ endpoint: store.endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
    open.push({ close: () => client.destroy() });
    const name = `bit-${Math.random().toString(36).slice(2, 12)}`;
    await client.send(new CreateBucketCommand({ Bucket: name }));
    const proxy = await openCountingProxy(store);
    open.push(proxy);
    const write = async (Key: string, Body: string): Promise<void> =>
      void (await client.send(new PutObjectCommand({ Bucket: name, Key, Body })));
    for (const [key, text] of Object.entries(files)) await write(key, text);
    return {
      name,
      proxy,
      write,
      around: {
        AWS_ACCESS_KEY_ID: store.key,
        AWS_SECRET_ACCESS_KEY: store.secret,
        AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${proxy.port}`,
      },
      read: async (Key) => {
        const found = await client.send(new GetObjectCommand({ Bucket: name, Key })).catch(() => undefined);
        return found?.Body?.transformToString();
      },
      // Of objects: a listing is a GET of the bucket.
      count: (method) =>
        proxy.seen.filter(
          (one) => one.method === method && one.path.startsWith(`/${name}/`) && one.path.length > name.length + 2,
        ).length,
    };
  }
  const cells = (name: string, to: string): string =>
    `${loud}workflow { publish loud(s3("${name}/in/{cell}.txt")) to ${to} }\n`;

  test('gives one item for each object that matches, whatever it is called; what was fetched is not fetched again', async () => {
    const odd = 'ü #?%20&+\'"';
    const there = await bucket({
      'in/A1.txt': 'a',
      'in/B2.txt': 'b',
      [`in/${odd}.txt`]: 'c',
      'in/no.csv': 'x',
      'in/deeper/C.txt': 'x',
    });
    const place = lab(cells(there.name, '"{cell}.txt"'), there.around);
    const first = await place.json();
    expect(first).toMatchObject({ status: 0, report: { tasks: { ran: 3 } } });
    expect(first.report.published.map(({ tags }) => tags.cell).sort()).toEqual(['A1', 'B2', odd].sort());
    expect(Object.values(place.results()).sort()).toEqual(['A', 'B', 'C']);
    const gets = there.count('GET');
    expect((await place.json()).report.tasks).toMatchObject({ reused: 3 });
    expect(there.count('GET')).toBe(gets);
    await there.write('in/B2.txt', 'changed');
    expect((await place.json()).report.tasks).toMatchObject({ ran: 1, reused: 2 });
    expect(there.count('GET')).toBe(gets + 1);
    expect(place.results()['B2.txt']).toBe('CHANGED');
  });

  test('gives folders as items, with all that is in them, and one that changed runs again', async () => {
    const there = await bucket({
      'in/p1.data/.hidden': '1',
      'in/p1.data/0/a b': 'one',
      'in/p2.data/0/a': 'two',
      'in/p2.data/x.data/y': 'three',
    });
    const place = lab(
      `process together {
  input { folder: Dir }
  output { out: Text = "out.txt" }
  script bash """
    (cd "$folder" && find . -type f | sort | while read -r f; do echo "$f $(cat "$f")"; done) > "$out"
  """
}
workflow { publish together(s3("${there.name}/in/{plate}.data")) to "{plate}.txt" }
`,
      there.around,
    );
    expect(await place.json()).toMatchObject({ status: 0, report: { tasks: { ran: 2 } } });
    expect(place.results()).toEqual({
      'p1.txt': './.hidden 1\n./0/a b one\n',
      'p2.txt': './0/a two\n./x.data/y three\n',
    });
    const gets = there.count('GET');
    expect((await place.json()).report.tasks).toMatchObject({ reused: 2 });
    expect(there.count('GET')).toBe(gets);
    await there.write('in/p1.data/.hidden', 'other');
    expect((await place.json()).report.tasks).toMatchObject({ ran: 1, reused: 1 });
  });

  test('results are put there whole, once; a changed one replaces ours, and what is not ours is kept', async () => {
    const there = await bucket({ 'in/A1.txt': 'a', 'in/B 2.txt': 'b' });
    const place = lab(cells(there.name, `s3("${there.name}/out/{cell}.txt")`), there.around);
    const first = await place.do('run', 'main.bit');
    expect(first, first.err).toMatchObject({ status: 0 });
    expect(first.out).toContain(`s3://${there.name}/out/A1.txt`);
    expect(first.err.split('\n').filter((line) => /send|sent/u.test(line)).length).toBeLessThanOrEqual(2);
    expect([await there.read('out/A1.txt'), await there.read('out/B 2.txt')]).toEqual(['A', 'B']);
    const puts = there.count('PUT');
    expect(puts).toBe(2);
    expect((await place.json()).report.tasks).toMatchObject({ reused: 2 });
    expect(there.count('PUT')).toBe(puts);
    await there.write('in/A1.txt', 'new');
    expect(await place.json()).toMatchObject({ status: 0 });
    expect(await there.read('out/A1.txt')).toBe('NEW');
    expect(there.count('PUT')).toBe(puts + 1);
    // Somebody else's, where nothing of ours was, and in the place of ours.
    await there.write('in/C3.txt', 'c');
    await there.write('out/C3.txt', 'theirs');
    await there.write('out/A1.txt', 'edited');
    const refused = await place.json();
    expect(refused.status).toBe(1);
    expect(new Set(refused.report.problems.map(({ code }) => code))).toEqual(new Set(['BIT6401']));
    expect([await there.read('out/A1.txt'), await there.read('out/C3.txt')]).toEqual(['edited', 'theirs']);
    expect(everything(join(place.folder, '.bit'))).not.toContain(store.secret);
  });

  test('a folder is put there whole, once, and a changed one replaces it', async () => {
    const there = await bucket({ 'in/A1.txt': 'a' });
    const place = lab(
      `${unfold}workflow { publish unfold(s3("${there.name}/in/{cell}.txt")) to s3("${there.name}/out/{cell}.data") }
`,
      there.around,
    );
    const first = await place.json();
    expect(first, JSON.stringify(first.report)).toMatchObject({ status: 0 });
    expect([await there.read('out/A1.data/0/a #b'), await there.read('out/A1.data/only-a')]).toEqual(['a', 'a']);
    const puts = there.count('PUT');
    expect(await place.json()).toMatchObject({ status: 0 });
    expect(there.count('PUT')).toBe(puts);
    await there.write('in/A1.txt', 'new');
    expect(await place.json()).toMatchObject({ status: 0 });
    expect(await there.read('out/A1.data/.first')).toBe('new');
    expect(await there.read('out/A1.data/only-a')).toBeUndefined();
  });

  test('a stub run puts nothing there', async () => {
    const there = await bucket({ 'in/A1.txt': 'a' });
    const main = cells(there.name, `s3("${there.name}/out/{cell}.txt")`).replace(
      'script bash',
      'stub bash """\n    echo stub > "$out"\n  """\n  script bash',
    );
    const place = lab(main, there.around);
    const ended = await place.do('run', 'main.bit', '--stub');
    expect(ended, ended.err).toMatchObject({ status: 0 });
    expect(there.count('PUT')).toBe(0);
    expect(filesBelow(join(place.folder, 'results/stub')).length).toBe(1);
  });

  test('an engine that is killed when its file is there and not yet recorded knows it again by its content', async () => {
    const there = await bucket({ 'in/A1.txt': 'a' });
    const place = lab(cells(there.name, `s3("${there.name}/out/{cell}.txt")`), there.around);
    const reached = Promise.withResolvers<void>();
    const never = new Promise<void>(() => {});
    there.proxy.after('PUT', () => {
      reached.resolve();
      return never;
    });
    const started = place.start('run', 'main.bit');
    await reached.promise;
    started.process.kill('SIGKILL');
    await started.ended;
    expect(await there.read('out/A1.txt')).toBe('A');
    there.proxy.after('PUT', async () => {});
    const puts = there.count('PUT');
    const next = await place.json();
    expect(next, JSON.stringify(next.report)).toMatchObject({ status: 0 });
    expect(next.report.published).toHaveLength(1);
    expect(there.count('PUT')).toBe(puts);
  });

  test('an engine that is killed before it replaces a file of ours replaces it the next time', async () => {
    const there = await bucket({ 'in/A1.txt': 'a' });
    const place = lab(cells(there.name, `s3("${there.name}/out/{cell}.txt")`), there.around);
    expect(await place.json()).toMatchObject({ status: 0 });
    await there.write('in/A1.txt', 'new');
    const reached = Promise.withResolvers<void>();
    const never = new Promise<void>(() => {});
    there.proxy.before('PUT', () => {
      reached.resolve();
      return never;
    });
    const started = place.start('run', 'main.bit');
    await reached.promise;
    started.process.kill('SIGKILL');
    await started.ended;
    there.proxy.before('PUT', async () => {});
    expect(await there.read('out/A1.txt')).toBe('A');
    expect(await place.json()).toMatchObject({ status: 0 });
    expect(await there.read('out/A1.txt')).toBe('NEW');
  });

  test('what was published there is found, shown and traced, survives gc, and comes back with the database', async () => {
    const there = await bucket({ 'in/A1.txt': 'a', 'in/B2.txt': 'b' });
    const place = lab(cells(there.name, `s3("${there.name}/out/{cell}.txt")`), there.around);
    expect(await place.json()).toMatchObject({ status: 0 });
    const out = `s3://${there.name}/out/A1.txt`;
    const looks = async (): Promise<void> => {
      expect((await place.do('find', 'cell == "A1"')).out).toContain(out);
      expect((await place.do('lineage', out)).out).toContain(`s3://${there.name}/in/A1.txt`);
      expect((await place.do('lineage', '--down', `s3://${there.name}/in/A1.txt`)).out).toContain(out);
      expect((await place.do('show', out)).out).toContain('loud[cell=A1]');
      expect((await place.do('verify')).status).toBe(0);
    };
    await looks();
    expect((await place.do('gc', '--keep', '1')).out).toContain('0 results (0 B)');
    const asked = [there.count('GET'), there.count('PUT')];
    expect((await place.json()).report.tasks).toMatchObject({ reused: 2 });
    expect([there.count('GET'), there.count('PUT')]).toEqual(asked);
    expect(await place.do('rebuild')).toMatchObject({ status: 0 });
    await looks();
    // What is there is known by its content from now on: it is read, and not put again.
    const again = await place.json();
    expect(again, JSON.stringify(again.report)).toMatchObject({ status: 0, report: { tasks: { reused: 2 } } });
    expect(there.count('PUT')).toBe(asked[1]);
  });

  test('a fetch that is killed, or ended by Ctrl-C, goes on where it was', async () => {
    const there = await bucket({ 'in/big.bin': 'abcdefgh'.repeat(750_000) });
    const wire = await openWire(store);
    open.push(wire);
    const place = lab(`${measure}workflow { publish measure(s3("${there.name}/in/{name}.bin")) to "{name}.txt" }\n`, {
      ...there.around,
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${wire.port}`,
    });
    await stoppedInTheMiddle(place, wire);
  });

  test('Ctrl-C twice ends what is being put there, and the next run puts it', async () => {
    const there = await bucket({ 'in/A1.txt': 'a' });
    const place = lab(cells(there.name, `s3("${there.name}/out/{cell}.txt")`), there.around);
    const reached = Promise.withResolvers<void>();
    const never = new Promise<void>(() => {});
    there.proxy.before('PUT', () => {
      reached.resolve();
      return never;
    });
    const started = place.start('run', 'main.bit');
    await reached.promise;
    started.process.kill('SIGINT');
    await vi.waitFor(() => expect(started.said()).toContain('Stopping'), { timeout: 10_000 });
    started.process.kill('SIGINT');
    const ended = await started.ended;
    expect(ended.status, ended.err).toBe(130);
    expect(ended.err).not.toContain('internal');
    there.proxy.before('PUT', async () => {});
    expect(await place.json()).toMatchObject({ status: 0 });
    expect(await there.read('out/A1.txt')).toBe('A');
  });

  test('a key that is refused is said with exit status 3, and stands nowhere', async () => {
    const there = await bucket({ 'in/A1.txt': 'a' });
    if (store.server === 'moto') return;
    const place = lab(cells(there.name, '"{cell}.txt"'), { ...there.around, AWS_SECRET_ACCESS_KEY: secret });
    const ended = await place.do('run', 'main.bit');
    expect(ended.status).toBe(3);
    expect(ended.err).toContain('BIT5214');
    expect(ended.out + ended.err).not.toContain(secret);
  });
});

describe('A sheet', () => {
  test('names files here and elsewhere; all that is not there is said at once', async () => {
    const server = await openFileServer();
    open.push(server);
    server.files.set('/b c.txt', Buffer.from('far'));
    const place = lab(`${loud}workflow { publish loud(sheet("s.csv", { text: Text, cell: Str })) to "{cell}.txt" }\n`);
    place.write('near.txt', 'near');
    place.write('s.csv', `text,cell\nnear.txt,A\n${server.origin}/b%20c.txt,B\n${server.origin}/b%20c.txt,C\n`);
    const first = await place.json();
    expect(first, JSON.stringify(first.report)).toMatchObject({ status: 0 });
    expect(place.results()).toEqual({ 'A.txt': 'NEAR', 'B.txt': 'FAR', 'C.txt': 'FAR' });
    expect(server.sent()).toBe(3);
    expect((await place.json()).report.tasks).toMatchObject({ ran: 0 });
    expect(server.sent()).toBe(3);
    place.write('s.csv', `text,cell\n${server.origin}/none.txt,A\n${server.origin}/neither.txt,B\n`);
    const refused = await place.do('run', 'main.bit');
    expect(refused.status).toBe(3);
    expect(refused.err).toContain('/none.txt');
    expect(refused.err).toContain('/neither.txt');
  });
});

describeWithSshServer('An SSH server', (server) => {
  const folderThere = (): string => {
    const folder = mkdtempSync(join(tmpdir(), 'bit-ssh-run-'));
    open.push({ close: () => rmSync(folder, { recursive: true, force: true }) });
    return folder;
  };
  const put = (folder: string, files: Readonly<Record<string, string>>): void => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
  };
  async function known(main: (at: string) => string): Promise<Lab & { readonly wire: Wire }> {
    const wire = await openWire(server);
    open.push(wire);
    const home = homeFor(server, wire.port, { key: 'client' });
    open.push({ close: () => rmSync(home, { recursive: true, force: true }) });
    return { ...lab(main(`${server.user}@127.0.0.1:${wire.port}:`), { HOME: home }), wire };
  }

  test('gives files and folders as items, whatever they are called; what was fetched is not fetched again', async () => {
    const there = folderThere();
    const odd = 'ü #?%20&+\'"';
    put(there, {
      'in/A1.txt': 'a'.repeat(200_000),
      [`in/${odd}.txt`]: 'b',
      'in/p 1.data/.hidden/x': '1',
      'in/p 1.data/y#': '2',
    });
    const place = await known(
      (at) => `${loud}process files_in {
  input { folder: Dir }
  output { out: Text = "out.txt" }
  script bash """
    (cd "$folder" && find . -type f | sort) > "$out"
  """
}
workflow {
  publish loud(ssh("${at}${there}/in/{cell}.txt")) to "{cell}.txt"
  publish files_in(ssh("${at}${there}/in/{plate}.data")) to "{plate}.list"
}
`,
    );
    const first = await place.json();
    expect(first, JSON.stringify(first.report)).toMatchObject({ status: 0, report: { tasks: { ran: 3 } } });
    expect(first.report.published.map(({ tags }) => tags.cell ?? tags.plate).sort()).toEqual(['A1', 'p 1', odd].sort());
    expect(place.results()['p 1.list']).toBe('./.hidden/x\n./y#\n');
    place.wire.reset();
    expect((await place.json()).report.tasks).toMatchObject({ reused: 3 });
    expect(place.wire.received()).toBeLessThan(100_000);
    put(there, { [`in/${odd}.txt`]: 'changed' });
    expect((await place.json()).report.tasks).toMatchObject({ ran: 1, reused: 2 });
  });

  test('a fetch that is killed, or ended by Ctrl-C, goes on where it was', async () => {
    const there = folderThere();
    put(there, { 'in/big.bin': 'abcdefgh'.repeat(750_000) });
    const place = await known(
      (at) => `${measure}workflow { publish measure(ssh("${at}${there}/in/{name}.bin")) to "{name}.txt" }\n`,
    );
    await stoppedInTheMiddle(place, place.wire);
  });

  test('a folder is put there whole, once, and a changed one replaces it', async () => {
    const there = folderThere();
    put(there, { 'in/A1.txt': 'a' });
    const place = await known(
      (at) =>
        `${unfold}workflow { publish unfold(ssh("${at}${there}/in/{cell}.txt")) to ssh("${at}${there}/out/{cell}.data") }\n`,
    );
    const first = await place.json();
    expect(first, JSON.stringify(first.report)).toMatchObject({ status: 0 });
    const results = (): Readonly<Record<string, string>> => textsBelow(join(there, 'out/A1.data'));
    expect(results()).toEqual({ '.first': 'a', '0/a #b': 'a', 'only-a': 'a' });
    const inode = statSync(join(there, 'out/A1.data')).ino;
    const again = await place.json();
    expect(again, JSON.stringify(again.report)).toMatchObject({ status: 0 });
    expect(statSync(join(there, 'out/A1.data')).ino).toBe(inode);
    put(there, { 'in/A1.txt': 'new' });
    expect(await place.json()).toMatchObject({ status: 0 });
    expect(results()).toEqual({ '.first': 'new', '0/a #b': 'new' });
  });

  test('results are put there whole, once; a changed one replaces ours, and what is not ours is kept', async () => {
    const there = folderThere();
    put(there, { 'in/A1.txt': 'a', 'in/B 2.txt': 'b' });
    const place = await known(
      (at) =>
        `${loud}workflow { publish loud(ssh("${at}${there}/in/{cell}.txt")) to ssh("${at}${there}/out/{cell}.txt") }\n`,
    );
    const first = await place.json();
    expect(first, JSON.stringify(first.report)).toMatchObject({ status: 0 });
    const results = (): Readonly<Record<string, string>> => textsBelow(join(there, 'out'));
    expect(results()).toEqual({ 'A1.txt': 'A', 'B 2.txt': 'B' });
    const inode = statSync(join(there, 'out/A1.txt')).ino;
    expect(await place.json()).toMatchObject({ status: 0 });
    expect(statSync(join(there, 'out/A1.txt')).ino).toBe(inode);
    put(there, { 'in/A1.txt': 'new one' });
    expect(await place.json()).toMatchObject({ status: 0 });
    expect(results()).toEqual({ 'A1.txt': 'NEW ONE', 'B 2.txt': 'B' });
    put(there, { 'in/C3.txt': 'c', 'out/C3.txt': 'theirs!' });
    const refused = await place.json();
    expect(refused).toMatchObject({ status: 1, report: { problems: [{ code: 'BIT6401' }] } });
    expect(results()).toEqual({ 'A1.txt': 'NEW ONE', 'B 2.txt': 'B', 'C3.txt': 'theirs!' });
  });
});

// Contract-tested: the server is test/support/omero-server. None of this was run against a live OMERO.
describe('An image server', () => {
  const password = 'Grün & wide?';
  async function images(): Promise<OmeroServer> {
    const world = omeroWorld();
    world.images.push(worldImage({ id: 12 }), worldImage({ id: 13, pixels: { x: 8 } }));
    for (const [id, gene] of [
      [12, 'TP53'],
      [13, 'MYC'],
    ] as const)
      annotate(world, { kind: 'image', id }, { is: 'map', pairs: [['gene', gene]] });
    const server = await omeroServer({ world });
    open.push(server);
    return server;
  }
  const around = (server: OmeroServer): Record<string, string> => ({
    OMERO_SERVER: server.origin,
    OMERO_USER: 'ben',
    OMERO_PASSWORD: password,
  });
  const source = 'omero("Dataset:51", { gene: Str })';
  const downloads = (server: OmeroServer): number =>
    server.log.filter((line) => /archived_files|render_ome_tiff/u.test(line)).length;
  const texts = (server: OmeroServer): Readonly<Record<string, string>> =>
    Object.fromEntries(
      server.world.annotations.flatMap(({ value }) =>
        value.is === 'file' ? [[value.name, value.bytes.toString('utf8')] as const] : [],
      ),
    );

  test('gives its images with their key-value pairs as tags, and is asked for each once', async () => {
    const server = await images();
    const place = lab(`${measure}workflow { publish measure(${source}) to "{gene}.txt" }\n`, around(server));
    const planned = await place.do('plan', 'main.bit');
    expect([planned.status, planned.err]).toEqual([2, expect.stringContaining('BIT5108')]);
    const first = await place.json();
    expect(first, JSON.stringify(first.report)).toMatchObject({ status: 0, report: { tasks: { ran: 2 } } });
    expect(Object.keys(place.results()).sort()).toEqual(['MYC.txt', 'TP53.txt']);
    const before = downloads(server);
    expect(before).toBeGreaterThan(0);
    expect((await place.json()).report.tasks).toMatchObject({ reused: 2 });
    expect(downloads(server)).toBe(before);
    expect(everything(join(place.folder, '.bit'))).not.toContain(password);
  });

  test('a credential that is for one server is not given to another that an address names', async () => {
    const server = await images();
    const main = `${measure}workflow { publish measure(omero("${server.uri}/Dataset:51", { name: Str })) to "{name}.txt" }\n`;
    const place = lab(main, { ...around(server), OMERO_SERVER: 'omero.example.org' });
    const ended = await place.do('run', 'main.bit');
    expect(ended.status, ended.err).toBe(3);
    expect(ended.err).toContain('OMERO_SERVER');
    expect(server.log.filter((line) => line.startsWith('POST'))).toEqual([]);
    place.around.OMERO_SERVER = server.origin;
    place.around.OMERO_PASSWORD = secret;
    const refused = await place.do('run', 'main.bit');
    expect(refused.status, refused.err).toBe(3);
    expect(refused.out + refused.err).not.toContain(secret);
    expect(everything(place.folder)).not.toContain(secret);
  });

  test('gets results with their tags and their history up to the import, once', async () => {
    const server = await images();
    const place = lab(
      `${measure}workflow { publish measure(catalog("Cells", { cell: Str })) to omero("Dataset:52", name: "{cell}.txt") }\n`,
      around(server),
    );
    place.write('raw/A1.txt', 'a');
    place.write('raw/B2.txt', 'bbb');
    const imported = await place.do(
      'import',
      'raw/A1.txt',
      'raw/B2.txt',
      '--experiment',
      'Cells',
      '--pattern',
      '{cell}.txt',
    );
    expect(imported, imported.err).toMatchObject({ status: 0 });
    const first = await place.json();
    expect(first, JSON.stringify(first.report)).toMatchObject({ status: 0 });
    expect(first.report.published).toHaveLength(2);
    const there = texts(server);
    expect(Object.keys(there).sort()).toEqual(['A1.txt', 'A1.txt.lineage.json', 'B2.txt', 'B2.txt.lineage.json']);
    expect(there['A1.txt']).toBe('1\n');
    const lineage = there['A1.txt.lineage.json'] ?? '';
    expect(lineage).toMatch(/"experiment": ?"Cells"/u);
    expect(lineage).toContain('raw/A1.txt');
    expect(lineage).toContain('measure[cell=A1]');
    expect(lineage).not.toContain(password);
    const maps = server.world.annotations.flatMap(({ value }) => (value.is === 'map' ? [value.pairs] : []));
    expect(maps.filter((pairs) => pairs.some(([key, value]) => key === 'cell' && value === 'A1'))).toHaveLength(1);
    const many = server.world.annotations.length;
    expect((await place.json()).report.tasks).toMatchObject({ reused: 2 });
    expect(server.world.annotations.length).toBe(many);
    const uri = first.report.published[0]?.path ?? '';
    expect(uri).toBe(`${server.uri}/Dataset:52/A1.txt`);
    expect((await place.do('lineage', uri)).out).toContain('Cells');
    expect((await place.do('find', 'cell == "A1"')).out).toContain(uri);
    expect(await place.do('gc')).toMatchObject({ status: 0 });
    expect((await place.do('verify')).status).toBe(0);
    expect(everything(join(place.folder, '.bit'))).not.toContain(password);
  });

  test('gets images by the importer that the settings name', async () => {
    const server = await images();
    const place = lab(
      `process duplicate {
  input { file: File }
  output { out: File = "out.tif" }
  script bash """
    cp "$file" "$out"
  """
}
workflow { publish duplicate(${source}) to omero("Dataset:52", name: "{gene}.tif") }
`,
      { ...around(server), OMERO_SERVER: '' },
    );
    place.write(
      'importer.sh',
      `echo "$@" >> '${place.folder}/calls'; case "$(wc -l < '${place.folder}/calls')" in 1) echo Image:12;; *) echo Image:13;; esac\n`,
    );
    place.write(
      'bit.toml',
      `[omero]\nserver = "${server.origin}"\nimporter = ["/bin/sh", "${place.folder}/importer.sh", "{dataset}"]\n`,
    );
    const first = await place.json();
    expect(first, JSON.stringify(first.report)).toMatchObject({ status: 0 });
    const calls = (): readonly string[] => readFileSync(join(place.folder, 'calls'), 'utf8').trim().split('\n');
    expect(calls()).toHaveLength(2);
    for (const call of calls()) expect(call).toMatch(/^52 \S+/u);
    expect(first.report.published.map(({ path }) => path).sort()).toEqual([
      `${server.uri}/Image:12`,
      `${server.uri}/Image:13`,
    ]);
    expect(await place.json()).toMatchObject({ status: 0 });
    expect(calls()).toHaveLength(2);
  });
});

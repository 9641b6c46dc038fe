import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { makePipelinePlace, type PipelinePlace } from '../support/pipeline-place.ts';

const places: PipelinePlace[] = [];
const mounts: string[] = [];
afterEach(() => {
  for (const mount of mounts.splice(0)) execFileSync('umount', ['-l', mount]);
  for (const place of places.splice(0)) place.remove();
});

function place(main: string, files: Readonly<Record<string, string>> = {}): PipelinePlace {
  const made = makePipelinePlace({ 'main.bit': main, ...files });
  places.push(made);
  return made;
}

const copy = `
process copy_text {
  input { text: Text }
  output { out: Text = "out.txt" }
  script bash """
    cat "$text" > "$out"
  """
}
`;
const oneOutput = (declared: string, script: string, input = ''): string => `
process make_it {
  ${input}
  output { out: ${declared} }
  script bash """
    ${script}
  """
}
workflow {
  let made = make_it(${input === '' ? '' : 'file("in.txt")'})
  publish made to "out{ext}"
}
`;

describe('what is wrong with the data is said before anything runs, in one message', () => {
  test.each<readonly [string, string, Readonly<Record<string, string>>, string, RegExp]>([
    [
      'an empty glob',
      `${copy}workflow { publish copy_text(files("in/{name}.txt")) to "{name}.txt" as copies }`,
      { 'in/readme.md': '' },
      'BIT5103',
      /no file matches `in\/\{name\}\.txt`/u,
    ],
    [
      'a folder that is not there',
      `${copy}workflow { publish copy_text(files("nowhere/{name}.txt")) to "{name}.txt" as copies }`,
      {},
      'BIT5201',
      /does not exist: .*nowhere/u,
    ],
    [
      'a join without a partner',
      `${copy}workflow {
  let pairs = join(a: files("a/{name}.txt"), b: files("b/{name}.txt"), on: (name))
  publish copy_text(pairs.a) to "{name}.txt" as copies
}`,
      { 'a/x.txt': '', 'a/y.txt': '', 'b/x.txt': '' },
      'BIT5127',
      /name=y/u,
    ],
    [
      'two items on one published path, by case alone',
      `${copy}workflow { publish copy_text(files("in/{name}.txt")) to "{name}.txt" as copies }`,
      { 'in/a.txt': '1', 'in/A.txt': '2' },
      'BIT5123',
      /name=A.*name=a|name=a.*name=A/u,
    ],
    [
      'a sheet with bad cells, all of them',
      `${copy}workflow { publish copy_text(sheet("s.csv", { text: Text, day: Int })) to "{day}.txt" as copies }`,
      { 's.csv': 'text,day\na.txt,1\nb.txt,two\n,3\n', 'a.txt': '', 'b.txt': '' },
      'BIT5206',
      /row 3, column `day`: "two" is no Int; row 4, column `text`: it is empty/u,
    ],
    [
      'a name that splits in two ways',
      `${copy}workflow { publish copy_text(files("in/{cell}_{day}.txt")) to "{cell}/{day}.txt" as copies }`,
      { 'in/a_b_c.txt': '' },
      'BIT5202',
      /in more than one way: cell = "a_b", day = "c", or cell = "a", day = "b_c"/u,
    ],
    [
      'a truncated TIFF',
      `process look { input { image: Image }
  output { out: Text = "out.txt" }
  script bash """
    echo > "$out"
  """
}
workflow { publish look(file("in.tif")) to "out.txt" as looked }`,
      { 'in.tif': 'II*\u0000\u0008\u0000\u0000\u0000' },
      'BIT5102',
      /in\.tif` is not the Image/u,
    ],
  ])('%s', async (_name, main, files, code, words) => {
    const here = place(main, files);
    const { status, report, out } = await here.run();
    expect(status, out).toBe(2);
    const found = report.diagnostics?.filter((diagnostic) => diagnostic.code === code) ?? [];
    expect(found, out).toHaveLength(1);
    expect(found[0]?.message).toMatch(words);
    expect(found[0]?.help).not.toBe('');
    expect(here.results()).toEqual({});
  });
});

describe('a task that exits 0 and did not do its work has failed', () => {
  test.each<readonly [string, string, string, RegExp]>([
    [
      'a missing output',
      oneOutput('Text = "out.txt"', 'echo hello > elsewhere.txt'),
      'invalid-output',
      /did not make `out\.txt` \(there is `elsewhere\.txt`\)/u,
    ],
    [
      'a truncated TIFF',
      oneOutput('Image = "out.tif"', 'printf \'II*\\\\0\\\\10\\\\0\\\\0\\\\0\' > "$out"'),
      'invalid-output',
      /is not what its type says: `out\.tif`/u,
    ],
    ['an empty table', oneOutput('Table = "out.csv"', ': > "$out"'), 'invalid-output', /out\.csv/u],
    [
      'a link that leads outside',
      oneOutput('Text = "out.txt"', 'ln -s /etc/hostname "$out"'),
      'invalid-output',
      /symbolic link that leads out/u,
    ],
    ['a fifo', oneOutput('Text = "out.txt"', 'mkfifo "$out"'), 'invalid-output', /named pipe/u],
    [
      'a scalar of another type',
      oneOutput('Int = "n.json"', 'echo 1.5 > "$out"').replace('  publish made to "out{ext}"\n', ''),
      'invalid-output',
      /holds 1\.5, not Int/u,
    ],
  ])('%s', async (_name, main, outcome, words) => {
    const here = place(main);
    const { status, report, out } = await here.run();
    expect(status, out).toBe(1);
    expect(report.failures, out).toHaveLength(1);
    expect(report.failures[0]).toMatchObject({ outcome });
    expect(report.failures[0]?.message).toMatch(words);
    expect(here.results()).toEqual({});
  });

  test('a script that alters its input fails, and the original is as it was', async () => {
    const here = place(
      oneOutput('Text = "out.txt"', 'echo gone > "$text"; cp "$text" "$out"', 'input { text: Text }'),
      { 'in.txt': 'precious' },
    );
    const { status, report, out } = await here.run();
    expect(status, out).toBe(1);
    expect(report.failures[0]?.stderrTail ?? report.failures[0]?.message).toMatch(
      /[Rr]ead-only|Permission denied|not what it was/u,
    );
    expect(readFileSync(join(here.folder, 'in.txt'), 'utf8')).toBe('precious');
  });
});

describe('an input that is gone or changed while a task runs', () => {
  test('is named as the cause, not the tool that could not read it', async () => {
    const here = place(
      `process look {
  input { text: Text }
  output { out: Text = "out.txt" }
  script bash """
    sleep 1
    cat "$text" > "$out"
  """
}
workflow { publish look(file("in.txt")) to "out.txt" as looked }`,
      { 'in.txt': 'here' },
    );
    const run = here.run();
    const work = join(here.folder, '.bit/work');
    const staged = (): boolean =>
      existsSync(work) &&
      readdirSync(work, { recursive: true, encoding: 'utf8' }).some((name) => name.endsWith('task/text.txt'));
    while (!staged()) await new Promise((resolve) => setImmediate(resolve));
    rmSync(join(here.folder, 'in.txt'));
    const { status, report, out } = await run;
    expect(status, out).toBe(1);
    expect(report.failures, out).toMatchObject([{ outcome: 'input-changed' }]);
    expect(report.failures[0]?.message).toContain('in.txt');
  });

  test.each(['sampled', 'stat'])('fingerprint: "%s" is compared with itself', async (fingerprint) => {
    const here = place(
      `${copy}workflow { publish copy_text(files("in/{name}.txt", fingerprint: "${fingerprint}")) to "{name}.txt" as copies }`,
      { 'in/a.txt': 'a', 'in/.hidden.txt': 'no' },
    );
    const { report, out } = await here.run();
    expect(report.status, out).toBe('succeeded');
    expect(here.results()).toEqual({ 'a.txt': 'a' });
    expect((await here.run()).report.tasks).toMatchObject({ ran: 0, reused: 1 });
  });
});

describe('files that no run published are never overwritten', () => {
  test('the run says which, and goes on from there once it is moved', async () => {
    const here = place(`${copy}workflow { publish copy_text(files("in/{name}.txt")) to "{name}.txt" as copies }`, {
      'in/a.txt': 'new',
      'results/a.txt': 'mine',
    });
    const first = await here.run();
    expect(first.status).toBe(1);
    expect(first.report.problems[0]?.message).toContain('a.txt');
    expect(here.results()).toEqual({ 'a.txt': 'mine' });
    execFileSync('mv', [join(here.folder, 'results/a.txt'), join(here.folder, 'kept.txt')]);
    const second = await here.run();
    expect(second.report.tasks).toMatchObject({ ran: 0, reused: 1 });
    expect(here.results()).toEqual({ 'a.txt': 'new' });
  });
});

describe('the store', () => {
  const canMount = (() => {
    try {
      execFileSync('unshare', ['-m', 'true']);
      return process.getuid?.() === 0;
    } catch {
      return false;
    }
  })();

  const big = `
process fill {
  input { n: Int }
  output { out: File = "out.bin" }
  script bash """
    head -c 3000000 /dev/urandom > "$out"
  """
}
workflow {
  let filled = fill(values([1, 2, 3, 4, 5, 6]))
  publish filled to "{value}.bin"
}
`;

  test.runIf(canMount)(
    'a full disk ends the run with "try again"; with space, the same command goes on without repeating what was finished',
    async () => {
      const here = place(big);
      const store = join(here.folder, 'small');
      mkdirSync(store);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', store]);
      mounts.push(store);
      const first = await here.bit(['run', 'main.bit', '--store', join(store, '.bit')]);
      expect([1, 75], first.out + first.err).toContain(first.status);
      expect(first.out + first.err).toMatch(/full|No space left/iu);
      execFileSync('mount', ['-o', 'remount,size=200m', store]);
      const second = await here.run('--store', join(store, '.bit'));
      expect(second.report.status, second.out + second.err).toBe('succeeded');
      expect(second.report.tasks.total).toBe(6);
      expect(Object.keys(here.results())).toHaveLength(6);
    },
  );

  test.runIf(canMount)('a read-only store is said, with exit status 3', async () => {
    const here = place(big.replace('3000000', '30'));
    const store = join(here.folder, 'fixed');
    mkdirSync(store);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'tmpfs', store]);
    mounts.push(store);
    await here.run('--store', join(store, '.bit'));
    execFileSync('mount', ['-o', 'remount,ro', store]);
    const { status, out, err } = await here.bit(['run', 'main.bit', '--store', join(store, '.bit')]);
    expect(status, out + err).toBe(3);
    expect(out + err).toMatch(/read-only/iu);
  });

  test('a database from a newer version is refused with exit status 3, and left as it is', async () => {
    const here = place(big.replace('3000000', '30'));
    await here.run();
    const database = join(here.folder, '.bit/bit.db');
    const { default: sqlite } = await import('sqlite3');
    await new Promise<void>((resolve, reject) => {
      const db = new sqlite.Database(database, () =>
        db.exec('PRAGMA user_version = 9999', (error) => (error ? reject(error) : db.close(() => resolve()))),
      );
    });
    const before = readFileSync(database);
    const { status, out, err } = await here.bit(['run', 'main.bit']);
    expect(status, out + err).toBe(3);
    expect(out + err).toMatch(/newer/u);
    expect(readFileSync(database).equals(before)).toBe(true);
  });

  test('two runs at once on one store both succeed, and shared tasks run once', async () => {
    const main = `
process slow {
  input { n: Int }
  output { out: Text = "out.txt" }
  script bash """
    sleep 0.1
    echo "$n" > "$out"
  """
}
workflow {
  let made = slow(values(range(0, 12)))
  publish made to "{value}.txt"
}
`;
    const here = place(main);
    here.write('other.bit', main);
    const [left, right] = await Promise.all([
      here.run(),
      here.bit(['run', 'other.bit', '--json', '--cpus', '2', '--outdir', 'others', '--store', '.bit']),
    ]);
    const other: typeof left.report = JSON.parse(right.out);
    expect(left.report.status, left.out + left.err).toBe('succeeded');
    expect(other.status, right.out + right.err).toBe('succeeded');
    expect(left.report.tasks.ran + other.tasks.ran).toBe(12);
    expect(left.report.tasks.reused + other.tasks.reused).toBe(12);
  });

  test('an object that was cut short is found by `verify`, and made again', async () => {
    const here = place(big.replace('3000000', '300'));
    const { report } = await here.run();
    const digest = report.published[0]?.digest.replace('blake3:', '') ?? '';
    const path = join(here.folder, '.bit/objects', digest.slice(0, 2), digest.slice(2));
    truncateSync(path, 100);
    const verify = await here.bit(['verify']);
    expect(verify.status, verify.out + verify.err).toBe(1);
    expect(verify.out).toContain(digest.slice(0, 8));
    writeFileSync(join(here.folder, 'results/1.bin'), readFileSync(join(here.folder, 'results/1.bin')));
    expect((await here.run()).report.tasks).toMatchObject({ ran: 1, reused: 5 });
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, test } from 'vitest';
import { makePlace, root } from './bit.ts';

const place = makePlace();
afterAll(() => place.remove());
const { bit } = place;

describe('the command', () => {
  test('without words it says what it can do', async () => {
    const { status, out, err } = await bit([]);
    expect(status).toBe(0);
    expect(err).toBe('');
    await expect(out).toMatchFileSnapshot('golden/help.txt');
  });

  test.each(['run', 'plan', 'check', 'fmt', 'env', 'config'])(
    '`bit %s --help` shows usage, flags and an example',
    async (verb) => {
      const { status, out } = await bit([verb, '--help']);
      expect(status).toBe(0);
      await expect(out).toMatchFileSnapshot(`golden/help-${verb}.txt`);
      expect((await bit(['help', verb])).out).toBe(out);
    },
  );

  test('every verb has a summary, an example and JSON', async () => {
    const { out } = await bit(['help', '--json']);
    const { format, verbs } = JSON.parse(out);
    expect(format).toBe('bit/help/1');
    for (const verb of verbs) {
      expect(verb.summary, verb.name).toMatch(/^\S.*[^.]$/);
      expect(verb.examples.length, verb.name).toBeGreaterThan(0);
    }
  });

  test('`bit version` is one line, also as --version', async () => {
    const { status, out } = await bit(['version']);
    expect(status).toBe(0);
    expect(out).toMatch(/^bit \d+\.\d+\.\d+ \(node \d+\.\d+\.\d+, \w+ \w+\)\n$/);
    expect((await bit(['--version'])).out).toBe(out);
    expect(JSON.parse((await bit(['version', '--json'])).out)).toMatchObject({
      format: 'bit/version/1',
      platform: process.platform,
    });
  });

  test.each([
    ['verb', ['rnu', 'cells.bit']],
    ['pipeline-as-verb', ['cells.bit']],
    ['flag', ['version', '--jsn']],
    ['operand', ['help', 'run', 'plan']],
    ['missing-operand', ['completion']],
    ['choice', ['completion', 'bash2']],
    ['missing-file', ['check', 'nowhere.bit']],
    ['empty-file', ['check', '']],
    ['empty-pipeline', ['run', '']],
  ])('a wrong %s is underlined, exits 2, and is data under --json', async (name, words) => {
    const { status, out, err } = await bit(words);
    expect(status).toBe(2);
    expect(out).toBe('');
    await expect(err).toMatchFileSnapshot(`golden/wrong-${name}.txt`);
    const asJson = await bit([...words, '--json']);
    expect(asJson.status).toBe(2);
    expect(asJson.err).toBe('');
    expect(JSON.parse(asJson.out)).toMatchObject({
      format: 'bit/diagnostics/1',
      diagnostics: [{ severity: 'error', file: 'command line' }],
    });
  });

  test('colours: none in a pipe, where asked for, and never against --color', async () => {
    const colour = '\u001b[';
    expect((await bit(['help'])).out).not.toContain(colour);
    expect((await bit(['help'], { environment: { FORCE_COLOR: '1' } })).out).toContain(colour);
    expect((await bit(['help', '--color', 'always'])).out).toContain(colour);
    expect((await bit(['help', '--color', 'never'], { environment: { FORCE_COLOR: '1' } })).out).not.toContain(colour);
    expect((await bit(['help', '--color=always'], { environment: { NO_COLOR: '1' } })).out).toContain(colour);
  });

  test('a reader that goes away ends it quietly', async () => {
    const child = spawn(process.execPath, [join(root, 'bin', 'bit.js'), 'help', '--json'], {
      cwd: place.folder,
      env: place.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let err = '';
    child.stderr.on('data', (text) => {
      err += text;
    });
    const [status] = await once(child, 'close');
    expect({ status, err }).toEqual({ status: 0, err: '' });
  });

  test('a Node that is too old is told so in one line', async () => {
    const pretend = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.11.1' } });";
    place.write('old-node.cjs', pretend);
    const ended = await execa(
      process.execPath,
      ['--require', './old-node.cjs', join(root, 'bin', 'bit.js'), 'run', 'x.bit'],
      {
        cwd: place.folder,
        env: place.environment,
        extendEnv: false,
        reject: false,
      },
    );
    expect(ended.exitCode).toBe(3);
    expect(ended.stdout).toBe('');
    expect(ended.stderr).toBe(
      'bit needs Node.js 22 or newer; this is v20.11.1: install a newer one from nodejs.org, or put one that is here first on PATH',
    );
  });
});

describe('bit config', () => {
  test('shows what holds and who said it', async () => {
    const here = makePlace({ 'bit.toml': 'cpus = 3\nmemory = "8 GB"\n\n[profile.big]\ncpus = 32\n' });
    const { out } = await here.bit(['config'], { environment: { BIT_ON_ERROR: 'finish' } });
    await expect(out.replaceAll(here.folder, '.')).toMatchFileSnapshot('golden/config.txt');
    const why = await here.bit(['config', '--why', 'cpus', '--profile', 'big'], { environment: { BIT_CPUS: '4' } });
    await expect(why.out.replaceAll(here.folder, '.')).toMatchFileSnapshot('golden/config-why.txt');
    expect(JSON.parse((await here.bit(['config', '--json'])).out).settings.cpus).toMatchObject({
      value: 3,
      from: join(here.folder, 'bit.toml'),
    });
    here.remove();
  });

  test('shows what is said of processes and labels, and for a pipeline what holds for each process', async () => {
    const here = makePlace({
      'bit.toml': `[slurm]
account = "lab"
pack = "1 min"

[process."*"]
retry = 1

[label.heavy]
memory = "64 GB"
time = "2 h"

[process.other]
cpus = 2

[profile.big.process.segment]
memory = "128 GB"
extra = ["--exclusive", "--comment=two words"]
`,
      'cells.bit':
        'edition 1\n\nprocess segment {\n  output { t: Text = "t.txt" }\n  label heavy\n  exec ["touch", t]\n}\n\nworkflow {\n  publish segment() to "t.txt" as t\n}\n',
    });
    const told = async (...words: string[]): Promise<string> => {
      const { status, out } = await here.bit(['config', ...words]);
      expect(status).toBe(0);
      return out.replaceAll(here.folder, '.');
    };
    const lines = async (...words: string[]): Promise<string> =>
      (await told(...words))
        .split('\n')
        .filter((line) => /^ {2}(label|process|slurm\.(account|pack))/.test(line))
        .join('\n');
    const why = 'process.segment.memory';
    const texts = [
      await lines('--profile', 'big'),
      await lines('cells.bit', '--profile', 'big'),
      await told('cells.bit', '--profile', 'big', '--why', why),
      await told('--why', 'slurm.account'),
      await told('--why', 'slurm.qos'),
      await told('cells.bit', '--why', 'process.segment.cpus'),
    ];
    await expect(texts.join('\n\n')).toMatchFileSnapshot('golden/config-processes.txt');

    const json = JSON.parse(await told('--profile', 'big', '--json'));
    expect(json.settings['slurm.account']).toMatchObject({ value: 'lab', from: './bit.toml' });
    expect(json.settings['slurm.pack'].value, 'in seconds').toBe(60);
    expect(json.labels).toMatchObject({ heavy: { memory: { value: 64e9 }, time: { value: 7200 } } });
    expect(json.processes).toMatchObject({
      '*': { retry: { value: 1, from: './bit.toml [process."*"]' } },
      segment: { extra: { value: ['--exclusive', '--comment=two words'] } },
    });
    const one = JSON.parse(await told('cells.bit', '--profile', 'big', '--json', '--why', why));
    expect({ ...one, format: undefined }).toEqual({
      settings: {},
      processes: {
        segment: {
          memory: {
            value: 128e9,
            from: './bit.toml [profile.big.process.segment]',
            said: [
              { by: './bit.toml [label.heavy]', text: '64 GB', value: 64e9 },
              { by: './bit.toml [profile.big.process.segment]', text: '128 GB', value: 128e9 },
            ],
          },
        },
      },
      labels: {},
    });
    const wrong = await here.bit(['config', 'cells.bit', '--why', 'process.segment.memry']);
    expect(wrong.status).toBe(2);
    expect(wrong.err).toContain('Did you mean `process.segment.memory`');
    here.remove();
  });

  test('an unknown setting is a warning, a wrong value an error under its line', async () => {
    const here = makePlace({ 'bit.toml': 'cpu = 3\n' });
    const { status, err } = await here.bit(['config']);
    expect(status).toBe(0);
    expect(err.replaceAll(here.folder, '.')).toMatchInlineSnapshot(`
      "warning BIT5906  There is no setting \`cpu\`; it is not used
       ┌─ bit.toml:1:1
      1│ cpu = 3
       │ ^^^
        Did you mean \`cpus\`?
      "
    `);
    here.write('bit.toml', 'cpus = "many"\n');
    expect((await here.bit(['config'])).status).toBe(2);
    here.remove();
  });
});

describe('bit completion', () => {
  test('bash takes the script, and it completes verbs, flags, choices and pipelines', async () => {
    const here = makePlace({ 'cells.bit': '', 'notes.txt': '' });
    here.write('bit.bash', (await here.bit(['completion', 'bash'])).out);
    const complete = async (...words: string[]): Promise<string[]> => {
      const script = `source ./bit.bash; COMP_WORDS=(bit "$@"); COMP_CWORD=$#; _bit; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout } = await execa('bash', ['-c', script, 'bash', ...words], { cwd: here.folder });
      return stdout.split('\n');
    };
    expect(await complete('co')).toEqual(['config', 'completion']);
    expect(await complete('run', '--on-e')).toEqual(['--on-error']);
    expect(await complete('run', '--on-error', 'f')).toEqual(['fail', 'finish']);
    expect(await complete('run', '')).toEqual(['cells.bit']);
    expect(await complete('completion', 'z')).toEqual(['zsh']);
    here.remove();
  });

  test.each(['zsh', 'fish'])('%s gets a script that names every verb', async (shell) => {
    const { out } = await bit(['completion', shell]);
    const { verbs } = JSON.parse((await bit(['help', '--json'])).out);
    for (const verb of verbs) expect(out).toContain(verb.name);
  });
});

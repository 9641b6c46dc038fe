import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { openCondaLab } from '../support/conda-lab.ts';
import { describeWithSlurm, eitherCluster } from '../support/daemons/daemons.ts';
import { makeWheel } from '../support/make-wheel.ts';
import { makePlace } from './bit.ts';

vi.setConfig({ testTimeout: 300_000 });

const pipeline = (environment: string): string => `process p {
  output { said: File = "said.txt" }
  environment { ${environment} }
  script bash """
    measure > said.txt
  """
}
workflow { publish p().said to "said.txt" }
`;

test('a conda environment, from the first run to its removal', async () => {
  const place = makePlace({ 'a.bit': pipeline('conda: ["measure"]'), 'b.bit': pipeline('system: ["bash"]') });
  const lab = openCondaLab(place.folder, 'micromamba');
  lab.addPackage('measure', '1.19', {
    'bin/measure': '#!/bin/sh\necho "$MEASURE_DATA"\n',
    'etc/conda/activate.d/measure.sh': 'export MEASURE_DATA="set by activation"\n',
  });
  const environment = { PATH: `${lab.bin}:${process.env.PATH}` };
  const bit = (...words: string[]) => place.bit(words, { environment });

  expect((await bit('env', 'list', 'a.bit')).out).toMatch(/^ *p +unbuilt +conda \w{6} \(measure\)\n$/);
  const run = await bit('run', 'a.bit');
  expect(run, run.err).toMatchObject({ status: 0 });
  expect(readFileSync(join(place.folder, 'results/said.txt'), 'utf8')).toBe('set by activation\n');
  expect((await bit('env', 'lock', 'a.bit')).out).toMatch(/^# p\nmeasure-1\.19-0\.tar\.bz2 md5=[0-9a-f]{32}\n# bash: /);
  expect(JSON.parse((await bit('env', 'list', '--json')).out)).toMatchObject({
    environments: [{ kind: 'conda', packages: ['measure'], python: null }],
  });

  // Whoever still needs it keeps it.
  expect(JSON.parse((await bit('env', 'prune', 'a.bit', '--json')).out)).toMatchObject({ removed: [] });
  expect(JSON.parse((await bit('env', 'prune', 'b.bit', '--json')).out).removed).toEqual([
    expect.stringMatching(/^conda-/),
  ]);

  // It comes back as it was, and so nothing runs again.
  lab.addPackage('measure', '1.20', { 'bin/measure': '#!/bin/sh\necho newer\n' });
  expect((await bit('env', 'build', 'a.bit')).status).toBe(0);
  expect((await bit('run', 'a.bit')).out).toMatch(/\b1 task: 1 reused/);
  expect((await bit('env', 'list', 'a.bit')).out).toContain('ready');
  place.remove();
});

test('modules are loaded before the run, and tasks need no module command', async () => {
  const commands = moduleCommands();
  const place = makePlace({ 'a.bit': pipeline('modules: ["measure/1.0"]') });
  const tools = join(place.folder, 'tools');
  mkdirSync(join(tools, 'bin'), { recursive: true });
  writeFileSync(join(tools, 'bin/measure'), '#!/bin/sh\necho "$MEASURE_HOME; $(type module 2>&1 | tail -n 1)"\n', {
    mode: 0o755,
  });
  mkdirSync(join(place.folder, 'modulefiles/measure'), { recursive: true });
  writeFileSync(
    join(place.folder, 'modulefiles/measure/1.0'),
    `#%Module1.0\nprepend-path PATH ${tools}/bin\nsetenv MEASURE_HOME "here it is"\n`,
  );
  const environment = {
    MODULESHOME: join(commands, 'lmod/usr/share/lmod/lmod'),
    MODULEPATH: join(place.folder, 'modulefiles'),
  };
  const run = await place.bit(['run', 'a.bit'], { environment });
  expect(run, run.err).toMatchObject({ status: 0 });
  expect(readFileSync(join(place.folder, 'results/said.txt'), 'utf8')).toMatch(/^here it is; .*not found\n$/);

  place.write('a.bit', pipeline('modules: ["measure/2.0"]'));
  const refused = await place.bit(['run', 'a.bit'], { environment });
  expect(refused.status).toBe(3);
  expect(refused.err).toContain('BIT5034');
  expect(refused.err).toContain('There is `measure/1.0`.');
  place.remove();
});

describeWithSlurm('environments on a cluster', eitherCluster, (slurm) => {
  test('conda, modules and pip are used where they lie in the store, and what a job made is reused here', async () => {
    const place = makePlace();
    const lab = openCondaLab(place.folder, 'micromamba');
    lab.addPackage('measure', '1.19', { 'bin/measure': '#!/bin/sh\necho "$CONDA_PREFIX"\n' });
    const wheel = makeWheel(place.folder, 'bitflow-sample', '1.2.0');
    mkdirSync(join(place.folder, 'modulefiles'));
    writeFileSync(join(place.folder, 'modulefiles/site'), '#%Module1.0\nsetenv SITE "of the site"\n');
    place.write(
      'a.bit',
      `process conda {
  output { said: File = "said.txt" }
  environment { conda: ["measure"], modules: ["site"] }
  script bash """
    echo "$SITE $(measure)" > said.txt
  """
}
process pip {
  output { said: File = "said.txt" }
  environment { pip: ["${wheel}"] }
  script python """
    import bitflow_sample
    open("said.txt", "w").write(bitflow_sample.version)
  """
}
workflow {
  publish conda().said to "conda.txt"
  publish pip().said to "pip.txt"
}
`,
    );
    const commands = moduleCommands();
    const environment = {
      ...slurm.env,
      PATH: `${lab.bin}:${process.env.PATH}`,
      MODULESHOME: join(commands, 'environment-modules/usr/share/modules'),
      MODULEPATH: join(place.folder, 'modulefiles'),
    };
    const run = await place.bit(['run', 'a.bit', '--runner', 'slurm'], { environment });
    expect(run, run.err).toMatchObject({ status: 0, out: expect.stringContaining('2 tasks: 2 ran') });
    const said = (name: string) => readFileSync(join(place.folder, 'results', name), 'utf8');
    expect(said('conda.txt')).toMatch(/^of the site \/.*\/conda-[0-9a-f]{16}\n$/);
    expect(said('pip.txt')).toBe('1.2.0');
    expect((await place.bit(['run', 'a.bit'], { environment })).out).toContain('2 tasks: 2 reused');
    place.remove();
  });
});

/** Both module commands of Debian, in a folder. */
function moduleCommands(): string {
  const commands = join(process.env.BIT_TEST_STATE ?? '/tmp/bit-test-daemons', 'module-commands');
  const script = fileURLToPath(new URL('../support/module-commands.sh', import.meta.url));
  execFileSync(script, [commands], { stdio: ['ignore', 'ignore', 'inherit'] });
  return commands;
}

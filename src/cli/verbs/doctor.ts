import { findStore } from '../../store/find-store.ts';
import { layoutOf } from '../../store/layout.ts';
import { examineMachine } from '../doctor/examine-machine.ts';
import type { Examined } from '../doctor/examined.ts';
import { formats } from '../formats.ts';
import { placementOf } from '../settings/placement.ts';
import { loadSettings } from '../settings/settings.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  name: 'doctor',
  summary: 'what this machine can run, and what is missing',
  operands: [],
  flags: {},
  examples: [
    [
      'bit doctor',
      'languages, environments, containers, the cluster, each with the command that installs what is missing',
    ],
  ],
  async run(invocation) {
    const { terminal, global, folder } = invocation;
    const settings = await loadSettings(invocation, { beside: folder });
    const { values } = settings;
    const { runner, docker, slurm } = placementOf(settings);
    const store = values.store ?? findStore(folder);
    const checks = await examineMachine({
      folder,
      store,
      probes: store === undefined ? undefined : layoutOf(store).environments,
      offline: values.offline === 'true',
      runner,
      dockerHost: docker.host,
      shared: slurm.shared,
    });
    const unable = checks.some((check) => check.needed && check.state === 'missing');
    if (global.json) {
      terminal.json({
        format: formats.doctor,
        checks: checks.map(({ name, state, needed, found, install }) => ({
          name,
          state,
          needed,
          found,
          install: install ?? null,
        })),
      });
      return unable ? 3 : 0;
    }
    const { green, yellow, red, dim } = terminal.out.colors;
    const marks: Readonly<Record<Examined['state'], string>> = { ok: green('✓'), weak: yellow('!'), missing: red('✗') };
    const width = Math.max(...checks.map((check) => check.name.length));
    for (const check of checks) {
      const mark = check.state === 'missing' && !check.needed ? dim('–') : marks[check.state];
      terminal.out.line(`${mark} ${check.name.padEnd(width)}  ${check.found}`);
      if (check.install !== undefined) terminal.out.line(`  ${' '.repeat(width)}  ${dim(check.install)}`);
    }
    terminal.out.line();
    terminal.out.line(
      unable
        ? red('Something that pipelines need here is missing.')
        : 'This machine can run pipelines; what is marked – is only needed by those that use it.',
    );
    return unable ? 3 : 0;
  },
});

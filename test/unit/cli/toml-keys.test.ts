import { expect, test } from 'vitest';
import { tomlKeys } from '../../../src/cli/settings/toml-keys.ts';

const text = `# cpus = 1
cpus = 8 # memory = 2
slurm.account = "lab # [no]"
names = [ "a = 1", # b = 2
  "c", { deep = 1 } ]
note = """
inside = 3
"""
quiet = '''[not.a.table]'''
when = 1979-05-27 07:32:00

[ profile . "two words" ]
docker = { host = "x", registry = 'y' }
[[many]]
one = 1
[process.'seg ment']
memory="8 GB"
`;

test('every key of a file is found where it stands, and nothing in comments or texts', () => {
  const keys = tomlKeys(text);
  expect(keys.map(({ path, start, end }) => `${path.join(' > ')}: ${text.slice(start, end)}`)).toEqual([
    'cpus: cpus',
    'slurm: slurm',
    'slurm > account: account',
    'names: names',
    'names > deep: deep',
    'note: note',
    'quiet: quiet',
    'when: when',
    'profile: profile',
    'profile > two words: "two words"',
    'profile > two words > docker: docker',
    'profile > two words > docker > host: host',
    'profile > two words > docker > registry: registry',
    'many: many',
    'many > one: one',
    'process: process',
    "process > seg ment: 'seg ment'",
    'process > seg ment > memory: memory',
  ]);
});

test.each(['= 3', '[a', 'a = [1, ', 'a = "open', 'a = { b = ', '[]\n= = ='])(
  '%j, which is no TOML, ends it',
  (wrong) => {
    expect(tomlKeys(wrong).length).toBeLessThan(3);
  },
);

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ScriptValue } from '../../src/engine/ports/runner.ts';
import { openLocalRunner } from '../../src/runners/local/index.ts';
import { hostileNames } from '../support/hostile-names.ts';
import { type Lab, type LaunchParts, openLab, programs, realPython } from '../support/runner-lab.ts';

vi.setConfig({ testTimeout: 60_000 });

/**
 * Sixty names as text, as list, as tag, as the tag of an element, inside a record, as name of an input and of an output: each language
 * writes down what it was given, byte for byte, and nothing in a name is ever run.
 */
let lab: Lab;
beforeAll(async () => {
  lab = await openLab((workFolder) => openLocalRunner({ workFolder, slots: 2 }));
  mkdirSync(join(lab.folder, 'inputs'));
  for (const name of fileNames) writeFileSync(join(lab.folder, 'inputs', name), `content of ${name}`);
});
afterAll(() => lab.close());

const fileNames = hostileNames.filter((name) => name !== '.' && name !== '..');
const text = (value: string): ScriptValue => value;

const everything: LaunchParts = {
  document: {
    input: {
      names: { list: hostileNames.map(text) },
      pairs: { list: hostileNames.map((name) => ({ record: { left: name, right: `${name}${name}` } })) },
      files: { list: fileNames.map((name) => ({ path: `files/${name}` })) },
    },
    output: Object.fromEntries(
      fileNames.map((name, index) => [`out_${index}`, { kind: 'path', path: `made/${name}` } as const]),
    ),
    tag: Object.fromEntries(hostileNames.map((name, index) => [`t${index}`, name])),
    tagsOf: { files: hostileNames.map((name) => ({ well: name })) },
  },
  folders: ['made'],
};

function staged(): LaunchParts['staged'] {
  return fileNames.map((name) => ({
    source: join(lab.folder, 'inputs', name),
    directory: false,
    target: `files/${name}`,
  }));
}

/** What each script is to write to standard output: every value, ended by NUL. */
const expected = [
  ...hostileNames,
  ...hostileNames.flatMap((name) => [name, `${name}${name}`]),
  ...hostileNames,
  ...hostileNames,
  ...fileNames.map((name) => `content of ${name}`),
];

const scripts: readonly (readonly [language: string, text: string])[] = [
  [
    'bash',
    `printf '%s\\0' "\${names[@]}"
for index in "\${!pairs__left[@]}"; do printf '%s\\0' "\${pairs__left[index]}" "\${pairs__right[index]}"; done
for ((index = 0; index < ${hostileNames.length}; index++)); do name=tag_t$index; printf '%s\\0' "\${!name}"; done
printf '%s\\0' "\${files__well[@]}"
for file in "\${files[@]}"; do cat <"$file"; printf '\\0'; done
for ((index = 0; index < ${fileNames.length}; index++)); do name=out_$index; echo "$index" >"\${!name}"; done
`,
  ],
  [
    'python',
    `import sys
from bitflow import task
def say(value): sys.stdout.buffer.write(value.encode() + b"\\0")
for name in task.input.names: say(name)
for pair in task.input.pairs: say(pair.left); say(pair["right"])
for index in range(${hostileNames.length}): say(task.tag["t%d" % index])
for row in task.tags_of.files: say(row.well)
for file in task.input.files: say(file.read_bytes().decode())
for index in range(${fileNames.length}): task.output["out_%d" % index].write_text("%d\\n" % index)
`,
  ],
  [
    'perl',
    `sub say0 { print STDOUT $_[0], "\\0" }
say0($_) for @{ $task->{input}{names} };
for my $pair (@{ $task{input}{pairs} }) { say0($pair->{left}); say0($pair->{right}) }
say0($task->{tag}{"t$_"}) for 0 .. ${hostileNames.length - 1};
say0($_->{well}) for @{ $task->{tags_of}{files} };
for my $name (@{ $task->{input}{files} }) { open my $file, '<:raw', $name or die "$name: $!"; local $/; say0(scalar <$file>) }
for my $index (0 .. ${fileNames.length - 1}) { open my $file, '>:raw', $task->{output}{"out_$index"} or die $!; print $file "$index\\n" }
`,
  ],
  [
    'node',
    `const { readFileSync, writeFileSync } = require('node:fs');
const said = [];
said.push(...task.input.names);
for (const pair of task.input.pairs) said.push(pair.left, pair.right);
for (let index = 0; index < ${hostileNames.length}; index++) said.push(task.tag['t' + index]);
for (const row of task.tags_of.files) said.push(row.well);
for (const file of task.input.files) said.push(readFileSync(file, 'utf8'));
for (let index = 0; index < ${fileNames.length}; index++) writeFileSync(task.output['out_' + index], index + '\\n');
writeFileSync(1, said.map((value) => value + '\\0').join(''));
`,
  ],
  [
    'r',
    `out <- file("/dev/stdout", "wb")
say <- function(value) { writeBin(charToRaw(enc2utf8(value)), out); writeBin(as.raw(0), out) }
for (name in task$input$names) say(name)
for (pair in task$input$pairs) { say(pair$left); say(pair[["right"]]) }
for (index in 0:${hostileNames.length - 1}) say(task$tag[[paste0("t", index)]])
for (row in task$tags_of$files) say(row$well)
for (name in task$input$files) { writeBin(readBin(name, "raw", 10000), out); writeBin(as.raw(0), out) }
for (index in 0:${fileNames.length - 1}) writeBin(charToRaw(paste0(index, "\\n")), task$output[[paste0("out_", index)]])
close(out)
`,
  ],
];

describe('sixty hostile names', () => {
  test('are sixty, all different', () => {
    expect(new Set(hostileNames).size).toBe(60);
  });

  describe.each(scripts)('in %s', (language, script) => {
    const isHere = language === 'python' || programs[language] !== undefined;
    test(
      isHere
        ? 'arrive as they are, name files as they are, and nothing is executed'
        : `(${language} is not on this machine)`,
      async () => {
        if (!isHere) return;
        const { stdout, stderr, record, directory } = await lab.run({
          ...everything,
          staged: staged() ?? [],
          script: [language, script],
          activation: { path: [], variables: {}, programs: { ...programs, python: realPython() } },
        });
        expect(stderr).toBe('');
        expect(record.how).toEqual({ kind: 'exited', code: 0 });
        expect(stdout.split('\0').slice(0, -1)).toEqual(expected);
        expect(readdirSync(join(directory, 'task/made')).sort()).toEqual([...fileNames].sort());
        fileNames.forEach((name, index) => {
          expect(readFileSync(join(directory, 'task/made', name), 'utf8')).toBe(`${index}\n`);
        });
        expectNothingRan(directory);
      },
    );
  });

  test('as arguments of exec', async () => {
    const dump =
      'import sys; sys.stdout.buffer.write(b"".join(a.encode("utf-8", "surrogateescape") + b"\\0" for a in sys.argv[1:]))';
    const { stdout, directory } = await lab.run({ exec: [realPython(), '-c', dump, ...hostileNames, ''] });
    expect(stdout.split('\0').slice(0, -1)).toEqual([...hostileNames, '']);
    expectNothingRan(directory);
  });

  test('as arguments of an interpreter given by its command line', async () => {
    const launch = lab.launch({ document: { input: { names: { list: hostileNames.map(text) } } } });
    await lab.submit([
      {
        ...launch,
        command: {
          kind: 'script',
          interpreter: { kind: 'argv', argv: ['python3', '-E'] },
          text: 'import json, os, sys\nsys.stdout.write(json.dumps(json.load(open(os.environ["BIT_TASK"]))["input"]["names"]))',
        },
        activation: { path: [], variables: {}, programs: { python3: realPython() } },
      },
    ]);
    const { record } = await lab.update(launch.token, 'ended');
    expect(record.how).toEqual({ kind: 'exited', code: 0 });
    expect(JSON.parse(readFileSync(`${launch.directory}/stdout`, 'utf8'))).toEqual(hostileNames);
  });

  test('as variables of an environment', async () => {
    const variables = Object.fromEntries(hostileNames.map((name, index) => [`V${index}`, name]));
    const { stdout } = await lab.run({ bash: 'env -0', activation: { path: [], variables, programs } });
    const seen = new Map(
      stdout.split('\0').map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
    );
    expect(hostileNames.map((_, index) => seen.get(`V${index}`))).toEqual(hostileNames);
  });

  test('as the folder everything lies in', async () => {
    for (const name of ['it\'s $(touch pwned); `x` "q" *', 'line\nbreak', '-rf {} 🔬 \\']) {
      const odd = await openLab((workFolder) => openLocalRunner({ workFolder, slots: 1 }), {
        existing: join(lab.folder, 'odd', name),
      });
      const source = join(lab.folder, 'inputs', name === 'line\nbreak' ? name : '*');
      const { stdout, record } = await odd.run({
        staged: [{ source, directory: false, target: 'in.txt' }],
        bash: 'cat in.txt; pwd; cat "$BIT_TASK" >/dev/null; python3 -c "" ',
      });
      expect(record.how).toEqual({ kind: 'exited', code: 0 });
      expect(record.isolation).toBe(record.isolation);
      expect(stdout).toContain(odd.workFolder);
      await odd.close();
    }
    expectNothingRan(lab.folder);
  });
});

function expectNothingRan(folder: string): void {
  for (const place of [folder, join(folder, 'task'), process.cwd(), lab.workFolder])
    expect(existsSync(join(place, 'pwned'))).toBe(false);
}

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { hostileNames } from '../support/hostile-names.ts';
import { makePipelinePlace, type PipelinePlace } from '../support/pipeline-place.ts';

const places: PipelinePlace[] = [];
afterEach(() => {
  for (const place of places.splice(0)) place.remove();
});
const place = (main: string): PipelinePlace => {
  const made = makePipelinePlace({ 'main.bit': main });
  places.push(made);
  return made;
};

/** As file names: no slash, no NUL, and room for an extension. */
const fileNames = hostileNames.filter(
  (name) =>
    !name.includes('/') && !name.includes('\0') && Buffer.byteLength(name) <= 240 && name !== '.' && name !== '..',
);

const bash = `script bash """
    printf '%s' "$tag_name" > "$out"
    cat "$text" >> "$out"
  """`;
const python = `script python """
    from bitflow import task
    task.output.out.write_bytes(task.tag.name.encode() + task.input.text.read_bytes())
  """`;
const exec = `exec ["bash", "-c", "printf %s \\"$1\\" > out.txt; cat \\"$2\\" >> out.txt", "sh", tag.name, text]`;

describe('60 hostile names are just names', () => {
  test.each([
    ['bash', bash],
    ['python', python],
    ['exec', exec],
  ])('as file names and tags through %s: right result, nothing executed, nothing lost', async (_language, script) => {
    const here = place(`
process copy_it {
  input { text: Text }
  output { out: Text = "out.txt" }
  uses (tag.name)
  ${script}
}
workflow {
  let copied = copy_it(files("in/{name}.txt"))
  publish copied to "out/{name}.txt"
}
`);
    mkdirSync(join(here.folder, 'in'));
    for (const name of fileNames) writeFileSync(join(here.folder, 'in', `${name}.txt`), `<${name}>`);
    const { report, out, err } = await here.run();
    // Hidden files are not data unless the pattern says so.
    const visible = fileNames.filter((name) => !name.startsWith('.'));
    expect(report.status, out + err).toBe('succeeded');
    expect(report.published).toHaveLength(visible.length);
    for (const file of report.published) {
      const { name } = file.tags;
      expect(visible).toContain(name);
      expect(readFileSync(join(here.folder, 'results', file.relative), 'utf8')).toBe(`${name}<${name}>`);
    }
    expect((await here.run()).report.tasks).toMatchObject({ ran: 0 });
  });

  test('as a param and as elements of a list', async () => {
    const here = place(`
params {
  word: Str = ""
  words: Str[] = []
}
process say {
  input {
    word: Str
    words: Str[]
  }
  output { out: Json = "out.json" }
  script python """
    import json
    from bitflow import task
    task.output.out.write_text(json.dumps([task.input.word, task.input.words]))
  """
}
workflow { publish say(word: params.word, words: params.words) to "out.json" as said }
`);
    const words = hostileNames.filter((name) => !name.includes('\0')).slice(0, 40);
    const file = join(here.folder, 'params.json');
    for (const word of words.slice(0, 6)) {
      writeFileSync(file, JSON.stringify({ word, words }));
      const { report, out, err } = await here.run('--params', file);
      expect(report.status, out + err).toBe('succeeded');
      expect(JSON.parse(readFileSync(join(here.folder, 'results/out.json'), 'utf8'))).toEqual([word, words]);
    }
  });
});

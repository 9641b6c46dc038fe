// What a task knows, for Node: `task.input.image`, `task.output.mask`, `task.tag.cell`, `task.cpus`. Loaded before the script
// (`node --require`), so that nothing has to be written. An output of many files is a function: `task.output.tiles({ col: 1, row: 2 })`.
'use strict';

const { mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

const place = process.env.BIT_TASK;
if (place === undefined) throw new Error("BIT_TASK, the path of the task's document, is not set");
const { input, output, tag, tags_of, resource } = JSON.parse(readFileSync(place, 'utf8'));

for (const [name, value] of Object.entries(output)) {
  if (typeof value === 'object') output[name] = many(name, value);
}
globalThis.task = Object.freeze({ ...resource, input, output, tag, tags_of });

process.on('exit', () => {
  try {
    // The launcher cannot know how much memory was used at most; the system tells this process alone.
    writeFileSync(join(dirname(place), 'peak'), `${process.resourceUsage().maxRSS * 1024}\n`);
  } catch {}
});

function many(name, { pattern, captures }) {
  const fill = (tags = {}) => {
    for (const capture of captures) if (!(capture in tags)) throw new TypeError(`${name} takes ${captures.join(', ')}`);
    const path = pattern.replace(/\{([^{}]*)\}/g, (hole, capture) =>
      captures.includes(capture) ? String(tags[capture]) : hole,
    );
    mkdirSync(dirname(path), { recursive: true });
    return path;
  };
  return Object.assign(fill, { pattern, captures, toString: () => pattern });
}

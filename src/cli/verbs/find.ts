import { bytesInWords } from '../amounts.ts';
import { formats } from '../formats.ts';
import { findFilter } from '../queries/find-filter.ts';
import { reading } from '../queries/reading.ts';
import { shortPath, tagsInWords } from '../queries/wording.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  name: 'find',
  summary: 'published data by tag and property',
  details: [
    'The expression is what stands after `where` in the language. Names are the tags that published files carry, and the properties',
    'kind (the name of the result), path, name, size, type, run, process, task, pipeline, digest, at, image.axes, image.dtype.',
  ].join('\n'),
  operands: [{ name: 'EXPR', how: 'some', help: 'a condition; `true` finds everything' }],
  flags: {},
  examples: [
    [`bit find 'cell == "A3" and time < 10 and kind == "tracks"'`, 'by tags and the name of the result'],
    [`bit find 'size > 2 GB or image.axes ~ "t"'`, 'by properties'],
    [`bit find 'condition in ["ctrl", "drug"] and not present(dose)'`, 'lists, and tags that are not there'],
  ],
  async run(invocation) {
    const { terminal, global, folder } = invocation;
    const text = invocation.operands.join(' ');
    const files = await reading(invocation, {}, async (store) =>
      store.reader.find(findFilter(text, { name: 'find', tags: await store.reader.tagNames() })),
    );
    if (global.json) {
      terminal.json({
        format: formats.find,
        files: files.map((file) => ({
          path: file.path,
          digest: file.digest,
          kind: file.kind,
          size: file.size,
          type: file.type ?? null,
          tags: file.tags,
          run: file.run ?? null,
          task: file.task ?? null,
          at: file.at,
          image: file.info?.image ?? null,
        })),
      });
      return 0;
    }
    const { dim } = terminal.out.colors;
    const width = Math.max(0, ...files.map((file) => shortPath(file.path, folder).length));
    for (const file of files) {
      terminal.out.line(
        `${shortPath(file.path, folder).padEnd(width)}  ${file.kind}  ${bytesInWords(file.size)}  ${dim(tagsInWords(file.tags))}`,
      );
    }
    if (files.length === 0) terminal.err.line('Nothing was found.');
    return 0;
  },
});

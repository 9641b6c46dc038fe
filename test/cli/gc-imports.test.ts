import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { makePipelinePlace, type PipelinePlace } from '../support/pipeline-place.ts';

const places: PipelinePlace[] = [];
afterEach(() => {
  for (const place of places.splice(0)) place.remove();
});

test('what was imported into the store stays there when it is tidied up, whether a run read it or not', async () => {
  const place = makePipelinePlace({
    'raw/A1.txt': 'a',
    'raw/B2.txt': 'b',
    'main.bit': `process loud {
  input { file: File }
  output { out: Text = "out.txt" }
  script bash """
    tr a-z A-Z < "$file" > "$out"
  """
}
workflow { publish loud(catalog("Cells", { cell: Str })) to "{cell}.txt" }
`,
  });
  places.push(place);
  const words = ['raw/A1.txt', 'raw/B2.txt', '--experiment', 'Cells', '--pattern', '{cell}.txt', '--copy'];
  const imported = await place.bit(['import', ...words]);
  expect(imported.status, imported.err).toBe(0);
  rmSync(join(place.folder, 'raw'), { recursive: true });
  const tidied = await place.bit(['gc', '--keep', '1']);
  expect(tidied.out).toContain('2 results');
  const { status, report } = await place.run();
  expect(status, JSON.stringify(report)).toBe(0);
  expect(place.results()).toEqual({ 'A1.txt': 'A', 'B2.txt': 'B' });
});

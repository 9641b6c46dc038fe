import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formats } from '../../src/data/formats/index.ts';
import type { FormatDemand, FormatFinding, ImageInfo } from '../../src/engine/ports/formats.ts';

/** Puts `content` on disk under `name` and inspects it there. */
export async function inspectBytes(
  content: Uint8Array | string,
  { name, demand }: { name: string; demand: FormatDemand },
): Promise<FormatFinding> {
  const folder = await mkdtemp(join(tmpdir(), 'bit-formats-'));
  try {
    await writeFile(join(folder, name), content);
    return await formats.inspect(join(folder, name), demand);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The image in a file that must be whole. */
export async function imageIn(content: Uint8Array, name = 'image.tif'): Promise<ImageInfo | undefined> {
  const finding = await inspectBytes(content, { name, demand: { format: 'Image' } });
  if (!finding.ok) throw new Error(`not whole: ${messages(finding).join('; ')}`);
  return finding.info.image;
}

export function messages(finding: FormatFinding): string[] {
  return finding.ok ? [] : finding.problems.map(({ message }) => message);
}

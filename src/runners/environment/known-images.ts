import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where images of containers lie as files, in `<store>/environments`. */
export const imageFolder = (environments: string): string => join(environments, 'images');

export const knownFile = (images: string): string => join(images, 'known.json');

/** What is remembered of images: `name …` stands for a digest, `file …` for that of a file's content. */
export function readKnown(images: string): ReadonlyMap<string, string> {
  try {
    return new Map(Object.entries(JSON.parse(readFileSync(knownFile(images), 'utf8')) as Record<string, string>));
  } catch {
    return new Map();
  }
}

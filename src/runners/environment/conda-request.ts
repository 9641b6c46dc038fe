import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { blake3 } from '../../util/blake3.ts';

/** What a process asks of conda: a list of packages, or a file that holds one. */
export type CondaRequest =
  | { readonly kind: 'specs'; readonly specs: readonly string[] }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly text: string;
      /** `environment.yml`, or a list of package files that begins with `@EXPLICIT`. */
      readonly format: 'yaml' | 'explicit';
    };

/** Reads a `conda` entry; files lie relative to the folder of the process. Else what is wrong with it. */
export function readCondaRequest(
  entries: readonly string[],
  folder: string,
): CondaRequest | { readonly kind: 'wrong'; readonly why: string } {
  const file = entries.find(isFile);
  if (file === undefined) {
    const odd = entries.find((entry) => !/^[A-Za-z0-9_*]/.test(entry.trim()) && !entry.trim().includes('::'));
    if (entries.length === 0) return { kind: 'wrong', why: 'the list is empty' };
    if (odd !== undefined || entries.some((entry) => entry.trim().startsWith('-')))
      return { kind: 'wrong', why: `\`${odd ?? entries.join(' ')}\` is no package and no file` };
    return { kind: 'specs', specs: entries.map(tidy) };
  }
  if (entries.length > 1) return { kind: 'wrong', why: `the file \`${file}\` stands beside other entries` };
  const path = isAbsolute(file) ? file : join(folder, file);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return { kind: 'wrong', why: `${path} ${code === 'ENOENT' ? 'is not there' : `cannot be read (${code})`}` };
  }
  const isYaml = /\.ya?ml$/.test(file);
  if (!isYaml && !/^@EXPLICIT\s*$/m.test(text))
    return { kind: 'wrong', why: `${path} is no list of package files: it has no line \`@EXPLICIT\`` };
  return { kind: 'file', path, text, format: isYaml ? 'yaml' : 'explicit' };
}

/** 64 hex digits for what is asked for, on this kind of machine: a list in any order, or what a file says wherever it lies. */
export function condaHash(request: CondaRequest): string {
  const asked = request.kind === 'specs' ? [...new Set(request.specs)].sort() : [request.format, request.text];
  return blake3(JSON.stringify(['conda', 1, condaPlatform(), request.kind, asked])).slice('blake3:'.length);
}

/** Shown to people: `conda 3f2a91 (python, samtools)`. */
export function condaName(request: CondaRequest): string {
  const what =
    request.kind === 'file'
      ? [request.path.split('/').at(-1) ?? request.path]
      : request.specs.map((spec) => /^[\w.-]+/.exec(spec.split('::').at(-1) ?? spec)?.[0] ?? spec);
  return `conda ${condaHash(request).slice(0, 6)} (${what.join(', ')})`;
}

/** As channels call kinds of machines: `linux-64`. */
export function condaPlatform(): string {
  const machine = { x64: '64', arm64: process.platform === 'darwin' ? 'arm64' : 'aarch64', ppc64: 'ppc64le' };
  const arch = Object.entries(machine).find(([name]) => name === process.arch)?.[1] ?? process.arch;
  return `${process.platform === 'darwin' ? 'osx' : process.platform}-${arch}`;
}

const isFile = (entry: string): boolean => /\.(ya?ml|txt|lock)$/.test(entry.trim()) && !entry.includes('::');

const tidy = (text: string): string => text.trim().replace(/\s+/g, ' ');

import type { Expr } from '../../parser/index.ts';
import { shortHash } from '../../util/short-hash.ts';
import { evaluate, holeText, type Scope } from './evaluate.ts';

export type PublishPath = { readonly path: string } | { readonly shown: string; readonly why: string };

/**
 * A publish path for one item, below the output folder whatever the tags hold: what comes from the data is one
 * segment, percent-encoded; a text the analyst wrote may have `/`.
 */
export function publishPath(expr: Expr, scope: Scope): PublishPath {
  const rendered = renderedPath(expr, scope);
  const refuse = (why: string): PublishPath => ({ shown: rendered, why });
  if (rendered.includes('\0')) return refuse('a path cannot hold the character NUL');
  if (rendered.startsWith('/')) return refuse('it is absolute');
  if (rendered.endsWith('/')) return refuse('it names a folder');
  const segments = rendered.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.length === 0) return refuse('it is empty');
  if (segments.includes('..')) return refuse('`..` would leave the output folder');
  const long = segments.find((segment) => Buffer.byteLength(segment) > 255);
  if (long !== undefined) return refuse(`\`${[...long].slice(0, 20).join('')}…\` is longer than a file name may be`);
  return { path: segments.join('/') };
}

function renderedPath(expr: Expr, scope: Scope): string {
  if (expr.kind !== 'text') return expr.kind === 'const' ? String(expr.value) : segment(String(evaluate(expr, scope)));
  let path = '';
  for (const part of expr.parts) {
    if (typeof part === 'string') {
      // `{cell}.{ext}` for a file without extension has no dot at its end.
      path += part;
      continue;
    }
    const text = holeText(part, scope);
    if (isExtension(part.value)) {
      if (text === '' && path.endsWith('.')) path = path.slice(0, -1);
      path += safe(text);
    } else {
      path += comesFromData(part.value) ? segment(text) : text;
    }
  }
  return path;
}

const isExtension = (expr: Expr): boolean => expr.kind === 'property' && expr.name === 'ext';

/** Params and literals are the analyst's own words; everything else may hold anything. */
function comesFromData(expr: Expr): boolean {
  switch (expr.kind) {
    case 'const':
    case 'param':
      return false;
    case 'text':
      return expr.parts.some((part) => typeof part !== 'string' && comesFromData(part.value));
    default:
      return true;
  }
}

const longest = 200;

/** A value as one segment of a path: readable where it can be, and never two values in one. */
export function segment(text: string): string {
  const encoded = safe(text).replace(/^\./, '%2E');
  if (Buffer.byteLength(encoded) <= longest) return encoded;
  const ending = `~${shortHash(text)}`;
  let kept = '';
  let bytes = Buffer.byteLength(ending);
  for (const character of encoded) {
    bytes += Buffer.byteLength(character);
    if (bytes > longest) break;
    kept += character;
  }
  // Not in the middle of an encoded character.
  return kept.replace(/%[0-9A-F]?$/, '') + ending;
}

const safe = (text: string): string => text.replace(/[/\\%\u0000-\u001f\u007f-\u009f]/g, percentEncoded);

function percentEncoded(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}

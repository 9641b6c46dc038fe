import type { ScriptValue, TaskDocument } from '../../engine/ports/runner.ts';
import { plainValue } from './task-json.ts';

/**
 * Assignments for the top of an ImageJ macro, on one line so that line numbers stay the author's: variables as in bash (`image`, `tag_cell`,
 * `tiles__row`), arrays for lists. A macro knows no working directory, so paths are absolute. An absent optional is the empty text.
 */
export function imagejValues(document: TaskDocument, directory: string): string {
  const lines: string[] = [];
  const path = (relative: string): string => `${directory}/task/${relative}`;
  for (const [name, value] of Object.entries(document.input)) assign(lines, name, value, path);
  for (const [name, output] of Object.entries(document.output)) {
    if (output.kind === 'path') lines.push(`${name} = ${text(path(output.path))};`);
    else if (output.kind === 'pattern') lines.push(`${name} = ${text(path(output.pattern))};`);
  }
  for (const [name, value] of Object.entries(document.tag)) lines.push(`tag_${name} = ${scalar(value)};`);
  for (const [input, rows] of Object.entries(document.tagsOf)) {
    for (const name of new Set(rows.flatMap((row) => Object.keys(row)))) {
      lines.push(`${input}__${name} = newArray(${rows.map((row) => scalar(row[name] ?? '')).join(', ')});`);
    }
  }
  for (const [name, value] of Object.entries(document.resource)) lines.push(`${name} = ${value};`);
  return lines.join(' ');
}

function assign(lines: string[], name: string, value: ScriptValue, path: (relative: string) => string): void {
  if (value !== null && typeof value === 'object' && 'record' in value) {
    for (const [field, inner] of Object.entries(value.record)) assign(lines, `${name}__${field}`, inner, path);
  } else if (value !== null && typeof value === 'object' && 'list' in value) {
    // A macro array of one number would be read as its length: it is made empty and filled.
    const items = value.list.map((item) => one(item, path));
    if (items.length === 1) lines.push(`${name} = newArray(1); ${name}[0] = ${items[0]};`);
    else lines.push(`${name} = newArray(${items.length === 0 ? '0' : items.join(', ')});`);
  } else lines.push(`${name} = ${one(value, path)};`);
}

function one(value: ScriptValue, path: (relative: string) => string): string {
  if (value === null) return '""';
  if (typeof value !== 'object') return scalar(value);
  if ('path' in value) return text(path(value.path));
  return text(JSON.stringify(plainValue(value)));
}

const scalar = (value: string | number | boolean): string => (typeof value === 'string' ? text(value) : String(value));

/** The macro language has few escapes; what it cannot write in a text is put together from character codes. */
function text(value: string): string {
  const parts: string[] = [];
  let plain = '';
  for (let at = 0; at < value.length; at++) {
    const character = value.charAt(at);
    if (/[ !#-[\]-~]/.test(character)) plain += character;
    else {
      if (plain !== '') parts.push(`"${plain}"`);
      plain = '';
      parts.push(`fromCharCode(${value.charCodeAt(at)})`);
    }
  }
  if (plain !== '' || parts.length === 0) parts.push(`"${plain}"`);
  return parts.join(' + ');
}

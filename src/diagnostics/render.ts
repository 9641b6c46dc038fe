import stringWidth from 'string-width';
import { unreachable } from '../util/unreachable.ts';
import type { Diagnostic, Severity } from './diagnostic.ts';
import { endOf, lineText, startOf } from './place.ts';
import type { Span } from './span.ts';

/** The colours that are used, as picocolors makes them; `plain` has none. */
export interface Palette {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

const same = (text: string): string => text;
export const plain: Palette = { bold: same, dim: same, red: same, yellow: same, cyan: same };

/** Messages as people read them in a terminal, an empty line between two; no line end after the last. */
export function renderAll(diagnostics: readonly Diagnostic[], options: { readonly colors: Palette }): string {
  return diagnostics.map((diagnostic) => render(diagnostic, options)).join('\n\n');
}

/** One message: what, where, the line with the place underlined, the other places, and what to do. */
export function render(diagnostic: Diagnostic, options: { readonly colors: Palette }): string {
  const { colors } = options;
  const paint = severityColor(diagnostic.severity, colors);
  const related = diagnostic.related ?? [];
  const width = Math.max(
    ...[diagnostic.at, ...related.map((one) => one.at)].map((span) => String(shownEnd(span)).length),
  );
  const sheet: Sheet = { width, colors };
  const lines = [
    `${paint(colors.bold(diagnostic.severity))} ${colors.bold(diagnostic.code)}  ${colors.bold(sanitized(diagnostic.message))}`,
  ];
  lines.push(...snippet(sheet, { at: diagnostic.at, corner: '┌─', mark: '^', label: diagnostic.label ?? '', paint }));
  for (const one of related) {
    lines.push(...snippet(sheet, { at: one.at, corner: '├─', mark: '-', label: one.message, paint: colors.cyan }));
  }
  for (const line of diagnostic.help.split('\n')) lines.push(`  ${sanitized(line)}`);
  return lines.join('\n');
}

interface Sheet {
  /** Of the widest line number shown. */
  readonly width: number;
  readonly colors: Palette;
}

interface Marked {
  readonly at: Span;
  readonly corner: string;
  readonly mark: string;
  readonly label: string;
  readonly paint: (text: string) => string;
}

function snippet(sheet: Sheet, marked: Marked): string[] {
  const { colors, width } = sheet;
  const { at, corner, mark, label, paint } = marked;
  const start = startOf(at);
  const place = `${' '.repeat(width)}${colors.dim(corner)} ${sanitized(at.source.name)}:${start.line}:${start.column}`;
  const last = shownEnd(at);
  const from = codeUnits(lineText(at.source, start.line), start.column - 1);
  if (last === start.line) {
    const to = from + Math.max(0, at.end - at.start);
    return [place, ...markedLine(sheet, { ...marked, line: start.line, from, to })];
  }
  const lastText = lineText(at.source, last);
  const end = endOf(at);
  const to = end.line === last ? codeUnits(lastText, end.column - 1) : lastText.length;
  const indentation = /^\s*/.exec(lastText)?.[0].length ?? 0;
  return [
    place,
    ...markedLine(sheet, {
      at,
      corner,
      mark,
      paint,
      label: '',
      line: start.line,
      from,
      to: lineText(at.source, start.line).length,
    }),
    ...(last - start.line > 1 ? [colors.dim('…')] : []),
    ...markedLine(sheet, { at, corner, mark, paint, label, line: last, from: Math.min(indentation, to), to }),
  ];
}

/** The last line worth showing: one that the span only touches at its start is not. */
function shownEnd(span: Span): number {
  const start = startOf(span);
  const end = endOf(span);
  return end.column === 1 && end.line > start.line ? end.line - 1 : end.line;
}

function markedLine(
  sheet: Sheet,
  marked: Marked & { readonly line: number; readonly from: number; readonly to: number },
): string[] {
  const { colors, width } = sheet;
  const text = lineText(marked.at.source, marked.line);
  const shown = shownPart(text, { from: marked.from, to: Math.min(marked.to, text.length) });
  const label = marked.label === '' ? '' : ` ${sanitized(marked.label)}`;
  const number = String(marked.line).padStart(width);
  return [
    `${colors.dim(`${number}│`)} ${shown.text}`.trimEnd(),
    `${' '.repeat(width)}${colors.dim('│')} ${' '.repeat(shown.indent)}${marked.paint(marked.mark.repeat(Math.max(1, shown.length)) + label)}`,
  ];
}

/** Lines longer than this are cut on both sides of the place. */
const MAX_COLUMNS = 140;
const AROUND = 50;

/** What is shown of a line, and where the marks go under it, in terminal columns. */
function shownPart(
  text: string,
  place: { readonly from: number; readonly to: number },
): { text: string; indent: number; length: number } {
  const before = expanded(text.slice(0, place.from), 0);
  const indent = stringWidth(before);
  const inside = expanded(text.slice(place.from, place.to), indent);
  const length = stringWidth(inside);
  const after = expanded(text.slice(place.to), indent + length);
  if (indent + length + stringWidth(after) <= MAX_COLUMNS) return { text: before + inside + after, indent, length };
  const left = tail(before, AROUND);
  const middle = head(inside, MAX_COLUMNS - AROUND);
  const right = head(after, Math.max(0, MAX_COLUMNS - stringWidth(left) - stringWidth(middle)));
  return { text: left + middle + right, indent: stringWidth(left), length: stringWidth(middle) };
}

function head(text: string, columns: number): string {
  return stringWidth(text) <= columns ? text : `${cut([...text], columns - 1)}…`;
}

function tail(text: string, columns: number): string {
  return stringWidth(text) <= columns ? text : `…${[...cut([...text].reverse(), columns - 1)].reverse().join('')}`;
}

function cut(characters: readonly string[], columns: number): string {
  let kept = '';
  let width = 0;
  for (const character of characters) {
    width += stringWidth(character);
    if (width > columns) break;
    kept += character;
  }
  return kept;
}

const TAB = 4;

/** Tabs as spaces up to the next stop; control characters as pictures, so that no text moves the cursor. */
function expanded(text: string, column: number): string {
  let result = '';
  for (const part of text.split(/(\t)/)) {
    if (part === '\t') result += ' '.repeat(TAB - ((column + stringWidth(result)) % TAB));
    else result += sanitized(part);
  }
  return result;
}

function sanitized(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/g, (character) => {
    const code = character.charCodeAt(0);
    return code < 32 ? String.fromCharCode(0x2400 + code) : code === 127 ? '␡' : '\ufffd';
  });
}

function codeUnits(text: string, codePoints: number): number {
  let at = 0;
  for (let count = 0; count < codePoints && at < text.length; count++)
    at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return at;
}

function severityColor(severity: Severity, colors: Palette): (text: string) => string {
  switch (severity) {
    case 'error':
      return colors.red;
    case 'warning':
      return colors.yellow;
    case 'info':
      return colors.cyan;
    default:
      return unreachable(severity);
  }
}

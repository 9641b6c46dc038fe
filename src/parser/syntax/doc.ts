import stringWidth from 'string-width';
import { unreachable } from '../../util/unreachable.ts';

/**
 * A text with places where it may be broken: the algebra of Wadler's "prettier printer", as far as this language needs it. A group is
 * printed on one line if it fits, and else all of its own lines are broken; what it holds decides for itself again.
 */
export type Doc =
  | { readonly kind: 'text'; readonly text: string; readonly breaks: false }
  | { readonly kind: 'concat'; readonly parts: readonly Doc[]; readonly breaks: boolean }
  | { readonly kind: 'group'; readonly of: Doc; readonly breaks: boolean }
  | { readonly kind: 'indent'; readonly of: Doc; readonly breaks: boolean }
  /** `flat` where the group fits, otherwise a line end, with an empty line where `blank` says so. */
  | { readonly kind: 'line'; readonly flat: string; readonly blank: boolean; readonly breaks: boolean }
  /** As many as fit on a line, then the next line. */
  | { readonly kind: 'fill'; readonly items: readonly Doc[]; readonly breaks: boolean }
  | { readonly kind: 'choice'; readonly flat: Doc; readonly broken: Doc; readonly breaks: false }
  /** Put at the end of the line, whatever else still comes on it. */
  | { readonly kind: 'suffix'; readonly text: string; readonly breaks: true }
  /** An argument list whose last argument alone is broken, if what stands before it fits on the line. */
  | {
      readonly kind: 'hug';
      readonly head: Doc;
      readonly last: Doc;
      readonly tail: Doc;
      readonly broken: Doc;
      readonly breaks: boolean;
    };

export const nothing: Doc = { kind: 'text', text: '', breaks: false };
/** A space, or a line end where the group is broken. */
export const line: Doc = { kind: 'line', flat: ' ', blank: false, breaks: false };
/** Nothing, or a line end where the group is broken. */
export const softline: Doc = { kind: 'line', flat: '', blank: false, breaks: false };
/** Always a line end; breaks every group around it. */
export const hardline: Doc = { kind: 'line', flat: '', blank: false, breaks: true };
export const blankLine: Doc = { kind: 'line', flat: '', blank: true, breaks: true };

export function text(value: string): Doc {
  return { kind: 'text', text: value, breaks: false };
}

export function concat(parts: readonly Doc[]): Doc {
  return { kind: 'concat', parts, breaks: parts.some((part) => part.breaks) };
}

export function group(parts: readonly Doc[]): Doc {
  const of = concat(parts);
  return { kind: 'group', of, breaks: of.breaks };
}

export function indent(parts: readonly Doc[]): Doc {
  const of = concat(parts);
  return { kind: 'indent', of, breaks: of.breaks };
}

export function fill(items: readonly Doc[]): Doc {
  return { kind: 'fill', items, breaks: items.some((item) => item.breaks) };
}

export function choice(flat: Doc, broken: Doc): Doc {
  return { kind: 'choice', flat, broken, breaks: false };
}

export function suffix(value: string): Doc {
  return { kind: 'suffix', text: value, breaks: true };
}

export function hug(parts: { readonly head: Doc; readonly last: Doc; readonly tail: Doc; readonly broken: Doc }): Doc {
  return { kind: 'hug', ...parts, breaks: parts.head.breaks || parts.last.breaks || parts.tail.breaks };
}

interface Command {
  readonly indent: number;
  readonly flat: boolean;
  readonly doc: Doc;
}

/** The text of a document whose lines are at most `width` columns wide where the breaks allow it. */
export function printDoc(doc: Doc, options: { readonly width: number }): string {
  const out: string[] = [];
  let suffixes = '';
  let column = 0;
  const stack: Command[] = [{ indent: 0, flat: false, doc }];

  function newline(indentation: number, blank: boolean): void {
    out.push(suffixes, blank ? '\n\n' : '\n');
    suffixes = '';
    column = indentation;
    pending = indentation;
  }

  /** Indentation is only written before text: empty lines and the lines of a script hold none of ours. */
  let pending = 0;
  function write(value: string): void {
    if (value === '') return;
    if (pending > 0) out.push(' '.repeat(pending));
    pending = 0;
    out.push(value);
    column += columns(value);
  }

  for (let command = stack.pop(); command !== undefined; command = stack.pop()) {
    const { doc, flat } = command;
    switch (doc.kind) {
      case 'text':
        write(doc.text);
        break;
      case 'concat':
        for (let at = doc.parts.length - 1; at >= 0; at--) {
          const part = doc.parts[at];
          if (part !== undefined) stack.push({ ...command, doc: part });
        }
        break;
      case 'indent':
        stack.push({ indent: command.indent + 2, flat, doc: doc.of });
        break;
      case 'group': {
        const isFlat =
          flat || (!doc.breaks && fits({ ...command, flat: true, doc: doc.of }, stack, options.width - column));
        stack.push({ indent: command.indent, flat: isFlat, doc: doc.of });
        break;
      }
      case 'line':
        if (flat && !doc.breaks) write(doc.flat);
        else newline(command.indent, doc.blank);
        break;
      case 'fill': {
        const [first, ...rest] = doc.items;
        if (first === undefined) break;
        const [second] = rest;
        if (second !== undefined) {
          const next: Command = { ...command, flat: true, doc: concat([first, text(' '), second]) };
          const together = !first.breaks && (flat || fits(next, [], options.width - column));
          stack.push(
            { ...command, doc: fill(rest) },
            { ...command, flat: false, doc: together ? text(' ') : hardline },
          );
        }
        stack.push({ ...command, doc: first });
        break;
      }
      case 'choice':
        stack.push({ ...command, doc: flat ? doc.flat : doc.broken });
        break;
      case 'suffix':
        suffixes += doc.text;
        break;
      case 'hug': {
        const whole = concat([doc.head, doc.last, doc.tail]);
        if (flat || (!doc.breaks && fits({ ...command, flat: true, doc: whole }, stack, options.width - column)))
          stack.push({ ...command, flat: true, doc: whole });
        else if (!doc.head.breaks && fitsToFirstBreak(doc, options.width - column)) {
          stack.push(
            { ...command, doc: doc.tail },
            { ...command, flat: false, doc: doc.last },
            { ...command, flat: true, doc: doc.head },
          );
        } else stack.push({ ...command, flat: false, doc: doc.broken });
        break;
      }
      default:
        unreachable(doc);
    }
  }
  out.push(suffixes);
  return out.join('');
}

/** Whether a command, and what follows it up to the next line end, fits into the columns that are left. */
function fits(command: Command, rest: readonly Command[], room: number): boolean {
  let left = room;
  let restAt = rest.length;
  const stack: Command[] = [command];
  while (left >= 0) {
    let next = stack.pop();
    if (next === undefined) {
      restAt--;
      next = rest[restAt];
      if (next === undefined) return true;
    }
    const { doc, flat } = next;
    switch (doc.kind) {
      case 'text':
        left -= columns(doc.text);
        break;
      case 'concat':
        for (let at = doc.parts.length - 1; at >= 0; at--) {
          const part = doc.parts[at];
          if (part !== undefined) stack.push({ ...next, doc: part });
        }
        break;
      case 'indent':
        stack.push({ ...next, doc: doc.of });
        break;
      case 'group':
        stack.push({ ...next, flat: flat && !doc.breaks, doc: doc.of });
        break;
      case 'line':
        if (!flat || doc.breaks) return true;
        left -= doc.flat.length;
        break;
      case 'fill':
        for (let at = doc.items.length - 1; at >= 0; at--) {
          const item = doc.items[at];
          if (item !== undefined) stack.push({ ...next, doc: at === 0 ? item : concat([text(' '), item]) });
        }
        break;
      case 'choice':
        stack.push({ ...next, doc: flat ? doc.flat : doc.broken });
        break;
      case 'suffix':
        break;
      case 'hug':
        stack.push({ ...next, doc: doc.tail }, { ...next, doc: doc.last }, { ...next, doc: doc.head });
        break;
      default:
        unreachable(doc);
    }
  }
  return false;
}

/** Whether the arguments before the last one, and the bracket that opens it, fit on the line. */
function fitsToFirstBreak(doc: { readonly head: Doc; readonly last: Doc }, room: number): boolean {
  const first: Command = { indent: 0, flat: true, doc: doc.head };
  const opening: Command = { indent: 0, flat: false, doc: doc.last.kind === 'group' ? doc.last.of : doc.last };
  return fits(first, [opening], room);
}

/** The width of a document that has no line ends it must break, on one line. */
export function flatText(doc: Doc): string | undefined {
  return doc.breaks
    ? undefined
    : printDoc({ kind: 'group', of: doc, breaks: false }, { width: Number.POSITIVE_INFINITY });
}

export function columns(value: string): number {
  return isPlain(value) ? value.length : stringWidth(value);
}

function isPlain(value: string): boolean {
  for (let at = 0; at < value.length; at++) if (value.charCodeAt(at) > 126) return false;
  return true;
}

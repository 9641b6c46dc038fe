/** One tag of an XML text. */
export interface XmlTag {
  /** Without its namespace prefix. */
  readonly name: string;
  readonly kind: 'open' | 'close' | 'empty';
  /** The text between the name and the end of the tag. */
  readonly attributes: string;
  /** Where what follows the tag begins. */
  readonly end: number;
}

/**
 * The tags of an XML text, one after the other; comments, CDATA and declarations are passed over. Not a validating parser: a text that is
 * broken off ends the list. Every character is looked at once, so that no text, however made, takes longer than its length.
 */
export function* xmlTags(xml: string): Generator<XmlTag> {
  let at = xml.indexOf('<');
  while (at >= 0) {
    const next = xml.charCodeAt(at + 1);
    if (next === BANG || next === QUESTION) {
      const close = xml.startsWith('<!--', at) ? '-->' : xml.startsWith('<![CDATA[', at) ? ']]>' : '>';
      const end = xml.indexOf(close, at + 2);
      if (end < 0) return;
      at = xml.indexOf('<', end + close.length);
      continue;
    }
    const isClose = next === SLASH;
    const from = at + (isClose ? 2 : 1);
    const nameEnd = endOfName(xml, from);
    const end = endOfTag(xml, nameEnd);
    if (end === undefined) return;
    const isEmpty = !isClose && xml.charCodeAt(end - 1) === SLASH;
    if (nameEnd > from) {
      const full = xml.slice(from, nameEnd);
      yield {
        name: full.slice(full.indexOf(':') + 1),
        kind: isClose ? 'close' : isEmpty ? 'empty' : 'open',
        attributes: xml.slice(nameEnd, isEmpty ? end - 1 : end),
        end: end + 1,
      };
    }
    at = xml.indexOf('<', end + 1);
  }
}

/** `undefined` where the text has no such attribute; entities are resolved, namespace prefixes kept. */
export function xmlAttributes(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let at = 0;
  while (at < text.length) {
    const equals = text.indexOf('=', at);
    if (equals < 0) break;
    let from = equals + 1;
    while (isSpace(text.charCodeAt(from))) from += 1;
    const quote = text.charAt(from);
    if (quote !== '"' && quote !== "'") {
      at = from;
      continue;
    }
    const end = text.indexOf(quote, from + 1);
    if (end < 0) break;
    const name = text.slice(at, equals).trim().replace(/^.*\s/s, '');
    if (name !== '') found.set(name, unescaped(text.slice(from + 1, end)));
    at = end + 1;
  }
  return found;
}

/** The text between this tag and the next, entities resolved, without the spaces around it. */
export function xmlText(xml: string, tag: XmlTag): string {
  const end = xml.indexOf('<', tag.end);
  return unescaped(xml.slice(tag.end, end < 0 ? xml.length : end)).trim();
}

const SLASH = 0x2f;
const BANG = 0x21;
const QUESTION = 0x3f;
const GREATER = 0x3e;

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

function endOfName(xml: string, from: number): number {
  let at = from;
  for (; at < xml.length; at++) {
    const code = xml.charCodeAt(at);
    if (isSpace(code) || code === SLASH || code === GREATER) break;
  }
  return at;
}

/** The `>` outside quotes. */
function endOfTag(xml: string, from: number): number | undefined {
  let at = from;
  while (at < xml.length) {
    const code = xml.charCodeAt(at);
    if (code === GREATER) return at;
    if (code === 0x22 || code === 0x27) {
      at = xml.indexOf(xml.charAt(at), at + 1);
      if (at < 0) return undefined;
    }
    at += 1;
  }
  return undefined;
}

function unescaped(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/g, (whole, hex, decimal, name) => {
    if (name !== undefined) return named[name] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

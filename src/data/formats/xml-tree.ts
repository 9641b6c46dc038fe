import { xmlAttributes, xmlTags, xmlText } from './xml-elements.ts';

/** An element with what is in it; of its text, what stands before its first child. */
export interface XmlNode {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlNode[];
  readonly text: string;
}

/** Microscopes write some thousands; what is beyond, of a file made to be large, is left unread. */
const MOST_NODES = 300_000;

/** The elements of a text as a tree, without those named in `skip`. A text that breaks off gives what it had until there. */
export function xmlTree(xml: string, { skip }: { skip: ReadonlySet<string> }): XmlNode {
  const root = { name: '', attributes: none, children: [] as XmlNode[], text: '' };
  const path: { name: string; children: XmlNode[] }[] = [root];
  let skipped = 0;
  let nodes = 0;
  for (const tag of xmlTags(xml)) {
    if (skipped > 0) {
      // A skipped element may hold elements of its own name.
      if (tag.kind === 'open') skipped += 1;
      else if (tag.kind === 'close') skipped -= 1;
      continue;
    }
    if (tag.kind === 'close') {
      if (path.length > 1 && path.at(-1)?.name === tag.name) path.pop();
      continue;
    }
    if (skip.has(tag.name)) {
      if (tag.kind === 'open') skipped = 1;
      continue;
    }
    nodes += 1;
    if (nodes > MOST_NODES) break;
    const node = {
      name: tag.name,
      attributes: tag.attributes === '' ? none : xmlAttributes(tag.attributes),
      children: [] as XmlNode[],
      text: tag.kind === 'open' ? xmlText(xml, tag) : '',
    };
    path.at(-1)?.children.push(node);
    if (tag.kind === 'open') path.push(node);
  }
  return root;
}

const none: ReadonlyMap<string, string> = new Map();

/** The first element at the end of a path of names. */
export function childAt(node: XmlNode | undefined, ...names: readonly string[]): XmlNode | undefined {
  let at = node;
  for (const name of names) at = at?.children.find((child) => child.name === name);
  return at;
}

/** All elements at the end of a path of names; the last may be several, in the first of those before it. */
export function childrenAt(node: XmlNode | undefined, ...names: readonly string[]): readonly XmlNode[] {
  const last = names.at(-1);
  return childAt(node, ...names.slice(0, -1))?.children.filter((child) => child.name === last) ?? [];
}

/** The text of the element at the end of a path of names; `undefined` where there is none or it is empty. */
export function textAt(node: XmlNode | undefined, ...names: readonly string[]): string | undefined {
  const text = childAt(node, ...names)?.text;
  return text === '' ? undefined : text;
}

/** Every element of that name, wherever it is, in the order of the text. */
export function* everyNode(node: XmlNode, name: string): Generator<XmlNode> {
  const open = [node];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.name === name) yield next;
    for (let index = next.children.length - 1; index >= 0; index--) {
      const child = next.children[index];
      if (child !== undefined) open.push(child);
    }
  }
}

/** The first of many, as one text: `a.tif, b.tif and 98 more`. */
export function someOf(texts: readonly string[], { most }: { readonly most: number }): string {
  const shown = texts.slice(0, most).map(onOneLine);
  const more = texts.length - shown.length;
  if (more > 0) return `${shown.join('; ')}; and ${more} more`;
  return shown.join('; ');
}

/** Names may hold line ends and worse, which must not take a message apart. */
export function onOneLine(text: string): string {
  const shown = text.replace(/[\p{Cc}\u2028\u2029]/gu, (char) => JSON.stringify(char).slice(1, -1));
  return shown.length > 200 ? `${shown.slice(0, 199)}…` : shown;
}

export const quoted = (text: string): string => `\`${onOneLine(text)}\``;

export const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

/** Short names one after the other, where nothing inside one could be taken for what parts them. */
export function namesOf(names: readonly string[], { most }: { readonly most: number }): string {
  const more = names.length - most;
  return `${names.slice(0, most).map(quoted).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

import { textCell } from './sheet-cell.ts';

/**
 * A name as it is written into a sheet so that it comes back: in double quotes, as JSON has it, where a sheet would trim or compose it, a spreadsheet would take it for
 * a formula or a number, or it looks as if it were so quoted.
 */
export function sheetName(name: string): string {
  if (textCell(name) === name && !/^[=+@"-]|^[\d.,:\s]+$|[\p{Cc}\u2028\u2029]/u.test(name)) return name;
  return JSON.stringify(name).replace(
    /[\u007f-\uffff]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The name that a quoted one stands for; `undefined` where the text is none. */
export function quotedName(text: string): string | undefined {
  if (!/^".*"$/su.test(text)) return undefined;
  try {
    const name: unknown = JSON.parse(text);
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined;
  }
}

import type { ColumnType } from '../../engine/ports/formats.ts';

/** Whether the text of a cell is a value of that type. An empty cell is a missing number, which only Float has a value for (`nan`). */
export function isCell(text: string, type: ColumnType): boolean {
  switch (type) {
    case 'Str':
      return true;
    case 'Int':
      return int.test(text);
    case 'Float':
      return text.trim() === '' || float.test(text);
    case 'Bool':
      return bool.test(text);
  }
}

/** The value of a cell that `isCell` accepts. An Int beyond 2^53 keeps all its digits as a bigint. */
export function cellValue(text: string, type: ColumnType): string | number | bigint | boolean {
  switch (type) {
    case 'Str':
      return text;
    case 'Int': {
      const value = Number(text);
      return Number.isSafeInteger(value) ? value : BigInt(text.trim().replace(/^\+/, ''));
    }
    case 'Float': {
      const word = text.trim().toLowerCase();
      const infinite = /^([+-]?)inf(inity)?$/.exec(word);
      if (infinite !== null) return infinite[1] === '-' ? -Infinity : Infinity;
      return word === '' ? Number.NaN : Number(word); // `nan` and `na` are NaN to Number, too
    }
    case 'Bool':
      return text.trim().toLowerCase() === 'true';
  }
}

/** The narrowest type of all texts seen so far; empty cells say nothing, and a column of nothing else is Str. */
export function columnType(): { see(text: string): void; readonly type: ColumnType } {
  let type: ColumnType | undefined;
  return {
    see(text) {
      if (type === 'Str' || text === '' || text.trim() === '') return;
      if (type !== undefined && isCell(text, type)) return;
      if (type === undefined) type = order.find((each) => isCell(text, each)) ?? 'Str';
      else type = type === 'Int' && isCell(text, 'Float') ? 'Float' : 'Str';
    },
    get type() {
      return type ?? 'Str';
    },
  };
}

const order: readonly ColumnType[] = ['Int', 'Float', 'Bool', 'Str'];

const int = /^\s*[+-]?\d+\s*$/;
const float = /^\s*[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf(?:inity)?|nan|na)\s*$/i;
const bool = /^\s*(?:true|false)\s*$/i;

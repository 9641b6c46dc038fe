/** The rules that give tags, as flags of every verb that takes them. `readTagRules` reads them. */
export const tagRuleFlags = {
  pattern: { kind: 'list', value: 'PATTERN', help: 'tags from names: `{cell}_{time:Int}.tif`; with `/`, from paths' },
  regex: { kind: 'list', value: 'REGEX', help: 'tags from the named groups of a regular expression' },
  separator: { kind: 'list', value: 'TEXT', help: 'cut names at TEXT, for `--position` and `--tag`' },
  position: { kind: 'list', value: 'N', help: 'the piece that `--tag` gets, from 1; -1 is the last' },
  words: { kind: 'list', value: 'WORD,WORD', help: 'the word of the list that stands in the name, for `--tag`' },
  tag: { kind: 'list', value: 'NAME', help: 'the tag that `--position` or `--words` gives' },
  'in-path': { kind: 'switch', help: 'look for pieces and words in the folders of an item, too' },
  'any-case': { kind: 'switch', help: 'find words whatever their case' },
  sheet: {
    kind: 'list',
    value: 'FILE',
    help: 'tags from a CSV, TSV or XLSX file: a row for each item, a column for each tag',
  },
  worksheet: { kind: 'text', value: 'NAME|N', help: 'the worksheet of a workbook; the first unless said' },
  'file-column': { kind: 'text', value: 'HEADER', help: 'the column that names the items; found by what stands in it' },
  column: { kind: 'list', value: 'HEADER=TAG', help: 'which tag a column gives, where its header will not do' },
  'skip-column': { kind: 'list', value: 'HEADER', help: 'a column that gives no tag' },
  decimals: { kind: 'text', value: 'MARK', choices: ['comma', 'point'], help: 'how the sheet writes fractions' },
  'allow-unmatched': { kind: 'switch', help: 'items that a rule has nothing to say of keep their tags' },
  'allow-other-rows': { kind: 'switch', help: 'rows of a sheet that are about no item are passed over' },
} as const;

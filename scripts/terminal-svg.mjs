// A picture of a terminal, as text that stays sharp and can be searched: reads what `tmux capture-pane -e -p` prints, writes an SVG.
//
//   tmux capture-pane -e -p -t demo | node scripts/terminal-svg.mjs 'bit run nuclei.bit' > docs/images/run.svg
import { readFileSync } from 'node:fs';
import stringWidth from 'string-width';

const cell = { width: 8.4, height: 19 };
const margin = { side: 18, top: 44, bottom: 16 };
/** The sixteen colours of a terminal, readable on the background below. */
const palette = [
  ...['#6b7280', '#f87171', '#4ade80', '#facc15', '#60a5fa', '#c084fc', '#22d3ee', '#e5e7eb'],
  ...['#9ca3af', '#fca5a5', '#86efac', '#fde047', '#93c5fd', '#d8b4fe', '#67e8f9', '#f9fafb'],
];
const plain = { color: undefined, bold: false, dim: false, italic: false, underline: false };

const title = process.argv[2] ?? '';
/** What was switched on in one line holds in the next. */
let style = plain;
const lines = readFileSync(0, 'utf8').replace(/\r/gu, '').trimEnd().split('\n').map(runs);
process.stdout.write(svg(lines));

/** A line as runs of text that look alike. */
function runs(line) {
  const found = [];
  let column = 0;
  for (const part of line.split(/(\u001b\[[\d;]*m)/u)) {
    const codes = /^.\[([\d;]*)m$/u.exec(part)?.[1];
    if (codes !== undefined) style = restyled(style, codes === '' ? [0] : codes.split(';').map(Number));
    // Wide gaps are not left to the reader's font: each piece stands at its column.
    for (const piece of codes === undefined ? part.split(/( {2,})/u) : []) {
      found.push({ text: piece, style, column });
      column += stringWidth(piece);
    }
  }
  return { runs: found.filter((run) => run.text.trim() !== ''), width: column };
}

function restyled(style, codes) {
  let now = style;
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at];
    if (code === 0) now = plain;
    else if (code === 1) now = { ...now, bold: true };
    else if (code === 2) now = { ...now, dim: true };
    else if (code === 3) now = { ...now, italic: true };
    else if (code === 4) now = { ...now, underline: true };
    else if (code === 22) now = { ...now, bold: false, dim: false };
    else if (code === 23) now = { ...now, italic: false };
    else if (code === 24) now = { ...now, underline: false };
    else if (code === 39) now = { ...now, color: undefined };
    else if (code >= 30 && code <= 37) now = { ...now, color: palette[code - 30] };
    else if (code >= 90 && code <= 97) now = { ...now, color: palette[code - 82] };
    else if (code === 38 && codes[at + 1] === 5) {
      now = { ...now, color: palette[codes[at + 2]] };
      at += 2;
    }
  }
  return now;
}

function svg(all) {
  const columns = Math.max(60, ...all.map((line) => line.width));
  const width = Math.ceil(columns * cell.width + 2 * margin.side);
  const height = margin.top + all.length * cell.height + margin.bottom;
  const rows = all.map(({ runs: row }, index) => {
    const y = margin.top + (index + 0.75) * cell.height;
    return row.map((run) => text(run, y)).join('');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)} in a terminal">`,
    `<rect width="${width}" height="${height}" rx="10" fill="#111827"/>`,
    ...['#f87171', '#facc15', '#4ade80'].map(
      (color, index) => `<circle cx="${20 + index * 18}" cy="19" r="5.5" fill="${color}"/>`,
    ),
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#e5e7eb">`,
    `<text x="${width / 2}" y="24" text-anchor="middle" opacity=".62">${escaped(title)}</text>`,
    ...rows.filter((row) => row !== ''),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function text({ text: content, style, column }, y) {
  const lead = content.length - content.trimStart().length;
  const shown = content.trim();
  const attributes = [
    `x="${number(margin.side + (column + lead) * cell.width)}"`,
    `y="${number(y)}"`,
    // Whatever font the reader has, columns stay columns.
    `textLength="${number(stringWidth(shown) * cell.width)}"`,
    ...(style.color === undefined ? [] : [`fill="${style.color}"`]),
    ...(style.bold ? ['font-weight="700"'] : []),
    ...(style.dim ? ['opacity=".62"'] : []),
    ...(style.italic ? ['font-style="italic"'] : []),
    ...(style.underline ? ['text-decoration="underline"'] : []),
  ];
  return `<text ${attributes.join(' ')}>${escaped(shown)}</text>`;
}

function number(value) {
  return String(Math.round(value * 100) / 100);
}

function escaped(value) {
  return value.replace(/&/gu, '&amp;').replace(/</gu, '&lt;').replace(/>/gu, '&gt;').replace(/"/gu, '&quot;');
}

/** Rivals side by side as an SVG: a row for each rival, a column of bars for each quantity, a block for each load. */
import { escaped, FAINT, GRID, MAIN, OTHER, svg } from './svg.mjs';

const LABELS = 185;
const COLUMN = 265;
const GAP = 30;
/** Room for the figure behind the longest bar. */
const FIGURE = 52;
const ROW = 19;
const BAR = 12;
const TOP = 62;
const HEAD = 44;

/**
 * @param {{ title: string, key: string, blocks: { name: string, columns: { name: string, digits: number }[],
 *   rows: { label: string, tone: 'main' | 'other' | 'faint', values: number[] }[] }[] }} what
 *   `key`: what the colours say; `values`: one for each column
 */
export function bars({ title, key, blocks }) {
  const most = Math.max(...blocks.map(({ columns }) => columns.length));
  const width = LABELS + most * (COLUMN + GAP);
  let top = TOP;
  const parts = [
    `<text x="12" y="24" font-size="15" font-weight="bold">${escaped(title)}</text>`,
    `<text x="12" y="44">${escaped(key)}</text>`,
  ];
  for (const block of blocks) {
    parts.push(...drawn(block, top));
    top += HEAD + block.rows.length * ROW;
  }
  return svg(width, top + 14, parts);
}

function drawn({ name, columns, rows }, top) {
  const first = top + HEAD;
  const parts = [`<text x="12" y="${first - 12}" font-weight="bold">${escaped(name)}</text>`];
  rows.forEach(({ label, tone }, i) => {
    const weight = tone === 'main' ? ' font-weight="bold"' : '';
    parts.push(
      `<text x="${LABELS - 10}" y="${first + i * ROW + 11}" text-anchor="end"${weight}>${escaped(label)}</text>`,
    );
  });
  columns.forEach((column, at) => parts.push(...drawnColumn(column, at, rows, first)));
  return parts;
}

function drawnColumn({ name, digits }, at, rows, first) {
  const left = LABELS + at * (COLUMN + GAP);
  const longest = Math.max(...rows.map(({ values }) => values[at]));
  const parts = [
    `<text x="${left}" y="${first - 12}">${escaped(name)}</text>`,
    `<line x1="${left}" x2="${left}" y1="${first - 4}" y2="${first + rows.length * ROW}" stroke="${GRID}"/>`,
  ];
  rows.forEach(({ tone, values }, i) => {
    const length = longest > 0 ? (values[at] / longest) * (COLUMN - FIGURE) : 0;
    const y = first + i * ROW;
    const figure = values[at].toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
    parts.push(
      `<rect x="${left}" y="${y + 1}" width="${Math.max(1, length).toFixed(1)}" height="${BAR}" fill="${FILL[tone]}"/>`,
      `<text x="${(left + length + 5).toFixed(1)}" y="${y + 11}">${figure}</text>`,
    );
  });
  return parts;
}

const FILL = { main: MAIN, other: OTHER, faint: FAINT };

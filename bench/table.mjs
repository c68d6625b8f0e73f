/** The figures as Markdown tables, which read well in a terminal too. */
import { RIVALS } from './house.mjs';

/** @param {{ absent?: Record<string, string>, reference: string }} how why a rival has no figures, by name; what the ratios are to */
export function table(rows, measures, { absent = {}, reference }) {
  const tables = measures
    .map((measure) => {
      const own = rows
        .filter((row) => row.measure === measure.name)
        .toSorted((a, b) => b.perSecond.median - a.perSecond.median);
      return own.length === 0 ? '' : `**${measure.name}**: ${measure.what}\n\n${ofMeasure(own, reference)}`;
    })
    .filter(Boolean);
  return [...tables, ...missing(absent)].join('\n\n');
}

export function legend(rows) {
  const there = new Set(rows.map(({ rival }) => rival));
  return RIVALS.filter(({ name }) => there.has(name))
    .map(({ name, what }) => `* **${name}**: ${what}`)
    .join('\n');
}

function missing(absent) {
  const lines = Object.entries(absent);
  if (lines.length === 0) return [];
  return [markdown([['not measured here', 'why'], ...lines])];
}

function ofMeasure(rows, reference) {
  const head = [
    '',
    'calls/s',
    `÷ ${reference}`,
    'p50 ms',
    `÷ ${reference}`,
    'p99 ms',
    'never heard',
    'CPU ms a call',
    'Redis commands a call',
  ];
  const one = rows.some(({ ratio }) => ratio) ? '1' : '–';
  const lines = rows.map((row) => [
    row.rival,
    range(row.perSecond, 0),
    row.ratio ? range(row.ratio.perSecond, 2) : one,
    range(row.p50, 2),
    row.ratio ? range(row.ratio.p50, 2) : one,
    range(row.p99, 2),
    String(row.errors),
    cpu(row.cpuMs),
    row.commands ? sum(row.commands).toFixed(1) : '–',
  ]);
  return markdown([head, ...lines]);
}

/** Each column as wide as its widest cell. */
export function markdown([head, ...lines]) {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...lines].map((line) => line[column].length)));
  const row = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  return [row(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...lines.map(row)].join('\n');
}

export function range({ median, min, max }, digits) {
  const text = (value) => value.toFixed(digits);
  return `${text(median)} (${text(min)}–${text(max)})`;
}

function cpu(byRole) {
  if (!byRole) return '–';
  const parts = Object.entries(byRole).map(([role, ms]) => `${role} ${ms.toFixed(2)}`);
  return `${sum(byRole).toFixed(2)} (${parts.join(', ')})`;
}

function sum(values) {
  return Object.values(values).reduce((total, value) => total + value, 0);
}

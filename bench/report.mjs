/** Writes the figures and the plot into docs/performance.md, between its marks; what stands around is written by hand. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../scripts/places.mjs';
import { say, Trouble } from '../scripts/trouble.mjs';
import { canCompare, comparisonPlot, comparisonWords } from './comparison.mjs';
import { RIVALS } from './house.mjs';
import { WARM_UP_S } from './rounds.mjs';
import { legend, table } from './table.mjs';

const FILE = join(root, 'docs', 'performance.md');
/** Plots of docs/performance.md. */
export const PLOTS = join(root, 'docs', 'plots');
const BEGIN = '<!-- figures: written by `npm run bench` -->';
const END = '<!-- end of figures -->';

export function writeReport(figures, measures) {
  writeBetween(BEGIN, END, body(figures, measures));
}

/** The plot of all rivals and what it says, at the beginning of the page; nothing when the run lacks what it shows. */
export function writeComparison({ rows: all, date, cores, generator, rounds, seconds }) {
  // Another checkout is nobody's rival.
  const rows = all.filter(({ rival }) => RIVALS.some(({ name }) => name === rival));
  if (!canCompare(rows)) return say('Neither plot nor words are written: they need sync-1 and sync-64.');
  mkdirSync(PLOTS, { recursive: true });
  writeFileSync(join(PLOTS, 'rivals.svg'), comparisonPlot(rows, RIVALS));
  const where = `One run on one machine with ${cores} cores, ${date}: ${rounds === 1 ? 'one round' : `medians of ${rounds} rounds`} of ${seconds} s, load by ${generator}.`;
  const text = `![Calls a second and median time of a call, by rival](plots/rivals.svg)\n\n${comparisonWords(rows, RIVALS, where)}`;
  writeBetween('<!-- comparison: written by `npm run bench` -->', '<!-- end of comparison -->', text);
}

/** Replaces what stands between two marks of docs/performance.md. */
export function writeBetween(begin, end, text) {
  const page = readFileSync(FILE, 'utf8');
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Trouble(`${FILE} has lost its marks "${begin}" and "${end}".`);
  writeFileSync(FILE, `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`);
  say('Written: docs/performance.md');
}

function body(figures, measures) {
  const { date, machine, cores, loadBefore, node, redis, packages, rounds, seconds, generator } = figures;
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  return [
    `Measured ${date}: ${machine}, ${cores} cores (load before: ${loadBefore}); Node ${node}, Redis ${redis}, ${versions.join(', ')}.`,
    ...(generator
      ? [
          `HTTP load by ${generator}, the same for all; bullmq and redis are called without HTTP, from a process of their own.`,
        ]
      : []),
    `${rounds} rounds of ${seconds} s slices after one of ${WARM_UP_S} s that warmed up; median (least–most) of the rounds.`,
    '',
    ...(figures.rows ? [legend(figures.rows), '', table(figures.rows, measures, figures)] : []),
    ...(figures.executor ? ['', figures.executor.text] : []),
  ].join('\n');
}

/** Writes the figures into docs/performance.md, between its marks; what stands around them is written by hand. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../scripts/places.mjs';
import { say, Trouble } from '../scripts/trouble.mjs';
import { WARM_UP_S } from './rounds.mjs';
import { legend, table } from './table.mjs';

const FILE = join(root, 'docs', 'performance.md');
const BEGIN = '<!-- figures: written by `npm run bench` -->';
const END = '<!-- end of figures -->';

export function writeReport(figures, measures) {
  writeBetween(BEGIN, END, body(figures, measures));
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
  const { date, machine, cores, loadBefore, node, redis, packages, rounds, seconds } = figures;
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  return [
    `Measured ${date}: ${machine}, ${cores} cores (load before: ${loadBefore}); Node ${node}, Redis ${redis}, ${versions.join(', ')}.`,
    `${rounds} rounds of ${seconds} s slices after one of ${WARM_UP_S} s that warmed up; median (least–most) of the rounds.`,
    '',
    ...(figures.rows ? [legend(figures.rows), '', table(figures.rows, measures, figures.absent)] : []),
    ...(figures.executor ? ['', figures.executor.text] : []),
  ].join('\n');
}

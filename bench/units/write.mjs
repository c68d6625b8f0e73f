/** Where the units go: a file for the next run, a module for the calculator, and tables for readers. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/places.mjs';
import { END, START, unitsTable } from './table.mjs';

const FILE = join(root, 'bench/units.json');
const MODULE = join(root, 'libs/policy/sizing/measured-units.ts');
const PAGE = join(root, 'docs/sizing.md');

export function writeUnits(units) {
  writeFileSync(FILE, `${JSON.stringify(units, null, 2)}\n`);
  const about = '/** Written by `node bench/units.mjs`: what a call costs. docs/sizing.md says what each unit is. */';
  writeFileSync(MODULE, `${about}\nexport const UNITS = ${JSON.stringify(units)};\n`);
  const prettier = join(root, 'node_modules/prettier/bin/prettier.cjs');
  execFileSync(process.execPath, [prettier, '--write', FILE, MODULE], { timeout: 30_000 });
  const page = readFileSync(PAGE, 'utf8');
  const [before, after] = [page.slice(0, page.indexOf(START)), page.slice(page.indexOf(END))];
  writeFileSync(PAGE, `${before}${START}\n\n${unitsTable(units)}\n\n${after}`);
}

/** With the cheaper CPU times of both: other work of the machine makes a call dearer, never cheaper. */
export function withBefore(units) {
  if (!existsSync(FILE)) return units;
  const before = JSON.parse(readFileSync(FILE, 'utf8'));
  const { callUs, ...others } = units;
  const kept = { ...others, callUs: {} };
  for (const name of Object.keys(callUs)) kept.callUs[name] = cheaper(callUs[name], before.callUs[name]);
  for (const name of ['kbUs', 'idleUs', 'partitionUs', 'runningUs']) kept[name] = cheaper(units[name], before[name]);
  return kept;
}

function cheaper(a, b) {
  const total = (us) => Object.values(us).reduce((sum, each) => sum + each, 0);
  return total(a) <= total(b) ? a : b;
}

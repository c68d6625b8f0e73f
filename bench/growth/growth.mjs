/** `npm run bench -- --growth`: how cost grows, a table and a plot a curve. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { say } from '../../scripts/trouble.mjs';
import { chooseGenerator } from '../load/generator.mjs';
import { Processes } from '../processes.mjs';
import { PLOTS, writeBetween } from '../report.mjs';
import { markdown } from '../table.mjs';
import { CURVES } from './curves.mjs';
import { plot } from './plot.mjs';

/** Load generators: as many as there are APIs at most. */
const LOADS = 8;

/** @param {{ only?: string[], rounds: number, seconds: number, most: number, write: boolean, generator?: string, machine: object }} options */
export async function growth({ only, rounds, seconds, most, write, generator, machine }) {
  const dir = mkdtempSync(join(tmpdir(), 'invoq-bench-growth-'));
  const processes = new Processes(dir);
  process.once('exit', () => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));
  try {
    const chosen = await chooseGenerator(generator);
    const loads = [];
    for (let i = 0; i < LOADS; i++) loads.push(await chosen.start(processes, `load-${i}`));
    const where = { ...machine, generator: chosen.what };
    for (const curve of CURVES.filter(({ name }) => only === undefined || only.includes(name))) {
      const rows = [];
      const points = curve.points.filter((point) => point <= most);
      for await (const [point, values] of curve.measure(points, { dir, loads, rounds, seconds })) {
        rows.push([point, values]);
        say(`${curve.name} ${point}: ${JSON.stringify(values)}`);
      }
      console.log(`\n${text(curve, rows, where)}\n`);
      if (write) publish(curve, rows, where);
    }
  } finally {
    await processes.end();
  }
}

function publish(curve, rows, machine) {
  mkdirSync(PLOTS, { recursive: true });
  const panels = curve.plotted.map((column) => ({
    name: curve.columns[column][0],
    points: rows.map(([x, values]) => [x, values[column]]),
  }));
  writeFileSync(join(PLOTS, `${curve.name}.svg`), plot(curve.title, panels));
  writeBetween(`<!-- growth of ${curve.name} -->`, `<!-- end of ${curve.name} -->`, text(curve, rows, machine));
}

function text({ name, title, columns }, rows, { date, machine, cores, loadBefore, generator }) {
  const heads = Object.values(columns).map(([head]) => head);
  const lines = rows.map(([point, values]) => [
    point.toLocaleString('en'),
    ...Object.entries(columns).map(([column, [, digits]]) => values[column].toFixed(digits)),
  ]);
  const where = `Measured ${date}: ${machine}, ${cores} cores (load before: ${loadBefore}), load by ${generator}.`;
  return `${where}\n\n${markdown([[title, ...heads], ...lines])}\n\n![${title}](plots/${name}.svg)`;
}

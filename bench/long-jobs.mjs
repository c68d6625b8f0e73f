/**
 * `node bench/long-jobs.mjs [--running 8,64,512] [--seconds 20] [--rounds 3] [--write]`: what calls cost while they run.
 * Starts so many calls that only wait, and counts CPU time and Redis commands in the middle of their runs: renewals of
 * leases, looks at memory, places in Redis. `--write`: the table of docs/sizing.md. Needs Linux, whose /proc has CPU times.
 */
import '../scripts/node-version.mjs';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from '../scripts/build.mjs';
import { root } from '../scripts/places.mjs';
import { onStopSignals } from '../scripts/stop-signals.mjs';
import { say, tell } from '../scripts/trouble.mjs';
import { House } from './house.mjs';
import { describeMachine } from './machine.mjs';
import { markdown } from './table.mjs';
import { cheapest } from './units/ledger.mjs';
import { measureRunning } from './units/running.mjs';

const PAGE = join(root, 'docs/sizing.md');
const START = '<!-- long jobs: written by `node bench/long-jobs.mjs --write` -->';
const END = '<!-- end of long jobs -->';
const ROLES = ['api', 'worker', 'sandboxes', 'redis'];

await tell(async () => {
  const { values } = parseArgs({
    options: {
      running: { type: 'string', default: '8,64,512' },
      seconds: { type: 'string', default: '20' },
      rounds: { type: 'string', default: '3' },
      write: { type: 'boolean', default: false },
    },
  });
  const points = values.running.split(',').map(Number);
  const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
  await build();
  const house = new House({});
  onStopSignals({ first: () => void house.close().finally(() => process.exit(130)), second: () => process.exit(130) });
  try {
    const machine = await describeMachine();
    const rows = [];
    for (const running of points) {
      say(`${running} running calls`);
      const none = await measureRunning(house.dir, { running: 0, slots: running, seconds, rounds });
      const some = await measureRunning(house.dir, { running, slots: running, seconds, rounds });
      rows.push(rowOf(running, cheapest(none.rounds), cheapest(some.rounds), some.memory));
      console.log(rows.at(-1).join(' | '));
    }
    const head = [
      'running calls',
      'worker',
      'sandboxes',
      'Redis',
      'API',
      'all',
      'Redis commands a second',
      'MB of each',
    ];
    const text = `Measured ${machine.date}: ${machine.machine}, ${machine.cores} cores; Node ${machine.node}.\n\n${markdown([head, ...rows])}`;
    console.log(text);
    if (values.write) write(text);
  } finally {
    await house.close();
  }
});

/** Of one running call, beyond what the same house costs when nothing runs. */
function rowOf(running, none, some, { children }) {
  // The idle house may have cost more by chance: its rounds are others.
  const each = (of) => Math.max(0, of(some) - of(none)) / running;
  const us = Object.fromEntries(ROLES.map((role) => [role, each(({ cpuUs }) => cpuUs[role])]));
  const pss = children.reduce((sum, child) => sum + child.pss, 0) / children.length / 1_024 ** 2;
  return [
    String(running),
    ...['worker', 'sandboxes', 'redis', 'api'].map((role) => us[role].toFixed(0)),
    Object.values(us)
      .reduce((sum, value) => sum + value, 0)
      .toFixed(0),
    each(({ commands }) => commands).toFixed(2),
    pss.toFixed(1),
  ];
}

function write(text) {
  const page = readFileSync(PAGE, 'utf8');
  const [before, after] = [page.slice(0, page.indexOf(START)), page.slice(page.indexOf(END))];
  writeFileSync(PAGE, `${before}${START}\n\n${text}\n\n${after}`);
}

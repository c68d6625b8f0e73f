/**
 * `node bench/units.mjs [--rounds 3] [--seconds 2] [--paced 20]`: the units that docs/sizing.md and `invoq size` plan with.
 * Prints them, and writes them to bench/units.json, libs/policy/sizing/measured-units.ts and into docs/sizing.md.
 * `--dry`: only prints. `--again`: on the same machine and code; of each CPU time the cheaper one of this run and of those
 * before is kept, since other work of the machine makes a call dearer. Needs Linux, whose /proc has CPU times; ten minutes.
 */
import '../scripts/node-version.mjs';
import { parseArgs } from 'node:util';
import { build } from '../scripts/build.mjs';
import { onStopSignals } from '../scripts/stop-signals.mjs';
import { say, tell } from '../scripts/trouble.mjs';
import { House } from './house.mjs';
import { chooseGenerator } from './load/generator.mjs';
import { describeMachine } from './machine.mjs';
import { measureCalls } from './units/calls.mjs';
import { measureIdle } from './units/idle.mjs';
import { measureRecords } from './units/records.mjs';
import { measureRunning } from './units/running.mjs';
import { unitsOf } from './units/units-of.mjs';
import { withBefore, writeUnits } from './units/write.mjs';

/** `hash-max-listpack-value` of Redis: by default, and as docs/retention.md advises. */
const [PLAIN_BYTES, COMPACT_BYTES] = [64, 1_024];
const PARTITIONS = [1, 16, 64];
const RUNNING = [0, 64];

await tell(async () => {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '2' },
      paced: { type: 'string', default: '20' },
      dry: { type: 'boolean', default: false },
      again: { type: 'boolean', default: false },
    },
  });
  const [rounds, seconds, pacedSeconds] = [values.rounds, values.seconds, values.paced].map(Number);
  await build();
  const house = new House({});
  onStopSignals({ first: () => void house.close().finally(() => process.exit(130)), second: () => process.exit(130) });
  try {
    const machine = await describeMachine();
    const { dir, processes } = house;
    const httpLoad = await (await chooseGenerator()).start(processes, 'http-load');
    say('memory of records');
    const records = await measureRecords({ processes, dir }, PLAIN_BYTES);
    const compact = await measureRecords({ processes, dir }, COMPACT_BYTES);
    say('calls');
    const calls = await measureCalls({ dir, httpLoad, rounds, seconds, pacedSeconds });
    const idle = [];
    for (const partitions of PARTITIONS) {
      say(`idle, partitions: ${partitions}`);
      idle.push(await measureIdle(dir, { partitions, seconds: pacedSeconds / 2, rounds }));
    }
    const running = [];
    for (const count of RUNNING) {
      say(`running calls: ${count}`);
      running.push(await measureRunning(dir, { running: count, slots: 64, seconds: pacedSeconds / 2, rounds }));
    }
    const found = unitsOf({ machine, records, compact, calls, idle, running });
    const units = values.again ? withBefore(found) : found;
    console.log(JSON.stringify(units, null, 2));
    if (!values.dry) writeUnits(units);
  } finally {
    await house.close();
  }
});

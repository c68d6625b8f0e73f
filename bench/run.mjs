/** `npm run bench`: measures this house beside its rivals, on one machine, in turns. */
import '../scripts/node-version.mjs';
import { mkdirSync, writeFileSync } from 'node:fs';
import { build } from '../scripts/build.mjs';
import { onStopSignals } from '../scripts/stop-signals.mjs';
import { say, tell } from '../scripts/trouble.mjs';
import { House } from './house.mjs';
import { describeMachine } from './machine.mjs';
import { readOptions, USAGE } from './options.mjs';
import { growth } from './growth/growth.mjs';
import { measureExecutor } from './executor/measure.mjs';
import { playRounds } from './rounds.mjs';
import { smoke } from './smoke.mjs';
import { summarize } from './summary.mjs';
import { table } from './table.mjs';
import { writeComparison, writeReport } from './report.mjs';

await tell(async () => {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return console.log(USAGE);
  await build();
  if (options.profile) mkdirSync(options.profile, { recursive: true });
  const house = new House(options);
  onStopSignals({
    first: () => void house.close().finally(() => process.exit(130)),
    second: () => process.exit(130),
  });
  try {
    if (options.growth) {
      const { rounds, seconds, generator } = options;
      await growth({ ...options.growth, rounds, seconds, generator, machine: await describeMachine() });
    } else if (options.smoke) await smoke(house, options);
    else await bench(house, options);
  } finally {
    await house.close();
  }
});

async function bench(house, options) {
  const { rounds, seconds, measures, reference } = options;
  const machine = await describeMachine();
  const figures = { ...machine, rounds, seconds, reference };
  if (options.http) {
    await house.open(options.rivals);
    const { rivals, httpLoad, absent } = house;
    figures.absent = absent;
    figures.generator = house.generator.what;
    figures.rows = summarize(await playRounds({ rivals, measures, rounds, seconds, httpLoad, onProgress }), reference);
    console.log(`Load by ${figures.generator}\n\n${table(figures.rows, measures, figures)}`);
  }
  if (options.executor) {
    figures.executor = await measureExecutor(house.processes, { rounds, seconds });
    console.log(figures.executor.text);
  }
  if (options.json) writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`);
  if (options.write) writeReport(figures, measures);
  if (options.write && figures.rows) writeComparison(figures);
}

function onProgress({ round, measure, name, sample }) {
  const { perSecond, p50, p99 } = sample;
  say(
    `${round === 0 ? 'warm-up' : `round ${round}`}  ${measure.name.padEnd(9)} ${name.padEnd(8)} ` +
      `${Math.round(perSecond).toString().padStart(6)}/s  p50 ${p50.toFixed(2)} ms  p99 ${p99.toFixed(2)} ms`,
  );
}

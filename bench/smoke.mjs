/**
 * `npm run bench:smoke`: have we become slower? Ratios to the do-it-yourself rival are held against those of
 * `baseline.json`, never times: a slow machine slows both.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { availableParallelism } from 'node:os';
import { MEASURES } from './measures.mjs';
import { RIVAL, playSmoke, warmUp } from './smoke-rounds.mjs';
import { judge } from './verdict.mjs';

const FILE = join(import.meta.dirname, 'baseline.json');
const NAMES = ['sync-1', 'sync-64', 'accept-64'];
/** As many as there is time for, and no fewer than the least: the whole run takes less than a minute. */
const FIRST = { least: 3, most: 5, untilMs: 24_000 };
const AGAIN = { least: 2, most: 3, untilMs: 8_000 };

export async function smoke(house, { rebase }) {
  await house.open(['ours', RIVAL]);
  const measures = MEASURES.filter(({ name }) => NAMES.includes(name));
  await warmUp(house, measures);
  const played = await playSmoke(house, measures, FIRST);
  if (rebase) return writeBaseline(played, house.generator.name);

  const { ratios: baseline, generator } = JSON.parse(readFileSync(FILE, 'utf8'));
  const isSameLoad = generator === house.generator.name;
  if (!isSameLoad) {
    console.log(`load by ${house.generator.name}, the baseline's by ${generator}: only CPU time is held against it`);
  }
  const judged = (name, of) => judge(name, baseline[name], { ...of.get(name), isSameLoad });
  let verdicts = measures.map(({ name }) => judged(name, played));
  print(verdicts);
  const worse = measures.filter((_, at) => !verdicts[at].passed);
  if (worse.length > 0) {
    // Once: what was the machine's doing is gone by then, what is ours stays.
    console.log(`once more: ${worse.map(({ name }) => name).join(', ')}`);
    const again = await playSmoke(house, worse, AGAIN);
    const second = worse.map(({ name }) => judged(name, again));
    print(second);
    verdicts = [...verdicts.filter(({ passed }) => passed), ...second];
  }
  const failed = verdicts.filter(({ passed }) => !passed).length;
  if (failed > 0) process.exitCode = 1;
  console.log(`${verdicts.length - failed} passed, ${failed} failed`);
}

function print(verdicts) {
  for (const { lines } of verdicts) console.log(lines.join('\n'));
}

function writeBaseline(played, generator) {
  const ratios = Object.fromEntries(
    [...played].map(([name, { ratios: of }]) => [
      name,
      Object.fromEntries(Object.entries(of).map(([kind, { median }]) => [kind, Number(median.toFixed(3))])),
    ]),
  );
  const about = `ours to ${RIVAL}'s, more is better; written by: npm run bench:smoke -- --rebase`;
  const baseline = { about, cores: availableParallelism(), generator, ratios };
  writeFileSync(FILE, `${JSON.stringify(baseline, null, 2)}\n`);
  console.log(JSON.stringify(baseline, null, 2));
}

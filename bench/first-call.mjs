/**
 * `node bench/first-call.mjs [--functions 40] [--rounds 3] [--write]`: what the first call of a function takes while a generic
 * spare stands. Each function is called twice, the second time in its warm sandbox: over HTTP, and by the executor alone.
 * `--write`: the table of docs/performance.md.
 */
import '../scripts/node-version.mjs';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { build } from '../scripts/build.mjs';
import { root } from '../scripts/places.mjs';
import { onStopSignals } from '../scripts/stop-signals.mjs';
import { say, tell } from '../scripts/trouble.mjs';
import { ADD, openHouse } from './growth/house.mjs';
import { House } from './house.mjs';
import { sampleOf } from './load/sample.mjs';
import { describeMachine } from './machine.mjs';
import { CALL, SUM } from './rivals/add.mjs';
import { request } from './rivals/front-requests.mjs';
import { spread } from './statistics.mjs';
import { markdown, range } from './table.mjs';

const PAGE = join(root, 'docs/performance.md');
const START = '<!-- first calls: written by `node bench/first-call.mjs --write` -->';
const END = '<!-- end of first calls -->';
/** Until a new spare stands in place of the one that was taken, and has been idle for a while, ms. */
const SPARE_MS = 300;
/** Until the sandbox is at rest after its first call, ms. */
const REST_MS = 50;
const LIMIT_MS = 10_000;

await tell(async () => {
  const { values } = parseArgs({
    options: {
      functions: { type: 'string', default: '40' },
      rounds: { type: 'string', default: '3' },
      write: { type: 'boolean', default: false },
    },
  });
  const [count, rounds] = [Number(values.functions), Number(values.rounds)];
  await build();
  const house = new House({});
  onStopSignals({ first: () => void house.close().finally(() => process.exit(130)), second: () => process.exit(130) });
  try {
    const machine = await describeMachine();
    const lines = [];
    for (const [name, measure] of [
      ['over HTTP', overHttp],
      ['executor alone', byExecutor],
    ]) {
      const samples = await measure(house.dir, count, rounds);
      for (const which of ['first', 'second']) lines.push(lineOf(`${which} call, ${name}`, samples, which));
    }
    const head = ['one call of `add`', 'p10 ms', 'p50 ms', 'p99 ms'];
    const text = `Measured ${machine.date}: ${machine.machine}, ${machine.cores} cores (load before: ${machine.loadBefore});\nNode ${machine.node}; ${rounds} rounds of ${count} functions.\n\n${markdown([head, ...lines])}`;
    console.log(text);
    if (values.write) write(text);
  } finally {
    await house.close();
  }
});

/** @returns {Promise<{ first: object, second: object }[]>} a sample of each, by round; the first round warms up, and is not among them */
async function overHttp(dir, count, rounds) {
  const names = Array.from({ length: count * (rounds + 1) }, (_, i) => `f${i}`);
  const functions = Object.fromEntries(names.map((name) => [`${name}.js`, ADD]));
  const house = await openHouse(dir, { functions });
  try {
    return await inRounds('over HTTP', names, count, async (name) => {
      const path = `/v1/functions/${name}/invocations`;
      const answer = await fetch(house.url + path, request(path, { data: CALL, sync: true }));
      const text = await answer.text();
      if (answer.status !== 200 || !text.includes(`"data":${SUM}`))
        throw new Error(`${name}: ${answer.status} ${text}`);
    });
  } finally {
    await house.close();
  }
}

async function byExecutor(_, count, rounds) {
  const { Executor } = createRequire(import.meta.url)(join(root, 'dist/libs/executor/executor.js'));
  const executor = new Executor({ slots: 8, spares: 2, inheritedEnv: { PATH: process.env.PATH } });
  await executor.start([128]);
  try {
    const names = Array.from({ length: count * (rounds + 1) }, (_, i) => `f${i}`);
    return await inRounds('executor', names, count, async (name) => {
      const { ending } = await executor.run(programOf(name), callOfAdd());
      if (ending.result !== String(SUM)) throw new Error(`${name}: ${JSON.stringify(ending)}`);
    });
  } finally {
    await executor.stop(0);
  }
}

async function inRounds(what, names, count, call) {
  const samples = [];
  for (let from = 0; from < names.length; from += count) {
    const ms = { first: [], second: [] };
    for (const name of names.slice(from, from + count)) {
      await sleep(SPARE_MS);
      ms.first.push(await timed(() => call(name)));
      await sleep(REST_MS);
      ms.second.push(await timed(() => call(name)));
    }
    say(`${from === 0 ? 'warm-up' : `round ${from / count}`}  ${what}`);
    if (from > 0) samples.push({ first: sampleOf(ms.first, 1), second: sampleOf(ms.second, 1) });
  }
  return samples;
}

async function timed(act) {
  const began = performance.now();
  await act();
  return performance.now() - began;
}

function programOf(name) {
  return {
    ...{ name, env: 'default', contract: 'cloudbase', queue: 'default', memoryMb: 128, version: '1', environment: {} },
    ...{ timeoutMs: { sync: 5_000, async: 300_000 }, file: join(root, 'bench/executor/add.cjs'), format: 'cjs' },
  };
}

function callOfAdd() {
  const data = JSON.stringify(CALL);
  return { requestID: randomUUID(), attempt: 1, data, limitMs: LIMIT_MS, environment: {}, origin: {} };
}

function lineOf(name, samples, which) {
  const of = (quantile) => range(spread(samples.map((sample) => sample[which][quantile])), 2);
  return [name, of('p10'), of('p50'), of('p99')];
}

function write(text) {
  const page = readFileSync(PAGE, 'utf8');
  const [before, after] = [page.slice(0, page.indexOf(START)), page.slice(page.indexOf(END))];
  writeFileSync(PAGE, `${before}${START}\n\n${text}\n\n${after}`);
}

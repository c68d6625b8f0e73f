/** Runs `add` in every way in which a worker could: in its own loop, in a forked process, in a sandbox that is warm, spare or cold. */
import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from '../../scripts/places.mjs';
import { answering } from '../answering.mjs';
import { closedLoop } from '../load/closed-loop.mjs';
import { sampleOf } from '../load/sample.mjs';
import { CALL, SLOTS, SUM } from '../rivals/add.mjs';

/** ms; for a call, and for the spares to stand. */
const LIMIT_MS = 10_000;
const FUNCTION = join(import.meta.dirname, 'add.cjs');
const DATA = JSON.stringify(CALL);
const require = createRequire(import.meta.url);
const { Executor } = require(join(root, 'dist/libs/executor/executor.js'));
const { main: add } = require(FUNCTION);

const inheritedEnv = { PATH: process.env.PATH };
const spared = new Executor({ slots: SLOTS, spares: 2, inheritedEnv });
const spareless = new Executor({ slots: SLOTS, spares: 0, inheritedEnv });
await spared.start([128]);
const child = fork(join(import.meta.dirname, 'forked-add.mjs'));
process.on('exit', () => child.kill('SIGKILL'));

let versions = 0;

const ways = {
  /** What the function itself takes: its data parsed, its result written, as every way has to. */
  inProcess: ({ seconds }) =>
    closedLoop(async () => check(JSON.stringify(await add(JSON.parse(DATA)))), { callers: 1, seconds }),
  /** Node's own way to another process, without anything that an executor does. */
  forked: ({ seconds }) => closedLoop(async () => check(await throughFork()), { callers: 1, seconds }),
  warm: ({ seconds }) => closedLoop(() => run(spared, program('warm')), { callers: 1, seconds }),
  warmAtOnce: ({ seconds }) => closedLoop(() => run(spared, program('warm')), { callers: SLOTS, seconds }),
  /** A version that no sandbox has loaded, while a generic spare stands. */
  spare: ({ times }) => oneByOne(times, spared, allSparesStand),
  /** The same with no spare: the process has to be started. */
  cold: ({ times }) => oneByOne(times, spareless, async () => undefined),
};

answering(true, ({ way, ...how }) => ways[way](how));

async function oneByOne(times, executor, ready) {
  const latencies = [];
  for (let i = 0; i < times; i++) {
    await ready();
    const began = performance.now();
    await run(executor, program(`v${++versions}`));
    latencies.push(performance.now() - began);
  }
  return sampleOf(
    latencies,
    latencies.reduce((sum, each) => sum + each, 0),
  );
}

async function run(executor, ofVersion) {
  const call = {
    requestID: randomUUID(),
    attempt: 1,
    data: DATA,
    limitMs: LIMIT_MS,
    environment: {},
    origin: {},
  };
  const { ending } = await executor.run(ofVersion, call);
  if (ending.outcome !== 'succeeded') throw new Error(`ended otherwise: ${JSON.stringify(ending)}`);
  check(ending.result);
}

function throughFork() {
  return new Promise((done) => {
    child.once('message', done);
    child.send(DATA);
  });
}

async function allSparesStand() {
  for (const end = Date.now() + LIMIT_MS; Date.now() < end; await sleep(10)) {
    const { spares, starting } = spared.stats();
    // And a moment for what the last call left to be ended.
    if (spares >= 2 && starting === 0) return sleep(50);
  }
  throw new Error(`the spares did not stand within ${LIMIT_MS} ms`);
}

function program(version) {
  return {
    ...{ name: 'add', env: 'default', contract: 'cloudbase', queue: 'default', memoryMb: 128, version },
    ...{ timeoutMs: { sync: 5_000, async: 300_000 }, file: FUNCTION, format: 'cjs', environment: {} },
  };
}

function check(result) {
  if (result !== String(SUM)) throw new Error(`add answered ${result}`);
}

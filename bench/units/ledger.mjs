/** What a piece of work cost: CPU time by process, Redis commands, bytes to and from Redis and to its AOF. */
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuTimes } from '../cpu-time.mjs';
import { Trouble } from '../../scripts/trouble.mjs';

const REST_LIMIT_MS = 60_000;
/** How often to ask whether anything is still open. What asking costs is in the figures: little. */
const LOOK_MS = 100;

/**
 * @param {{ redis: object, apis: { pid: number }[], workers: { pid: number }[] }} house with one API and one worker
 * @param {() => Promise<number>} work says how many calls it made
 * @param {(house: object) => Promise<void>} [settle] by default what is left open is waited for: it is part of the cost
 * @returns costs of all of it: `cpuUs` by process, `commands`, `redisBytes`, `aofBytes`; and `calls`, `seconds`
 */
export async function ledger(house, work, settle = untilAtRest) {
  const before = await readings(house);
  const calls = await work();
  await settle(house);
  const after = await readings(house);
  const change = (of) => of(after) - of(before);
  return {
    calls,
    seconds: change(({ at }) => at) / 1_000,
    cpuUs: Object.fromEntries(
      ['api', 'worker', 'sandboxes', 'redis'].map((role) => [role, change(({ cpu }) => cpu[role]) * 1_000]),
    ),
    commands: change(({ commands }) => commands),
    redisBytes: change(({ redisBytes }) => redisBytes),
    aofBytes: change(({ aofBytes }) => aofBytes),
  };
}

/** Costs of one call; `idle`: what the house would have cost in the same time without any. */
export function perCall({ calls, seconds, ...costs }, idle) {
  const each = (value, idleValue) => Math.max(0, value - (idle ? (idleValue / idle.seconds) * seconds : 0)) / calls;
  return eachOf(costs, idle, each);
}

/** Costs of a second. */
export function perSecond({ seconds, cpuUs, commands, redisBytes, aofBytes }) {
  return eachOf({ cpuUs, commands, redisBytes, aofBytes }, undefined, (value) => value / seconds);
}

function eachOf({ cpuUs, ...others }, idle, each) {
  return {
    cpuUs: Object.fromEntries(Object.entries(cpuUs).map(([role, us]) => [role, each(us, idle?.cpuUs[role])])),
    ...Object.fromEntries(Object.entries(others).map(([name, value]) => [name, each(value, idle?.[name])])),
  };
}

export function totalUs({ cpuUs }) {
  return Object.values(cpuUs).reduce((sum, us) => sum + us, 0);
}

/** Other work of the machine makes a round dearer, never cheaper: the cheapest one is nearest to the truth. */
export function cheapest(rounds) {
  return rounds.toSorted((a, b) => totalUs(a) - totalUs(b))[0];
}

async function readings({ redis, apis, workers }) {
  const info = await redis.client.info('stats', 'persistence');
  const field = (name) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  const times = cpuTimes({ api: apis[0].pid, worker: workers[0].pid, redis: redis.pid });
  if (!times) throw new Trouble('CPU times are read from /proc: this needs Linux.');
  return {
    at: performance.now(),
    cpu: {
      api: times.api,
      worker: times.worker,
      sandboxes: times["worker's children"],
      redis: times.redis + times["redis's children"],
    },
    commands: Object.values(await redis.commands()).reduce((sum, calls) => sum + calls, 0),
    redisBytes: field('total_net_input_bytes') + field('total_net_output_bytes'),
    aofBytes: field('aof_current_size'),
  };
}

async function untilAtRest({ redis }) {
  for (const end = Date.now() + REST_LIMIT_MS; Date.now() < end; await sleep(LOOK_MS)) {
    if ((await redis.client.zcard('{invoq:0}:open')) === 0) return;
  }
  throw new Trouble(`Calls were still open after ${REST_LIMIT_MS / 1_000} s.`);
}

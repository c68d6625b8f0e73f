/** Curves of memory: of an API for each caller that waits, and of Redis for each record that is kept. */
import { readFileSync } from 'node:fs';
import { Agent, request as send } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { CALL } from '../../rivals/add.mjs';
import { openHouse } from '../house.mjs';

const KB = 1_024;
const BATCH = 500;
const WAIT_LIMIT_MS = 60_000;
const NEVER = {
  'functions.json': '{"functions":{"never":{"queue":"nobody"}}}',
  'never.js': 'exports.main = () => 1;\n',
};

export const waiters = {
  name: 'waiters',
  title: 'Callers that wait for a result (long polls on one API)',
  points: [1, 10, 100, 1_000, 2_000, 5_000],
  columns: { rssMb: ['API memory, MB', 1], eachKb: ['KB for each', 2] },
  plotted: ['rssMb', 'eachKb'],
  async *measure(points, { dir }) {
    for (const point of points) {
      // Of its own for each point: memory that was given back once would hide what is needed now.
      const house = await openHouse(dir, { functions: NEVER, env: { INVOQ_QUEUES: 'default,nobody', INVOQ_SLOTS: 'async=0', INVOQ_MAX_WAIT: '5m' } }); // prettier-ignore
      try {
        yield [point, await waiting(house, point)];
      } finally {
        await house.close();
      }
    }
  },
};

export const records = {
  name: 'records',
  title: 'Records that are kept (of sync calls of `add`)',
  points: [100, 1_000, 10_000],
  columns: { usedMb: ['Redis memory, MB', 2], each: ['bytes for each', 0] },
  plotted: ['usedMb', 'each'],
  async *measure(points, { dir }) {
    const house = await openHouse(dir);
    try {
      await call(house.url, 50);
      const empty = { used: await usedBytes(house), count: await house.redis.client.dbsize() };
      let made = 0;
      for (const point of points) {
        await call(house.url, point - made);
        made = point;
        const used = await usedBytes(house);
        yield [point, { usedMb: used / KB / KB, each: (used - empty.used) / made }];
      }
    } finally {
      await house.close();
    }
  },
};

async function waiting({ url, apis }, count) {
  const { requestID } = await json(`${url}/v1/functions/never/invocations`, { data: {}, sync: false });
  const before = rssKb(apis[0].pid);
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  const calls = Array.from({ length: count }, () => {
    const call = send(`${url}/v1/invocations/${requestID}/result?wait=300`, { agent });
    call.on('error', () => undefined);
    call.end();
    return call;
  });
  try {
    await untilWaiting(url, count);
    const rss = rssKb(apis[0].pid);
    return { rssMb: rss / KB, eachKb: (rss - before) / count };
  } finally {
    for (const call of calls) call.destroy();
    agent.destroy();
  }
}

async function untilWaiting(url, count) {
  for (const end = Date.now() + WAIT_LIMIT_MS; Date.now() < end; await sleep(100)) {
    const text = await (await fetch(`${url}/metrics`)).text();
    if (Number(/^invoq_waiters(?:\{[^}]*\})? (\d+)/m.exec(text)?.[1]) >= count) return;
  }
  throw new Error(`${count} callers did not come to wait within ${WAIT_LIMIT_MS / 1_000} s`);
}

async function call(url, count) {
  for (let left = count; left > 0; left -= BATCH) {
    const calls = Array.from({ length: Math.min(left, BATCH) }, () => json(`${url}/v1/functions/add/invocations`, { data: CALL })); // prettier-ignore
    const answers = await Promise.all(calls);
    const bad = answers.find(({ code }) => code !== 0);
    if (bad) throw new Error(`add answered ${JSON.stringify(bad)}`);
  }
}

async function json(url, body) {
  const headers = { 'content-type': 'application/json' };
  return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).json();
}

async function usedBytes({ redis }) {
  return Number(/used_memory:(\d+)/.exec(await redis.client.info('memory'))[1]);
}

/** Linux only; elsewhere NaN. */
function rssKb(pid) {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
  } catch {
    return NaN;
  }
}

/** Curves of what a sync call costs, as callers, payloads, APIs, workers, waiting calls and functions grow. */
import { ADD, openHouse } from '../house.mjs';
import { load, LOAD_COLUMNS } from '../load.mjs';

const KB = 1_024;
const ECHO = 'exports.main = (event) => event.text.length;\n';
/** Items of one batch, as many as one may have. */
const BATCH = 1_000;

/** A curve for which one house serves all points. */
const inOneHouse = (size, measure) =>
  async function* (points, how) {
    const house = await openHouse(how.dir, size);
    try {
      for (const point of points) yield [point, await measure(house, point, how)];
    } finally {
      await house.close();
    }
  };

/** A curve whose every point has a house of its own. */
const inOwnHouses = (sizeOf, measure) =>
  async function* (points, how) {
    for (const point of points) {
      const house = await openHouse(how.dir, sizeOf(point));
      try {
        yield [point, await measure(house, point, how)];
      } finally {
        await house.close();
      }
    }
  };

export const callers = {
  name: 'callers',
  title: 'Callers at the same time',
  points: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
  columns: LOAD_COLUMNS,
  plotted: ['perSecond', 'p50'],
  measure: inOneHouse({}, (house, point, how) => load(house, how, { callers: point })),
};

export const payload = {
  name: 'payload',
  title: 'Data of a call, KB (8 callers)',
  points: [1, 4, 16, 64, 256, 1_000],
  columns: LOAD_COLUMNS,
  plotted: ['perSecond', 'p50'],
  measure: inOneHouse({ functions: { 'echo.js': ECHO } }, (house, point, how) => {
    const text = 'x'.repeat(point * KB);
    return load(house, how, { callers: 8, name: 'echo', data: { text }, expect: `"data":${text.length}` });
  }),
};

export const apis = {
  name: 'apis',
  title: 'API processes (64 callers, spread over them)',
  points: [1, 2, 4, 8],
  columns: LOAD_COLUMNS,
  plotted: ['commands', 'perSecond'],
  measure: inOwnHouses(
    (point) => ({ apis: point }),
    (house, _, how) => load(house, how, { callers: 64 }),
  ),
};

export const workers = {
  name: 'workers',
  title: 'Worker processes (64 callers)',
  points: [1, 2, 3, 4],
  columns: LOAD_COLUMNS,
  plotted: ['perSecond', 'p50'],
  measure: inOwnHouses(
    (point) => ({ workers: point }),
    (house, _, how) => load(house, how, { callers: 64 }),
  ),
};

export const depth = {
  name: 'depth',
  title: 'Async calls that wait in the same queue (8 sync callers)',
  points: [0, 1_000, 10_000, 100_000, 1_000_000],
  columns: LOAD_COLUMNS,
  plotted: ['p50', 'commands'],
  // No slot for async calls: what is submitted waits.
  measure: inOneHouse(
    { env: { INVOQ_SLOTS: 'async=0', INVOQ_MAX_QUEUED: '10000000', INVOQ_MAX_OPEN: '10000000' } },
    async (house, point, how) => {
      await fillTo(house, point);
      return load(house, how, { callers: 8 });
    },
  ),
};

export const functions = {
  name: 'functions',
  title: 'Functions that are served (8 callers of one of them)',
  points: [1, 10, 100, 1_000],
  columns: LOAD_COLUMNS,
  plotted: ['p50', 'commands'],
  measure: inOwnHouses(
    (point) => ({ functions: Object.fromEntries(Array.from({ length: point }, (_, i) => [`f${i}.js`, ADD])) }),
    (house, _, how) => load(house, how, { callers: 8, name: 'f0' }),
  ),
};

async function fillTo({ url, redis }, count) {
  for (;;) {
    const there = await redis.client.zcard('{invoq:0}:queued:default:async');
    if (there >= count) return;
    const items = Array.from({ length: Math.min(BATCH, count - there) }, () => ({ data: { a: 1, b: 2 } }));
    const response = await fetch(`${url}/v1/functions/add/invocations/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ items }),
    });
    const { data } = await response.json();
    if (data?.accepted !== items.length) throw new Error(`a batch was not accepted: ${response.status}`);
  }
}

/** The load of a curve's point: sync calls over HTTP, spread over the APIs, and what each cost in Redis commands. */
import { CALL, SUM } from '../rivals/add.mjs';
import { request } from '../rivals/front-requests.mjs';
import { median } from '../statistics.mjs';

/** On top of a slice: its last answers, ms. */
const SLACK_MS = 25_000;

/**
 * @param {{ apis: { url: string }[], redis: object }} house
 * @param {{ loads: object[], seconds: number, rounds: number }} how `loads`: the load generators, one for each API
 * @param {{ callers: number, name?: string, data?: unknown, expect?: string }} what
 * @returns medians of the rounds, after one that warms up
 */
export async function load(house, { loads, seconds, rounds }, { callers, name = 'add', data = CALL, expect }) {
  const each = Math.max(1, Math.floor(callers / house.apis.length));
  const requests = [request(`/v1/functions/${name}/invocations`, { data })];
  const slices = [];
  for (let round = 0; round <= rounds; round++) {
    const before = total(await house.redis.commands());
    const samples = await Promise.all(
      house.apis.map(({ url }, i) =>
        loads[i].ask(
          { url, requests, callers: each, seconds, expect: expect ?? `"data":${SUM}`, status: 200 },
          seconds * 1_000 + SLACK_MS,
        ),
      ),
    );
    const calls = sum(samples.map((sample) => sample.calls));
    const commands = (total(await house.redis.commands()) - before) / calls;
    if (round > 0) slices.push({ samples, commands });
  }
  const of = (field) => median(slices.map(({ samples }) => median(samples.map((sample) => sample[field]))));
  return {
    perSecond: median(slices.map(({ samples }) => sum(samples.map((sample) => sample.perSecond)))),
    p50: of('p50'),
    p99: of('p99'),
    commands: median(slices.map((slice) => slice.commands)),
    errors: sum(slices.flatMap(({ samples }) => samples.map((sample) => sample.errors))),
  };
}

/** The columns that most curves have. */
export const LOAD_COLUMNS = {
  perSecond: ['calls/s', 0],
  p50: ['p50 ms', 2],
  p99: ['p99 ms', 2],
  commands: ['Redis commands a call', 1],
  errors: ['never heard', 0],
};

function total(commands) {
  return sum(Object.values(commands));
}

function sum(values) {
  return values.reduce((a, b) => a + b, 0);
}

/** Nobody can take all the places of those who wait or follow: not by one connection, not by many. */
import { until } from '../harness/until';
import {
  bearer,
  call,
  Connection,
  get,
  GIVEN_BACK_MS,
  type TwoTenants,
  metric,
  startTwoTenants,
  submitted,
} from './greedy';

const FUNCTIONS = {
  'slow.js': 'exports.main = ({ ms }) => new Promise((done) => setTimeout(done, ms, ms))',
  'add.js': 'exports.main = ({ x, y }) => x + y',
};
const MAX_WAITING = 100;
const MAX_FOLLOWING = 20;

let tenants: TwoTenants;
let id: string;
const open: Connection[] = [];
beforeAll(async () => {
  tenants = await startTwoTenants(FUNCTIONS, {
    INVOQ_MAX_WAITING: String(MAX_WAITING),
    INVOQ_MAX_FOLLOWING: String(MAX_FOLLOWING),
    INVOQ_GRACE: '2s',
    INVOQ_SLOTS: 'sync=4,async=2,nested=0',
  });
  id = await submitted(tenants, 'greedy', 'slow', { ms: 120_000 });
}, 60_000);
afterEach(async () => {
  open.splice(0).forEach((connection) => connection.hangUp());
  await until('all places are free', async () => (await waiting()) + (await following()) === 0, 30_000);
});
afterAll(() => tenants.stack.stop());

const connection = (bytes: string): Connection => {
  const one = new Connection(tenants.port, bytes);
  open.push(one);
  return one;
};
const waiting = (): Promise<number> => metric(tenants, 'invoq_waiters');
const following = (): Promise<number> => metric(tenants, 'invoq_places_taken', 'of="event-streams"');
const neighbourIsServed = async (): Promise<void> =>
  expect((await call(tenants, 'neighbour', 'add', { data: { x: 1, y: 2 } })).body.data).toBe(3);
const longPoll = (): string => get(`/v1/invocations/${id}?wait=20`);
const events = (): string => get(`/v1/invocations/${id}/events`);

test('10,500 long polls on one connection: it is cut off, and takes nothing with it', async () => {
  const flood = connection(longPoll().repeat(10_500));
  await until('it is cut off', () => flood.isClosed, 10_000);
  await neighbourIsServed();
  await until('its places are free', async () => (await waiting()) === 0, GIVEN_BACK_MS);
});

test('50 long polls on one connection wait one after the other, and end with it', async () => {
  const one = connection(longPoll().repeat(50));
  await until('the first one waits', async () => (await waiting()) === 1, 10_000);
  await neighbourIsServed();
  expect(await waiting()).toBe(1);
  one.hangUp();
  await until('its place is free', async () => (await waiting()) === 0, GIVEN_BACK_MS);
});

test('one request more than may wait for their turn on a connection: 429, after the answers before it', async () => {
  const one = connection(get('/v1/functions').repeat(150));
  await until('it is closed', () => one.isClosed, 10_000);
  expect(one.statuses).toEqual([...Array.from({ length: 101 }, () => 200), 429]);
  expect(one.said).toMatch(/INVOQ_MAX_PIPELINED/);
  expect(one.said.toLowerCase()).toContain('connection: close');
});

test('many connections of one key: nine tenths of the places, and the rest are left to others', async () => {
  const polls = Array.from({ length: MAX_WAITING + 20 }, () => connection(longPoll()));
  const refused = (): Connection[] => polls.filter(({ statuses }) => statuses[0] === 429);
  await until('all wait or are refused', async () => (await waiting()) + refused().length >= polls.length, 20_000);
  expect(await waiting()).toBe(0.9 * MAX_WAITING);
  expect(refused()[0].said).toMatch(/retry-after: 1/i);
  expect(refused()[0].said).toMatch(/INVOQ_MAX_WAITING/);
  expect(refused()[0].said).toMatch(/ratelimit-policy: "waits";q=90;qu="concurrent-requests"/i);
  // Neither do its sync calls take the rest.
  expect((await call(tenants, 'greedy', 'add')).body.error).toMatchObject({
    type: 'RATE_LIMITED',
    retryable: true,
    started: false,
  });
  await neighbourIsServed();
  polls.forEach((poll) => poll.hangUp());
  await until('all places are free', async () => (await waiting()) === 0, GIVEN_BACK_MS);
  expect((await call(tenants, 'greedy', 'add', { data: { x: 1, y: 1 } })).body.data).toBe(2);
}, 60_000);

test('500 event streams on one connection: it is cut off or has one, and hands it back when it is closed', async () => {
  const one = connection(events().repeat(500));
  await until('the first one is open', async () => one.isClosed || (await following()) === 1, 10_000);
  one.hangUp();
  await until('its place is free', async () => (await following()) === 0, GIVEN_BACK_MS);
});

test('event streams on many connections: nine tenths, and a neighbour follows its own call', async () => {
  const streams = Array.from({ length: MAX_FOLLOWING + 5 }, () => connection(events()));
  await until('all are answered', () => streams.every(({ statuses }) => statuses.length > 0), 20_000);
  expect(await following()).toBe(0.9 * MAX_FOLLOWING);
  const refused = streams.filter(({ statuses }) => statuses[0] === 429);
  expect(refused).toHaveLength(streams.length - 0.9 * MAX_FOLLOWING);
  expect(refused[0].said).toMatch(/INVOQ_MAX_FOLLOWING/);
  const own = await submitted(tenants, 'neighbour', 'add', { x: 2, y: 2 });
  const answer = await tenants.stack.http.get(`/v1/invocations/${own}/events`, bearer('neighbour'));
  expect(answer.text).toContain('event: end');
  streams.forEach((stream) => stream.hangUp());
  await until('all places are free', async () => (await following()) === 0, GIVEN_BACK_MS);
}, 60_000);

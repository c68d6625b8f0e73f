/** Whoever does not read answers holds few files for a short time, and nobody else is held up. */
import { descriptorsOf } from '../harness/process-facts';
import { until } from '../harness/until';
import { bearer, Connection, get, GIVEN_BACK_MS, type TwoTenants, metric, startTwoTenants, submitted } from './greedy';

const MB = 1 << 20;
/** Above what the buffers of the system take from us. */
const LARGE = 14 * MB;
const FUNCTIONS = {
  'large.js': 'exports.main = ({ bytes }) => "x".repeat(bytes)',
};
const MAX_OPEN = 10;
const READER_MS = 6_000;

let tenants: TwoTenants;
const open: Connection[] = [];
beforeAll(async () => {
  tenants = await startTwoTenants(FUNCTIONS, {
    INVOQ_MAX_OPEN_RESULTS: String(MAX_OPEN),
    INVOQ_READER_TIMEOUT: `${READER_MS}ms`,
  });
}, 60_000);
afterEach(async () => {
  open.splice(0).forEach((connection) => connection.hangUp());
  await until('no result is open', async () => (await opened()) === 0, 20_000);
});
afterAll(() => tenants.stack.stop());

const unread = (bytes: string): Connection => {
  const one = new Connection(tenants.port, bytes, false);
  open.push(one);
  return one;
};
const opened = (): Promise<number> => metric(tenants, 'invoq_places_taken', 'of="open-results"');
const descriptors = (): number => descriptorsOf(tenants.pid);
const ended = async (tenant: 'greedy' | 'neighbour', bytes: number): Promise<string> => {
  const id = await submitted(tenants, tenant, 'large', { bytes });
  await tenants.stack.http.get(`/v1/invocations/${id}?wait=20`, { ...bearer(tenant), prefer: 'result=url' });
  return id;
};
const neighbourReads = async (id: string): Promise<void> => {
  const { status, body } = await tenants.stack.http.get(`/v1/invocations/${id}/result`, bearer('neighbour'));
  expect(status).toBe(200);
  expect(body.data).toHaveLength(MB);
};

test('400 large results on each of three connections: three files, given back on the hang-up', async () => {
  const [id, own] = [await ended('greedy', LARGE), await ended('neighbour', MB)];
  const before = descriptors();
  const sockets = Array.from({ length: 3 }, () => unread(get(`/v1/invocations/${id}/result`).repeat(400)));
  await until('each has its file', async () => (await opened()) === 3, 20_000);
  expect(descriptors()).toBeLessThan(before + 20);
  await neighbourReads(own);
  sockets.forEach((socket) => socket.hangUp());
  await until('all are given back', () => descriptors() <= before, GIVEN_BACK_MS);
  expect(await opened()).toBe(0);
}, 60_000);

test('one result on each of many connections: nine tenths of the places, and a neighbour reads', async () => {
  const [id, own] = [await ended('greedy', LARGE), await ended('neighbour', MB)];
  const before = descriptors();
  const sockets = Array.from({ length: MAX_OPEN + 4 }, () => unread(get(`/v1/invocations/${id}/result`)));
  await until('the share is taken', async () => (await opened()) === 0.9 * MAX_OPEN, 20_000);
  const { status, body } = await tenants.stack.http.get(`/v1/invocations/${id}/result`, bearer('greedy'));
  expect(status).toBe(429);
  expect(body).toMatchObject({ requestID: id, error: { type: 'RATE_LIMITED', retryable: true, started: true } });
  expect(body.error.message).toContain('INVOQ_MAX_OPEN_RESULTS');
  await neighbourReads(own);
  sockets.forEach((socket) => socket.hangUp());
  await until('all are given back', () => descriptors() <= before, GIVEN_BACK_MS);
}, 60_000);

test('who takes nothing is cut off: of a large result, and of many small answers', async () => {
  const [id, small] = [await ended('greedy', LARGE), await ended('greedy', 200_000)];
  const before = descriptors();
  const large = unread(get(`/v1/invocations/${id}/result`));
  await until('it is open', async () => (await opened()) === 1, 20_000);
  const many = unread(get(`/v1/invocations/${small}/result`).repeat(90));
  await until('both are let go', () => descriptors() <= before, 5 * READER_MS);
  expect(await opened()).toBe(0);
  // A connection hears of it when it reads.
  expect([large.isClosed, many.isClosed]).toEqual([false, false]);
}, 60_000);

test('who reads slowly, and goes on reading, gets all of it', async () => {
  const id = await ended('greedy', LARGE);
  const slow = unread(get(`/v1/invocations/${id}/result`));
  const from = Date.now();
  while (slow.bytes < LARGE && Date.now() - from < 6 * READER_MS) await slow.readSome(LARGE / 12, 1_000);
  expect(Date.now() - from).toBeGreaterThan(READER_MS * 1.5);
  expect(slow.bytes).toBeGreaterThan(LARGE);
}, 60_000);

test('and no file was left to be closed by the garbage collector', () => {
  expect(tenants.stack.apis[0].process.lines.filter((line) => /garbage collection|DEP0137/.test(line))).toEqual([]);
});

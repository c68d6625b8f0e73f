/** Uploads that drip take no more than a share of the places, and not for long. */
import { until } from '../harness/until';
import { bearer, Connection, GIVEN_BACK_MS, type TwoTenants, metric, startTwoTenants } from './greedy';

/** Of the limit of 64. */
const SHARE = 57;

let tenants: TwoTenants;
const open: Connection[] = [];
beforeAll(async () => {
  tenants = await startTwoTenants({ 'add.js': 'exports.main = ({ x, y }) => x + y' });
}, 60_000);
afterEach(async () => {
  open.splice(0).forEach((connection) => connection.hangUp());
  await until('no upload is under way', async () => (await uploads()) === 0, 20_000);
});
afterAll(() => tenants.stack.stop());

const HEAD =
  `POST /v1/blobs HTTP/1.1\r\nhost: localhost\r\nauthorization: ${bearer('greedy').authorization}\r\n` +
  'content-type: text/plain\r\ncontent-length: 1000000\r\n\r\nx';
const uploads = (): Promise<number> => metric(tenants, 'invoq_places_taken', 'of="uploads"');
const drips = (): Connection[] => {
  const connections = Array.from({ length: 64 }, () => new Connection(tenants.port, HEAD));
  open.push(...connections);
  return connections;
};
const neighbourUploads = async (): Promise<void> => {
  const { status } = await tenants.stack.http.post('/v1/blobs', 'a small one', bearer('neighbour'));
  expect(status).toBe(201);
};

test('64 at once: a share of them is taken, a neighbour uploads, and all are given back on the hang-up', async () => {
  const connections = drips();
  await until('the share is taken', async () => (await uploads()) === SHARE, 20_000);
  await neighbourUploads();
  const { status, body } = await tenants.stack.http.post('/v1/blobs', 'one more', bearer('greedy'));
  expect(status).toBe(429);
  expect(body.error).toMatchObject({ type: 'RATE_LIMITED', retryable: true, started: false });
  expect(body.error.message).toContain('INVOQ_MAX_UPLOADS');
  connections.forEach((connection) => connection.hangUp());
  await until('all are given back', async () => (await uploads()) === 0, GIVEN_BACK_MS);
}, 60_000);

test('a byte each second is too slow: each is refused by its 15th second', async () => {
  const connections = drips();
  const drip = setInterval(() => connections.forEach((connection) => connection.write('x')), 1_000);
  await until('the share is taken', async () => (await uploads()) === SHARE, 20_000);
  await until('none is under way', async () => (await uploads()) === 0, 30_000);
  clearInterval(drip);
  const slow = connections.filter(({ statuses }) => statuses[0] === 400);
  expect(slow).toHaveLength(SHARE);
  expect(slow[0].said).toContain('INVOQ_MIN_UPLOAD_SPEED');
}, 60_000);

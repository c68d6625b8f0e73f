/** An answer that comes before the request has come whole reaches its caller, and the connection ends soon after. */
import { connect, type AddressInfo, type Socket } from 'node:net';
import { fastify, type FastifyInstance } from 'fastify';
import { closeLingering, isLastOf } from './lingering-close';

const MB = 1_048_576;
/** Longer than a connection lingers, shorter than any other limit, ms. */
const SOON_MS = 10_000;

let server: FastifyInstance;
let port: number;
let ran: number;
let sockets: Socket[];
beforeEach(async () => {
  [ran, sockets] = [0, []];
  server = fastify({ forceCloseConnections: true, bodyLimit: 64 * MB });
  closeLingering(server);
  server.server.on('connection', (socket) => sockets.push(socket));
  server.addHook('onRequest', (request, reply, done) => {
    if (request.url === '/last') isLastOf(request.raw.socket);
    if (request.url !== '/kept') void reply.header('connection', 'close');
    if (request.url !== '/refused') return done();
    void reply.code(401).send('no key');
  });
  server.addContentTypeParser('*', (_request, payload, done) => {
    // Read a little, and then no more: the socket is stopped when the buffers are full.
    payload.once('data', () => payload.pause());
    done(null);
  });
  server.get('/ran', () => `ran ${++ran}`);
  server.get('/last', () => 'the last');
  server.post('/refused', () => 'never');
  server.post('/stuck', async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return 'enough';
  });
  await server.listen({ port: 0, host: '127.0.0.1' });
  port = (server.server.address() as AddressInfo).port;
});
afterEach(() => server.close());

const head = (path: string, length: number): string =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: x/y\r\ncontent-length: ${length}\r\n\r\n`;

interface Exchange {
  said: string;
  error?: string;
  tookMs: number;
}

/** Sends all of it, waits for room where there is none, reads the answer only then, and says how it ended. */
async function exchange(
  parts: Iterable<string | Buffer>,
  { readsAtOnce = false, ends = true } = {},
): Promise<Exchange> {
  const began = performance.now();
  // It does not end its side when it sees the end of ours.
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let [said, error] = ['', undefined as string | undefined];
  const listen = (): void => void socket.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')));
  socket.on('error', ({ code }: NodeJS.ErrnoException) => (error = code));
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  if (readsAtOnce) listen();
  for (const part of parts) {
    if (socket.destroyed) break;
    if (socket.write(part)) continue;
    await new Promise<void>((resolve) => socket.once('drain', resolve).once('close', resolve));
  }
  if (!readsAtOnce) listen();
  if (ends) socket.end();
  await closed;
  return { said, error, tookMs: performance.now() - began };
}

function* endless(): Generator<string | Buffer> {
  yield head('/refused', 1_000 * MB);
  for (let sent = 0; sent < 1_000 * MB; sent += 65_536) yield Buffer.alloc(65_536, 'x');
}
const pieces = (bytes: number): Buffer[] => Array.from({ length: bytes / 65_536 }, () => Buffer.alloc(65_536, 'x'));

it('a caller who sends everything before it reads has the answer, every time', async () => {
  for (let round = 0; round < 40; round++) {
    const ended = await Promise.all([1, 2, 3].map(() => exchange([head('/refused', 8 * MB), ...pieces(8 * MB)])));
    for (const { said, error } of ended) {
      expect(error).toBeUndefined();
      expect(said).toMatch(/^HTTP\/1\.1 401 .*no key$/s);
    }
  }
}, 60_000);

it('also when somebody had begun to read the body, and stopped', async () => {
  const { said, error } = await exchange([head('/stuck', 8 * MB), ...pieces(8 * MB)]);
  expect(error).toBeUndefined();
  expect(said).toMatch(/^HTTP\/1\.1 200 .*enough$/s);
});

it('nothing of what follows is taken for a request', async () => {
  const get = 'GET /ran HTTP/1.1\r\nhost: x\r\n\r\n';
  const { said, error } = await exchange([head('/refused', 2 * MB), ...pieces(2 * MB), get.repeat(10)]);
  expect(error).toBeUndefined();
  expect(said.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  expect(ran).toBe(0);
});

it('what is said to be the last answer is, though its request has come whole', async () => {
  const get = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
  const more = Buffer.from(get('/ran').repeat(2_000));
  const { said, error } = await exchange([get('/last'), ...Array<Buffer>(100).fill(more)]);
  expect(error).toBeUndefined();
  expect(said).toMatch(/^HTTP\/1\.1 200 .*the last$/s);
});

it('a caller who never ends is cut off, and what it sends is taken to a bound', async () => {
  const { said, tookMs } = await exchange(endless(), { readsAtOnce: true, ends: false });
  expect(said).toContain('401');
  expect(tookMs).toBeLessThan(SOON_MS);
  expect(sockets[0].bytesRead).toBeGreaterThan(8 * MB);
  expect(sockets[0].bytesRead).toBeLessThan(20 * MB);
});

/** Sends these bytes and neither ends nor closes; until the connection is closed here, ms. */
async function heldFor(bytes: string): Promise<number> {
  const began = performance.now();
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.write(bytes);
  await new Promise((resolve) => socket.resume().once('end', resolve));
  while (!sockets[0].destroyed && performance.now() - began < SOON_MS) await new Promise((done) => setTimeout(done, 5));
  socket.destroy();
  return performance.now() - began;
}

it('one who says nothing more is cut off as well', async () => {
  const ms = await heldFor(head('/refused', MB));
  expect(ms).toBeGreaterThan(1_500);
  expect(ms).toBeLessThan(SOON_MS);
});

it('the connection of a request that has come whole is closed at once', async () => {
  expect(await heldFor('GET /ran HTTP/1.1\r\nhost: x\r\n\r\n')).toBeLessThan(1_500);
});

/**
 * A caller who is refused before its body has come hears why, however it sends. Whoever goes on sending, or holds its
 * connection, does so for a short time, and costs little.
 */
import { connect } from 'node:net';
import { descriptorsOf, processorSeconds } from '../harness/process-facts';
import type { Stack } from '../harness/stack';
import { until } from '../harness/until';
import { bearer, startKeyedStack } from './keyed-stack';

const MB = 1_048_576;
const PIECE = Buffer.alloc(65_536, '0');
const INVOKE = '/v1/functions/echo/invocations';
/** A connection lingers for two seconds after its last answer. The rest is for a busy machine, ms. */
const GONE_MS = 10_000;

let stack: Stack;
/** Descriptors of the API when nobody calls. It may open some more. */
let idle: number;
const MORE = 10;
beforeAll(async () => {
  stack = await startKeyedStack({ INVOQ_RATE: '100000/1s' });
  idle = descriptorsOf(stack.apis[0].process.pid);
}, 60_000);
afterAll(() => stack.stop());

const head = (path: string, length: string, more = ''): string =>
  `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${more}${length}\r\n\r\n`;

interface Sent {
  said: string;
  error?: string;
}

/** Sends as much as there is room for, piece by piece, and reads only when all is sent. */
async function sendAll(first: string, bytes: number): Promise<Sent> {
  const socket = connect({ port: stack.apis[0].port, host: 'localhost', allowHalfOpen: true });
  const sent: Sent = { said: '' };
  socket.on('error', ({ code }: NodeJS.ErrnoException) => (sent.error = code));
  const closed = new Promise<void>((done) => socket.once('close', () => done()));
  socket.write(first);
  for (let left = bytes; left > 0 && !socket.destroyed; left -= PIECE.length) {
    if (!socket.write(PIECE)) await new Promise<void>((done) => socket.once('drain', done).once('close', done));
  }
  socket.on('data', (chunk: Buffer) => (sent.said += chunk.toString('latin1')));
  socket.end();
  await closed;
  return sent;
}

test.each([
  ['without a key, with a length', head(INVOKE, `content-length: ${4 * MB}`), 401],
  ['without a key, in chunks', head(INVOKE, 'transfer-encoding: chunked') + `${(4 * MB).toString(16)}\r\n`, 401],
  ['to be closed after it', head(INVOKE, `content-length: ${4 * MB}`, 'connection: close\r\n'), 401],
  ['to nowhere', head('/nowhere', `content-length: ${4 * MB}`), 404],
  [
    'larger than any call',
    head(INVOKE, `content-length: ${4 * MB}`, `authorization: ${bearer('inv').authorization}\r\n`),
    413,
  ],
  ['to nowhere, with chunks of nonsense', head('/nowhere', 'transfer-encoding: chunked') + 'zz\r\n', 404],
  [
    'with chunks of nonsense',
    head(INVOKE, 'transfer-encoding: chunked', `authorization: ${bearer('inv').authorization}\r\n`) + 'zz\r\n',
    400,
  ],
  ['that is no HTTP', 'hello\r\n\r\n', 400],
])(
  'a request %s: every caller has its answer',
  async (_, first, status) => {
    for (let round = 0; round < 25; round++) {
      const all = await Promise.all([1, 2, 3, 4].map(() => sendAll(first, 4 * MB)));
      for (const { said, error } of all) {
        expect(error).toBeUndefined();
        expect(said.match(/HTTP\/1\.1 \d+/g)).toEqual([`HTTP/1.1 ${status}`]);
        expect(said).toMatch(/"type":"[A-Z_]+"/);
      }
    }
  },
  60_000,
);

test('a caller of the usual kind has it, too', async () => {
  const body = `{"data":[${'0,'.repeat(MB / 2 - 100)}0]}`;
  for (let round = 0; round < 100; round++) {
    const all = await Promise.all([1, 2, 3, 4].map(() => stack.http.request(INVOKE, { method: 'POST', body })));
    for (const { status } of all) expect(status).toBe(401);
  }
}, 60_000);

test('whoever goes on sending, or says no more, is cut off, and is cheap', async () => {
  const [api] = stack.apis;
  const open = (): number => descriptorsOf(api.process.pid) - idle;
  await until('nobody is connected', () => open() <= MORE, GONE_MS);
  const spent = processorSeconds(api.process.pid);
  const sockets = Array.from({ length: 40 }, (_, n) => {
    const socket = connect({ port: api.port, host: 'localhost', allowHalfOpen: true });
    socket.on('error', () => undefined).resume();
    socket.write(head(INVOKE, `content-length: ${1_000 * MB}`));
    const more = (): void => {
      while (!socket.destroyed && socket.write(PIECE));
    };
    if (n % 2 === 0) socket.on('drain', more);
    if (n % 2 === 0) more();
    return socket;
  });
  await until('their connections are there', () => open() > MORE, GONE_MS);
  await until('their connections are gone', () => open() <= MORE, GONE_MS);
  const perSenderMs = ((processorSeconds(api.process.pid) - spent) * 1_000) / 20;
  sockets.forEach((socket) => socket.destroy());
  process.stdout.write(`\n  CPU of the API for one who sends without end: ${perSenderMs.toFixed(1)} ms\n`);
  expect(perSenderMs).toBeLessThan(100);
}, 60_000);

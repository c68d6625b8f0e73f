/** Whatever comes over the wire, broken, endless or far too much: nobody is held up, and nothing is kept of it. */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { descriptorsOf, residentMb } from '../harness/process-facts';
import { until } from '../harness/until';
import { INVOKE } from './hostile-requests';
import { Stand } from './stand';

let stand: Stand;
beforeAll(async () => {
  stand = await Stand.start({ slots: 'sync=4,async=4,nested=0' });
});

test('100 MB: refused before they are read', async () => {
  const [api] = stand.apis;
  const before = residentMb(api.process.pid);
  const chunk = Buffer.alloc(1 << 20, 'x');
  const said = await raw(api.port, async (socket) => {
    socket.write(
      `POST ${INVOKE} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${100 << 20}\r\n\r\n`,
    );
    socket.write(chunk.subarray(0, 1000));
    // Told before it goes on: whoever does not listen is cut off.
    await sleep(300);
    for (let i = 0; i < 100 && socket.writable; i++) {
      if (!socket.write(chunk)) await Promise.race([new Promise((done) => socket.once('drain', done)), sleep(50)]);
    }
  });
  expect(said).toMatch(/^HTTP\/1\.1 413 /);
  expect(residentMb(api.process.pid)).toBeLessThan(before + 60);
}, 30_000);

test.each([
  [
    'headers of 1 MB',
    `GET /livez HTTP/1.1\r\nhost: localhost\r\nx-much: ${'y'.repeat(1 << 20)}\r\n\r\n`,
    /^HTTP\/1\.1 431 /,
  ],
  [
    '10,000 headers',
    `GET /livez HTTP/1.1\r\nhost: localhost\r\n${'a: b\r\n'.repeat(10_000)}\r\n`,
    /^HTTP\/1\.1 (431|200|400) /,
  ],
  ['bytes that are no HTTP', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', /^HTTP\/1\.1 400 |^$/],
  [
    'two lengths',
    `POST ${INVOKE} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}x`,
    /^HTTP\/1\.1 400 /,
  ],
  [
    'a length and chunks',
    `POST ${INVOKE} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    /^HTTP\/1\.1 400 /,
  ],
  [
    'chunks of nonsense',
    `POST ${INVOKE} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n`,
    /^HTTP\/1\.1 400 |^$/,
  ],
  ['no host', 'GET /livez HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
  [
    'a body that ends too soon',
    `POST ${INVOKE} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"data":1`,
    /^$|^HTTP\/1\.1 4/,
  ],
])(
  'on the wire: %s',
  async (_, bytes, answer) => {
    const said = await raw(stand.apis[0].port, async (socket) => {
      socket.write(bytes, 'latin1');
      await sleep(150);
      socket.end();
    });
    expect(said).toMatch(answer);
    expect((await stand.stack.http.get('/livez')).status).toBe(200);
  },
  20_000,
);

test('200 senders that never come to an end hold nobody up', async () => {
  const [api] = stand.apis;
  const head = `POST ${INVOKE} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{`;
  const slow = Array.from({ length: 200 }, () => {
    const socket = connect(api.port, '127.0.0.1', () => socket.write(head));
    socket.on('error', () => undefined);
    return socket;
  });
  await until('all are connected', () => descriptorsOf(api.process.pid) > 200, 10_000);
  const drip = setInterval(() => slow.forEach((socket) => socket.writable && socket.write(' ')), 300);
  for (let i = 0; i < 20; i++) {
    const from = Date.now();
    expect((await stand.caller.sync('adds', { x: i, y: 1 }))?.body.data).toBe(i + 1);
    expect(Date.now() - from).toBeLessThan(1_500);
  }
  // The server lets them go after 30 s; that is waited for at night.
  if (process.env.INVOQ_NIGHTLY)
    await until('the server let them go', () => slow.every((socket) => socket.closed), 75_000);
  clearInterval(drip);
  slow.forEach((socket) => socket.destroy());
}, 120_000);

test('and after all that the API serves as before, and has kept nothing', async () => {
  expect((await stand.caller.sync('adds', { x: 20, y: 22 }))?.body.data).toBe(42);
  await stand.verdict('slow senders and broken HTTP');
}, 60_000);

/** Writes to a socket, and gives all that was answered until it closed. */
function raw(port: number, write: (socket: Socket) => Promise<void>): Promise<string> {
  return new Promise((done, fail) => {
    let said = '';
    const socket = connect(port, '127.0.0.1', () => {
      write(socket).catch(fail);
    });
    socket.setTimeout(10_000, () => socket.destroy());
    socket.setEncoding('latin1').on('data', (text: string) => {
      said += text;
      if (said.includes('\r\n\r\n')) socket.end();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => done(said));
  });
}

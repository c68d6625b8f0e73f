/** Connections that send what is no HTTP request: each hears why in the envelope, in its turn, and is closed. */
import { connect, type AddressInfo } from 'node:net';
import { fastify, type FastifyInstance } from 'fastify';
import { Refusal } from '@invoq/contract/refusal';
import { createLog } from '@invoq/host/log';
import { Metrics } from '@invoq/host/metrics';
import { answerBrokenRequests, refusalOf } from './broken-requests';
import { refusalReply } from './envelope';
import { Refusals } from './refusals';
import { send } from './send';

let server: FastifyInstance;
let metrics: Metrics;
let lines: string[];
let release: (() => void)[];
beforeEach(async () => {
  [lines, release] = [[], []];
  metrics = new Metrics({ app: 'api', processMetrics: false });
  const log = createLog({ app: 'api', destination: { write: (line) => void lines.push(line) } });
  server = fastify({ http: { requireHostHeader: false } });
  const faults = new Refusals(log, metrics);
  server.setErrorHandler((error, request, reply) => {
    if (error instanceof Refusal) send(reply, refusalReply(faults.refusalOf(error, request.id), request.id));
    else throw error;
  });
  answerBrokenRequests(server, 1, faults);
  server.get('/held', async () => {
    await new Promise<void>((done) => release.push(done));
    return 'the answer';
  });
  server.post('/read', async (request) => request.body);
  await server.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(async () => {
  release.forEach((done) => done());
  await server.close();
});

const GET_HELD = 'GET /held HTTP/1.1\r\nhost: x\r\n\r\n';

/** Resolves with all that was answered until the server closed the connection. */
function exchange(bytes: string): { text: Promise<string> } {
  let said = '';
  const { port } = server.server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
  socket.on('error', () => undefined).on('data', (chunk: Buffer) => (said += chunk.toString()));
  return { text: new Promise((done) => socket.once('close', () => done(said))) };
}

function answerIn(text: string): { status: number; head: string; error: Record<string, unknown>; requestID: string } {
  const [head, body] = text.split('\r\n\r\n') as [string, string];
  expect(head).toContain(`content-length: ${Buffer.byteLength(body)}`);
  expect(head).toMatch(/^connection: close$/im);
  return { status: Number(head.split(' ')[1]), head, ...JSON.parse(body) };
}

async function until(check: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !check(); i++) await new Promise((done) => setTimeout(done, 10));
  expect(check()).toBe(true);
}

const POST = 'POST /read HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';
test.each([
  ['header fields of 20 KB', `GET /held HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431, 'HEADERS_TOO_LARGE', /16384 bytes/],
  ['header fields of 4 MB', `GET /held HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(4 << 20)}\r\n\r\n`, 431, 'HEADERS_TOO_LARGE', /16384 bytes/],
  ['an address with bytes beyond ASCII', 'GET /\u00e4 HTTP/1.1\r\nhost: x\r\n\r\n', 400, 'INVALID_REQUEST', /percent-encoded/],
  ['two lengths', `${POST}content-length: 2\r\ncontent-length: 3\r\n\r\n{}x`, 400, 'INVALID_REQUEST', /Duplicate Content-Length/],
  ['a length and chunks', `${POST}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n`, 400, 'INVALID_REQUEST', /Transfer-Encoding/],
  ['chunks of nonsense', `${POST}transfer-encoding: chunked\r\n\r\nzz\r\n`, 400, 'INVALID_REQUEST', /chunk size/],
  ['no request line', 'hello\r\n\r\n', 400, 'INVALID_REQUEST', /HTTP\/1\.1/],
  ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'INVALID_REQUEST', /HTTP\/1\.1/],
  ['no Host', 'GET /nothing HTTP/1.1\r\n\r\n', 400, 'INVALID_REQUEST', /^Host must be sent/],
  ['an Expect of something', `${POST}expect: tea\r\ncontent-length: 2\r\n\r\n`, 400, 'INVALID_REQUEST', /^Expect must be 100-continue/],
])('%s', async (_, bytes, status, type, message) => {
  const answer = answerIn(await exchange(bytes).text);
  expect(answer).toMatchObject({
    status, code: status, data: null,
    error: { type, message: expect.stringMatching(message), retryable: false, started: false },
  });
  expect(answer.head).toContain(`x-request-id: ${answer.requestID}`);
  expect(await metrics.text()).toMatch(new RegExp(`type="${type}".* 1$`, 'm'));
}); // prettier-ignore

test('a request of HTTP/1.0 needs no Host', async () => {
  expect(await exchange('GET /nothing HTTP/1.0\r\n\r\n').text).toMatch(/^HTTP\/1\.1 404 /);
});

test('a call that runs is answered first, so that nobody takes the refusal for its answer', async () => {
  const { text } = exchange(`${GET_HELD}nonsense\r\n\r\n`);
  await until(() => release.length === 1);
  release.pop()!();
  const answers = (await text).split(/(?=HTTP\/1\.1 )/).filter((part) => part.startsWith('HTTP/1.1 '));
  expect(answers.map((answer) => answer.split(' ')[1])).toEqual(['200', '400']);
  expect(answers[0]).toContain('the answer');
});

test('a request that does not arrive in time may be sent again', () => {
  const refusal = refusalOf(Object.assign(new Error('late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }));
  expect(refusal).toMatchObject({ type: 'REQUEST_TIMEOUT', http: 408, retryable: true, started: false });
});

test('a thousand of them are counted, and make no flood in the log', async () => {
  for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: 100 }, () => exchange('nonsense\r\n\r\n').text));
  expect(await metrics.text()).toMatch(/type="INVALID_REQUEST".* 1000$/m);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('HPE_INVALID_METHOD');
});

/** What is no proper HTTP request is answered as all else is: in the envelope, with a reason that helps. */
import { connect } from 'node:net';
import { startStack, type Stack } from '../harness/stack';
import { FUNCTIONS } from './functions';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ functions: FUNCTIONS });
}, 60_000);
afterAll(() => stack.stop());

/** Sends the bytes on a connection of its own, and resolves with all that came until the API closed it. */
function answer(bytes: string): Promise<string> {
  return new Promise((done) => {
    let said = '';
    const socket = connect(Number(new URL(stack.url).port), '127.0.0.1', () => socket.write(bytes));
    socket.setTimeout(20_000, () => socket.destroy());
    socket.on('error', () => undefined).on('data', (chunk: Buffer) => (said += chunk.toString()));
    socket.once('close', () => done(said));
  });
}

const INVOKE = '/v1/functions/add/invocations';
const JSON_TYPE = 'content-type: application/json\r\n';

it.each([
  ['header fields of 20 KB', `GET ${INVOKE} HTTP/1.1\r\nHost: localhost\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, 431, 'HEADERS_TOO_LARGE'],
  ['a name that is not percent-encoded', 'POST /v1/functions/你好/invocations HTTP/1.1\r\nHost: localhost\r\n\r\n', 400, 'INVALID_REQUEST'],
  ['two lengths', `POST ${INVOKE} HTTP/1.1\r\nHost: localhost\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}x`, 400, 'INVALID_REQUEST'],
  ['no Host', `POST ${INVOKE} HTTP/1.1\r\n${JSON_TYPE}content-length: 2\r\n\r\n{}`, 400, 'INVALID_REQUEST'],
  ['an Expect that nobody can meet', `POST ${INVOKE} HTTP/1.1\r\nHost: localhost\r\nExpect: tea\r\n${JSON_TYPE}content-length: 2\r\n\r\n{}`, 400, 'INVALID_REQUEST'],
])('%s', async (_, bytes, status, type) => {
  const [head, body] = (await answer(bytes)).split('\r\n\r\n');
  expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(head).toMatch(/^connection: close$/im);
  const envelope = JSON.parse(body);
  expect(envelope).toMatchObject({ code: status, data: null, error: { type, retryable: false, started: false } });
  expect(head).toContain(`x-request-id: ${envelope.requestID}`);
}); // prettier-ignore

it('a missing Host is named as the field', async () => {
  const [, body] = (await answer('GET /v1/functions HTTP/1.1\r\n\r\n')).split('\r\n\r\n');
  expect(JSON.parse(body).error.fields).toEqual([{ field: 'Host', rule: 'must be sent with HTTP/1.1' }]);
});

it('Expect: 100-continue is met', async () => {
  const data = '{"data":{"x":1,"y":2}}';
  const text = await answer(
    `POST ${INVOKE} HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nConnection: close\r\n` +
      `${JSON_TYPE}content-length: ${data.length}\r\n\r\n${data}`,
  );
  expect(text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  expect(text).toContain('"data":3');
});

it('a call that runs is answered before what comes behind it is refused', async () => {
  const data = '{"data":{"ms":700}}';
  const call = `POST /v1/functions/waits/invocations HTTP/1.1\r\nHost: localhost\r\n${JSON_TYPE}content-length: ${data.length}\r\n\r\n${data}`;
  const text = await answer(`${call}nonsense\r\n\r\n`);
  expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '400']);
  expect(text).toContain('"data":700');
});

it('they are counted by type', async () => {
  const { text } = await stack.http.get('/metrics');
  expect(text).toMatch(/^invoq_refusals_total\{.*type="HEADERS_TOO_LARGE".*\} 1$/m);
});

import type { Socket } from 'node:net';
import { startReceiver } from '../../test/harness/receiver';
import { AddressGuard } from './address-guard';
import { retryAfter, WebhookClient } from './webhook-client';

const open = (timeoutMs = 10_000): WebhookClient =>
  new WebhookClient(new AddressGuard({ allow: ['127.0.0.1'] }), { timeoutMs });
const never = new AbortController().signal;
const post = (sender: WebhookClient, url: string, signal = never) =>
  sender.post({ url, headers: { 'x-a': 'b' }, body: '{"ü":1}', at: Date.now() }, signal);

test('the receiver gets the bytes and the headers, and its status is heard', async () => {
  const receiver = await startReceiver({ answer: (response) => void response.writeHead(202).end('thanks') });
  expect(await post(open(), `${receiver.url}/hook?x=1`)).toEqual({ kind: 'answer', status: 202 });
  expect(receiver.received).toMatchObject([{ path: '/hook?x=1', text: '{"ü":1}', headers: { 'x-a': 'b' } }]);
});

test('a redirect is an answer, and is not followed', async () => {
  const target = await startReceiver();
  const answer = { 307: target.url, 302: 'http://169.254.169.254/latest/meta-data' };
  for (const [status, location] of Object.entries(answer)) {
    const receiver = await startReceiver({
      answer: (response) => void response.writeHead(Number(status), { location }).end(),
    });
    expect(await post(open(), receiver.url)).toEqual({ kind: 'answer', status: Number(status) });
  }
  expect(target.received).toEqual([]);
});

test.each([
  ['hangs', () => undefined],
  ['sends its head byte by byte', (socket: Socket) => {
    socket.write('HTTP/1.1 200 OK\r\nx: ');
    const drip = setInterval(() => socket.write('x'), 20);
    socket.once('close', () => clearInterval(drip));
  }],
] as const)('one that %s is given up when its time is over', async (_, act) => {
  const receiver = await startReceiver({ answer: (response) => void act(response.socket!) });
  const began = performance.now();
  expect(await post(open(300), receiver.url)).toEqual({ kind: 'fault', message: 'no answer within 300 ms' });
  expect(performance.now() - began).toBeGreaterThan(250);
}); // prettier-ignore

test('an answer without an end counts from its head on, and is not waited for', async () => {
  const receiver = await startReceiver({
    answer: (response) => {
      response.writeHead(200).write('x');
      const drip = setInterval(() => response.write('x'), 20);
      response.once('close', () => clearInterval(drip));
    },
  });
  expect(await post(open(), receiver.url)).toEqual({ kind: 'answer', status: 200 });
});

test('internal addresses are refused before anything is sent, by number and by name', async () => {
  const receiver = await startReceiver();
  const closed = new WebhookClient(new AddressGuard(), { timeoutMs: 10_000 });
  for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '2130706433']) {
    expect(await post(closed, `http://${host}:${receiver.port}/`)).toMatchObject({ kind: 'refused' });
  }
  expect(await post(closed, 'https://localhost/')).toMatchObject({ kind: 'refused' });
  expect(receiver.received).toEqual([]);
});

test('a certificate that cannot be trusted is a fault, and nothing is sent', async () => {
  const receiver = await startReceiver({ tls: true });
  expect(await post(open(), receiver.url)).toEqual({ kind: 'fault', message: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  expect(receiver.received).toEqual([]);
});

test('nobody there is a fault, and so is being told to stop', async () => {
  const receiver = await startReceiver({ answer: () => undefined });
  const stop = new AbortController();
  const posting = post(open(), receiver.url, stop.signal);
  stop.abort();
  expect(await posting).toMatchObject({ kind: 'fault', message: expect.stringContaining('the worker stopped') });
  await receiver.stop();
  expect(await post(open(), receiver.url)).toEqual({ kind: 'fault', message: 'ECONNREFUSED' });
});

test('Retry-After is read in seconds and as a date', () => {
  const now = Date.parse('2026-11-21T10:00:00Z');
  expect(retryAfter('120', now)).toBe(120_000);
  expect(retryAfter('Sat, 21 Nov 2026 10:01:00 GMT', now)).toBe(60_000);
  expect(retryAfter('Sat, 21 Nov 2026 09:00:00 GMT', now)).toBe(0);
  for (const other of [undefined, 'soon', '-5', '']) expect(retryAfter(other, now)).toBeUndefined();
});

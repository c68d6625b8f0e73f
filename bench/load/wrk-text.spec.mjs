/** What wrk is sent, and what is made of the lines that it prints. */
import { expect, test } from '@jest/globals';
import { rawRequest, sampleFrom } from './wrk-text.mjs';

const printed = (line, wrong = '') =>
  ['Running 23s test @ http://127.0.0.1:1', '  1 threads and 8 connections', `sample: ${line}`, `wrong: ${wrong}`].join(
    '\n',
  );

test('a request goes over the wire whole, its length in bytes', () => {
  const request = {
    method: 'POST',
    path: '/add',
    headers: { 'content-type': 'application/json' },
    body: '{"name":"é"}',
  };
  expect(rawRequest('http://127.0.0.1:8080', request)).toBe(
    'POST /add HTTP/1.1\r\nhost: 127.0.0.1:8080\r\ncontent-type: application/json\r\ncontent-length: 13\r\n\r\n{"name":"é"}',
  );
  expect(rawRequest('http://127.0.0.1:8080', { method: 'GET', path: '/jobs/1' })).toBe(
    'GET /jobs/1 HTTP/1.1\r\nhost: 127.0.0.1:8080\r\n\r\n',
  );
});

test('a sample counts the calls of the slice, and as errors those that were never answered', () => {
  const line = 'answered=207 sent=208 calls=200 wrong=0 ms=500.5 p99=24.1 p10=0.4 p50=1.25';
  expect(sampleFrom(printed(line))).toEqual({
    calls: 200,
    errors: 1,
    ms: 500.5,
    perSecond: 200 / 0.5005,
    p10: 0.4,
    p50: 1.25,
    p99: 24.1,
  });
});

test('one wrong answer fails the slice, and is shown', () => {
  const line = 'answered=5 sent=5 calls=5 wrong=2 ms=1 p10=1 p50=1 p99=1';
  expect(() => sampleFrom(printed(line, '503 {"code":"BUSY"}'))).toThrow('2 bad answers: 503 {"code":"BUSY"}');
});

test('a slice in which nobody could ask fails, and so does one whose script was not done', () => {
  const line = 'answered=0 sent=0 calls=0 wrong=0 ms=0 p10=10000 p50=10000 p99=10000';
  expect(() => sampleFrom(printed(line))).toThrow('wrk sent nothing');
  expect(() => sampleFrom('unable to connect to 127.0.0.1:1')).toThrow('unable to connect to 127.0.0.1:1');
});

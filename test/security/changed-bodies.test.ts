/** What comes in is what the function gets: bytes, characters and numbers that would be changed are refused, at every door. */
import type { Stack } from '../harness/stack';
import { bearer, startKeyedStack } from './keyed-stack';

let stack: Stack;
beforeAll(async () => (stack = await startKeyedStack()), 60_000);
afterAll(() => stack.stop());

const INVOKE = '/v1/functions/echo/invocations';
const post = (body: unknown, more: Record<string, string> = {}, path = INVOKE) =>
  stack.http.post(path, body, { ...bearer('all'), 'content-type': 'application/json', ...more });
/** So large that the API hands it on without parsing it. */
const FILLER = 'x'.repeat(100_000);

/** Around what is tried: small bodies are parsed, large ones are not. */
const SIZES: [string, (data: string) => string][] = [
  ['a small body', (data) => `{"data":${data}}`],
  ['a body of 20 KB', (data) => `{"data":[${data},"${FILLER.slice(0, 20_000)}"]}`],
  ['a large body', (data) => `{"data":[${data},"${FILLER}"]}`],
];

describe.each(SIZES)('%s', (_, around) => {
  test.each([
    ['GBK', [0xc4, 0xe3, 0xba, 0xc3]],
    ['Latin-1', [0xe9]],
    ['half of a character', [0xf0, 0x9f, 0x98]],
    ['a surrogate', [0xed, 0xa0, 0xbd]],
    ['an overlong form', [0xc0, 0xaf]],
  ])('bytes that are no UTF-8 (%s): 400 names the byte', async (__, bytes) => {
    const [before, after] = around('"ü|"')
      .split('|')
      .map((part) => Buffer.from(part));
    const { status, body } = await post(Buffer.concat([before, Buffer.from(bytes), after]));
    expect([status, body.error]).toMatchObject([400, { type: 'INVALID_REQUEST', fields: [{ field: 'body' }] }]);
    expect(body.error.message).toContain(`must be UTF-8: the bytes from byte ${before.length + 1} on`);
  });

  test.each(['1e400', '-1e400', '12345678901234567890', '-9007199254740993', '123456789012345678901234567890'])(
    'the number %s: 400 names the field, the number and its place',
    async (number) => {
      const text = around(`{"id":${number}}`);
      const { status, body } = await post(text);
      expect([status, body.error]).toMatchObject([400, { type: 'INVALID_REQUEST', fields: [{ field: 'data' }] }]);
      const place = `has ${number} at byte ${text.indexOf(number) + 1} of the body; send it as a string`;
      expect(body.error.message).toContain(place);
    },
  );

  test('what is kept arrives as it was sent', async () => {
    const data =
      '["12345678901234567890","1e400",9007199254740992,-9007199254740991,1700000000123000000,1e308,0.1,"😀","\\ud83d"]';
    const { status, body } = await post(around(data));
    expect([status, body.code]).toEqual([200, 0]);
    expect(body.data).toEqual(JSON.parse(around(data)).data);
  });
});

test.each(['gbk', 'utf-16', 'iso-8859-1', '"utf-16le"'])('the charset %s: 415 says what to send', async (charset) => {
  const { status, body } = await post('{"data":1}', { 'content-type': `application/json; charset=${charset}` });
  expect([status, body.error]).toMatchObject([415, { type: 'UNSUPPORTED_MEDIA_TYPE', started: false }]);
  expect(body.error.message).toContain('"application/json; charset=utf-8"');
});

test.each(['utf-8', 'UTF-8', '"utf8"', 'us-ascii'])('the charset %s is taken', async (charset) => {
  const { body } = await post('{"data":"ok"}', { 'content-type': `application/json;charset=${charset}` });
  expect(body).toMatchObject({ code: 0, data: 'ok' });
});

test('UTF-16 without a word about it is no JSON', async () => {
  const { status, body } = await post(Buffer.from('{"data":1}', 'utf16le'));
  expect([status, body.error.type]).toEqual([400, 'INVALID_REQUEST']);
});

test.each<[string, string, unknown, string]>([
  ['a batch', `${INVOKE}/batch`, '{"items":[{"data":1e400}]}', 'items'],
  ['a large batch', `${INVOKE}/batch`, `{"items":[{"data":[1e400,"${FILLER}"]}]}`, 'items'],
  ['a field of a call', INVOKE, '{"timeoutMs":9007199254740993}', 'timeoutMs'],
])('%s with such a number is refused by the name of the field', async (_, path, text, field) => {
  const { status, body } = await post(text, {}, path);
  expect([status, body.error.fields[0].field]).toEqual([400, field]);
});

test('a schedule with such a number is refused', async () => {
  const { status, body } = await stack.http.request('/v1/schedules/x', {
    method: 'PUT', headers: { ...bearer('all'), 'content-type': 'application/json' },
    body: '{"function":"echo","cron":"0 0 1 1 *","data":{"id":12345678901234567890}}',
  }); // prettier-ignore
  expect([status, body.error.fields[0].field]).toEqual([400, 'data']);
});

describe('in the words of the other doors', () => {
  const BAD: [string, Buffer | string][] = [
    ['a number beyond all doubles', '{"x":1e400}'],
    ['a number that would be rounded', '{"x":12345678901234567890}'],
    ['GBK', Buffer.from([0x7b, 0x22, 0x78, 0x22, 0x3a, 0x22, 0xc4, 0xe3, 0x22, 0x7d])],
  ];

  test.each(BAD)('CloudBase by HTTP: %s', async (_, sent) => {
    const { status, body } = await post(sent, {}, '/v1/functions/echo');
    expect([status, body.code]).toEqual([400, 'FUNCTION_PARAM_INVALID']);
  });

  test.each(BAD)('MinApp: %s', async (_, sent) => {
    const body = Buffer.concat([
      Buffer.from('{"function_name":"echo","sync":true,"data":'),
      Buffer.from(sent),
      Buffer.from('}'),
    ]);
    const answer = await post(body, {}, '/oserve/v1/cloud-function/job/');
    expect([answer.status, answer.body]).toEqual([400, { status: 'error', error_msg: expect.any(String) }]);
  });

  test.each(['1e400', '12345678901234567890', '"\ud800"'])('CloudBase: request_data of %j', async (data) => {
    const sent = { action: 'functions.invokeFunction', function_name: 'echo', request_data: `{"x":${data}}` };
    const { body } = await post(sent, {}, '/web');
    expect(body).toMatchObject({ code: 'INVALID_PARAM', message: expect.stringContaining('request_data') });
  });
});

/** Signatures that the vendor's SDKs made, recorded from the packages themselves, and what is not one. */
import type { DoorRequest } from '../../http/wire';
import recordedRequests from './fixtures/signed-requests.json';
import { readTc3, readTc3Head } from './tc3';

const SECRET = 'a-secret-of-at-least-sixteen';

interface Recorded {
  client: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

const RECORDED = recordedRequests as unknown as Recorded[];

function request(recorded: Recorded, change: Partial<DoorRequest<unknown>> = {}): DoorRequest<unknown> {
  const { headers } = recorded;
  return {
    requestID: 'id',
    url: recorded.url,
    params: {},
    query: {},
    headers,
    body: JSON.parse(recorded.body) as unknown,
    ip: '127.0.0.1',
    protocol: 'http',
    host: '127.0.0.1:3000',
    receivedAt: Number(headers['x-client-timestamp']),
    ...change,
  };
}

const [first] = RECORDED as [Recorded];
const withHeader = (name: string, value: string): DoorRequest<unknown> =>
  request(first, { headers: { ...first.headers, [name]: value } });

describe.each(RECORDED.map((recorded) => [recorded.client, recorded] as const))('%s', (_, recorded) => {
  test('is verified by its secret, and by no other', () => {
    const signed = readTc3(request(recorded));
    expect(signed).toMatchObject({ keyID: 'app', token: undefined, fault: undefined });
    expect(signed.isBy(SECRET)).toBe(true);
    expect(signed.isBy(`${SECRET}x`)).toBe(false);
  });

  test('holds for its address, its host and its body alone', () => {
    expect(readTc3(request(recorded, { url: `${recorded.url}&x=1` })).isBy(SECRET)).toBe(false);
    const otherHost = { ...recorded.headers, host: '127.0.0.1:3001' };
    expect(readTc3(request(recorded, { headers: otherHost })).isBy(SECRET)).toBe(false);
    const body = JSON.parse(recorded.body.replace('x', 'z')) as unknown;
    expect(readTc3(request(recorded, { body })).isBy(SECRET)).toBe(false);
  });
});

test.each<[string, DoorRequest<unknown>, RegExp]>([
  ['too old', request(first, { receivedAt: (1795237961 + 301) * 1_000 }), /expired/],
  ['of the future', request(first, { receivedAt: (1795237961 - 301) * 1_000 }), /future/],
  ['past the life it was given', withHeader('x-signature-expires', '0'), /expired/],
  ['without a time', withHeader('x-timestamp', 'soon'), /x-timestamp/],
  ['of another day than it says', withHeader('x-timestamp', String(1795237961 - 86_400)), /date/],
  ['not as the scheme has it', withHeader('authorization', 'TC3-HMAC-SHA256 nonsense'), /TC3-HMAC-SHA256/],
])('%s: it says so', (_, asked, fault) => {
  expect(readTc3(asked).fault).toMatch(fault);
});

test.each(['action', 'function_name', 'request_data', 'envname'])('%s must be signed when it is there', (name) => {
  const { authorization } = first.headers;
  const [, params] = /SignedParams=([^,]*)/.exec(authorization)!;
  const fewer = params.split(';').filter((param) => param !== name);
  const asked = withHeader('authorization', authorization.replace(params, fewer.join(';')));
  expect(readTc3(asked).fault).toBe(`The field ${name} of the body is not in SignedParams.`);
});

test('the token of a running invocation must be signed too', () => {
  const body = { ...(JSON.parse(first.body) as object), sessionToken: 'inv_x' };
  const signed = readTc3(request(first, { body }));
  expect(signed.token).toBe('inv_x');
  expect(signed.fault).toBe('The field sessiontoken of the body is not in SignedParams.');
});

test('the host must be signed', () => {
  const authorization = first.headers.authorization.replace(';host;', ';');
  expect(readTc3(withHeader('authorization', authorization)).fault).toMatch(/header host/);
});

test('two fields that differ in case only are refused: one could be signed, the other read', () => {
  const body = { ...(JSON.parse(first.body) as object), Function_Name: 'other' };
  expect(readTc3(request(first, { body })).fault).toMatch(/differ in case/);
});

test('a header that decides where a call runs must be signed when it is there', () => {
  const asked = withHeader('x-invoq-env', 'other');
  expect(readTc3(asked).fault).toBe('The header x-invoq-env is not in SignedHeaders.');
  expect(readTc3Head(asked, asked.receivedAt).fault).toBe('The header x-invoq-env is not in SignedHeaders.');
});

test('no body, and names that are no text: a signature like any other, which nobody made', () => {
  const whole = first.headers.authorization.replace(/ SignedParams=[^,]*,/, '');
  for (const body of [undefined, null, 7, [], { '\ud800': '1' }]) {
    for (const authorization of [whole, first.headers.authorization])
      expect(readTc3(request(first, { headers: { ...first.headers, authorization }, body })).isBy(SECRET)).toBe(false);
  }
  const odd = { ...(JSON.parse(first.body) as object), '\udc00x': '1' };
  expect(readTc3(request(first, { body: odd })).fault).toBe('The body has a field whose name is not Unicode text.');
});

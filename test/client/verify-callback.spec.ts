/** Callbacks are verified as the library of Standard Webhooks signs them. */
import { Webhook } from 'standardwebhooks';
import { verifyCallback } from '@invoq/client/verify-callback';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const OTHER = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const BODY = JSON.stringify({ type: 'invocation.succeeded', timestamp: 'then', data: { code: 0, data: 'é' } });
const NOW = Date.parse('2027-01-01T00:00:00Z');

function signed(body = BODY, at = NOW, ...secrets: string[]): Record<string, string> {
  const all = secrets.length > 0 ? secrets : [SECRET];
  return {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(at / 1_000)),
    'webhook-signature': all.map((secret) => new Webhook(secret).sign('msg_1', new Date(at), body)).join(' '),
  };
}
const verify = (
  headers: Parameters<typeof verifyCallback>[1],
  body: string | Uint8Array | ArrayBuffer = BODY,
  secrets: string | string[] = SECRET,
  more = {},
) => verifyCallback(body, headers, secrets, { now: NOW, ...more });

test.each<[string, () => Promise<unknown>]>([
  ['text', () => verify(signed())],
  ['bytes', () => verify(signed(), Buffer.from(BODY))],
  ['headers of fetch', () => verify(new Headers(signed()))],
  [
    'headers that stand in lists',
    () => verify(Object.fromEntries(Object.entries(signed()).map(([name, value]) => [name, [value]]))),
  ],
  ['an ArrayBuffer', () => verify(signed(), new TextEncoder().encode(BODY).buffer)],
  [
    'headers in the case of a gateway',
    () => verify(Object.fromEntries(Object.entries(signed()).map(([name, value]) => [name.toUpperCase(), value]))),
  ],
  ['a secret with a line break behind it', () => verify(signed(), BODY, `${SECRET}\n`)],
  ['any of several secrets', () => verify(signed(), BODY, [OTHER, SECRET])],
  ['a sender who replaces its secret', () => verify(signed(BODY, NOW, OTHER, SECRET))],
  ['299 s of age', () => verify(signed(BODY, NOW - 299_000))],
  ['an hour, where that is allowed', () => verify(signed(BODY, NOW - 3_600_000), BODY, SECRET, { toleranceS: 3_600 })],
])('takes %s', async (_, verified) => expect(await verified()).toEqual(JSON.parse(BODY)));

test.each<[string, string, () => Promise<unknown>]>([
  ['NO_SIGNATURE', 'headers that are missing', () => verify({})],
  ['NO_SIGNATURE', 'a time that is none', () => verify({ ...signed(), 'webhook-timestamp': 'soon' })],
  ['WRONG_SIGNATURE', 'another body', () => verify(signed(), BODY.replace('é', 'e'))],
  ['WRONG_SIGNATURE', 'another id', () => verify({ ...signed(), 'webhook-id': 'msg_2' })],
  ['WRONG_SIGNATURE', 'another secret', () => verify(signed(), BODY, OTHER)],
  [
    'WRONG_SIGNATURE',
    'another version',
    () => verify({ ...signed(), 'webhook-signature': signed()['webhook-signature'].replace('v1', 'v2') }),
  ],
  ['WRONG_SIGNATURE', 'nonsense', () => verify({ ...signed(), 'webhook-signature': 'v1,*** v1 ,' })],
  ['TOO_OLD', '301 s of age', () => verify(signed(BODY, NOW - 301_000))],
  ['TOO_NEW', 'a time to come', () => verify(signed(BODY, NOW + 301_000))],
  ['BAD_SECRET', 'a secret that is none', () => verify(signed(), BODY, 'whsec_')],
  ['NOT_JSON', 'a body that is no JSON', () => verify(signed('x'), 'x')],
])('%s: refuses %s', async (type, _, verified) => {
  await expect(verified()).rejects.toMatchObject({ name: 'CallbackError', type });
});

test('refuses a body that something has parsed, and a secret that is not set', async () => {
  const parsed = JSON.parse(BODY) as string;
  await expect(verify(signed(), parsed)).rejects.toThrow('before anything has parsed them');
  await expect(verify(signed(), BODY, [undefined as unknown as string])).rejects.toMatchObject({ type: 'BAD_SECRET' });
});

import { parseKeys } from './keys';
import { keyOfSession, openSession, sealSession, SESSION_MS } from './sessions';

const keysWith = (secret: string) =>
  parseKeys(JSON.stringify({ keys: [{ id: 'ops', secret, envs: ['default'], scopes: ['read'] }] }));
const keys = keysWith('secret-0123456789-a');
const now = 1_700_000_000_000;
const cookie = sealSession(keys.find('ops')!, now + SESSION_MS);

test('a session is of the key that signed in, until it expires', () => {
  expect(openSession(cookie, keys, now)?.key.id).toBe('ops');
  expect(openSession(cookie, keys, now + SESSION_MS)).toBeUndefined();
});

test('a new secret, a revoked key and a changed cookie end it', () => {
  expect(openSession(cookie, keysWith('secret-0123456789-b'), now)).toBeUndefined();
  expect(openSession(cookie.replace('ops', 'other'), keys, now)).toBeUndefined();
  const [id, , mac] = cookie.split('.');
  expect(openSession(`${id}.${(now + SESSION_MS - 1).toString(36)}.${mac}`, keys, now)).toBeUndefined();
  for (const odd of ['', '.', 'ops..', `${cookie}.x`]) expect(openSession(odd, keys, now)).toBeUndefined();
});

test('a request without the token of its session is refused', () => {
  const { csrf } = openSession(cookie, keys, now)!;
  expect(keyOfSession({ cookie, csrf }, keys, now).id).toBe('ops');
  for (const wrong of [undefined, '', `${csrf}x`])
    expect(() => keyOfSession({ cookie, csrf: wrong }, keys, now)).toThrow('X-CSRF-Token');
  expect(() => keyOfSession({ cookie: 'x', csrf }, keys, now)).toThrow('session has ended');
});

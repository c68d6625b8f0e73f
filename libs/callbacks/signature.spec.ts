/** Receivers verify by the package that Standard Webhooks gives them. */
import { Webhook } from 'standardwebhooks';
import { fingerprintOf, secretOfEnv, signedHeaders } from './signature';

const master = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const body = '{"type":"invocation.succeeded","data":{"word":"grün ✓"}}';
const sent = (masters = [master], env = 'default', at = Date.now()) => signedHeaders(masters, env, 'msg_1', at, body);
const verify = (headers: Record<string, string>, secret: string, text = body): unknown =>
  new Webhook(secret).verify(text, headers);

test('what was signed for an env is verified by the secret of that env, and no other', () => {
  expect(verify(sent(), secretOfEnv(master, 'default'))).toEqual(JSON.parse(body));
  expect(() => verify(sent(), secretOfEnv(master, 'prod'))).toThrow('No matching signature');
  expect(() => verify(sent(), master)).toThrow('No matching signature');
});

test('a body that was changed on its way, or an old one that is sent again, is not', () => {
  expect(() => verify(sent(), secretOfEnv(master, 'default'), `${body} `)).toThrow('No matching signature');
  const old = sent([master], 'default', Date.now() - 600_000);
  expect(() => verify(old, secretOfEnv(master, 'default'))).toThrow('too old');
});

test('while a secret is being replaced receivers of either are content', () => {
  for (const known of [master, other]) verify(sent([master, other]), secretOfEnv(known, 'default'));
});

test('a fingerprint is that of one secret, and tells nothing of it', () => {
  expect(fingerprintOf(master)).toMatch(/^[\w-]{12}$/);
  expect(fingerprintOf(master)).toBe(fingerprintOf(master));
  expect(fingerprintOf(master)).not.toBe(fingerprintOf(other));
  expect(secretOfEnv(master, 'default')).not.toContain(fingerprintOf(master));
});

test('the secret of an env has the form that the libraries read', () => {
  expect(secretOfEnv(master, 'default')).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
});

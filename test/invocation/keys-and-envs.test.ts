/** Keys, envs and rates: who may call what, and that envs do not see each other. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDir } from '../harness/scratch';
import { startStack, type Stack } from '../harness/stack';
import { writeFunctions } from '../harness/write-functions';

const key = (id: string, envs: string[], scopes: string[]) => ({ id, secret: `${id}-secret-0123456789`, envs, scopes });
const KEYS = [
  key('both', ['env-a', 'env-b'], ['invoke', 'read', 'admin']),
  key('only-a', ['env-a'], ['invoke', 'read']),
  key('reads', ['env-a'], ['read']),
];

let stack: Stack;
beforeAll(async () => {
  const file = join(scratchDir('keys'), 'keys.json');
  writeFileSync(file, JSON.stringify({ keys: KEYS }));
  const [a, b] = ['a', 'b'].map((name) =>
    writeFunctions({
      'who.js': `exports.main = (e, c) => '${name} ' + c.env`,
      [`only_${name}.js`]: 'exports.main = () => 1',
    }),
  );
  stack = await startStack({ functions: `env-a=${a},env-b=${b}`, env: { INVOQ_KEYS_FILE: file, INVOQ_RATE: '15/3s' } }); // prettier-ignore
}, 60_000);
afterAll(() => stack.stop());

const bearer = (id: string, secret = `${id}-secret-0123456789`) => ({ authorization: `Bearer ${id}.${secret}` });
const call = (name: string, headers: Record<string, string>) =>
  stack.http.post(`/v1/functions/${name}/invocations`, {}, headers);

it.each([
  ['no key', {}],
  ['a wrong secret', bearer('both', 'wrong')],
  ['an unknown id', bearer('nobody')],
  ['another scheme', { authorization: 'Basic Ym90aDpib3Ro' }],
  ['half a key', { authorization: 'Bearer both' }],
])('UNAUTHENTICATED: %s', async (_, headers) => {
  const { status, headers: answered, body } = await call('who', headers);
  expect(status).toBe(401);
  expect(answered['www-authenticate']).toBe('Bearer');
  expect(body).toMatchObject({ code: 401, error: { type: 'UNAUTHENTICATED', retryable: false, started: false } });
});

it("calls in the key's first env, or in the one that is named", async () => {
  expect((await call('who', bearer('both'))).body.data).toBe('a env-a');
  expect((await call('who', { ...bearer('both'), 'x-invoq-env': 'env-b' })).body.data).toBe('b env-b');
});

it('FORBIDDEN: an env that the key does not have, and a scope that it lacks', async () => {
  for (const headers of [{ ...bearer('only-a'), 'x-invoq-env': 'env-b' }, bearer('reads')]) {
    const { status, body } = await call('who', headers);
    expect(status).toBe(403);
    expect(body).toMatchObject({ code: 403, error: { type: 'FORBIDDEN', started: false } });
  }
});

it("answers 404 for another env's function and another env's requestID, like for unknown ones", async () => {
  expect((await call('only_b', bearer('only-a'))).status).toBe(404);
  const { requestID } = (await call('who', { ...bearer('both'), 'x-invoq-env': 'env-b' })).body;
  for (const path of ['', '/result', '/logs']) {
    const own = await stack.http.get(`/v1/invocations/${requestID}${path}`, {
      ...bearer('both'),
      'x-invoq-env': 'env-b',
    });
    const other = await stack.http.get(`/v1/invocations/${requestID}${path}`, bearer('only-a'));
    expect(own.status).toBe(200);
    expect(other.status).toBe(404);
    expect(other.body.error.type).toBe('INVOCATION_NOT_FOUND');
  }
});

it('RATE_LIMITED: a caller beyond its rate, and nobody else', async () => {
  const answers = await Promise.all(Array.from({ length: 40 }, () => call('who', bearer('only-a'))));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(10);
  expect(refused[0].body).toMatchObject({
    code: 429,
    error: { type: 'RATE_LIMITED', retryable: true, started: false },
  });
  expect(Number(refused[0].headers['retry-after'])).toBeGreaterThan(0);
  expect((await call('who', bearer('both'))).status).toBe(200);
});

/** How often one may call: by key and by function, counted in the whole fleet, told in headers on every wire. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDir } from '../harness/scratch';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';

const key = (id: string, more: object = {}): object => ({
  id, secret: `${id}-secret-0123456789`, envs: ['default'], scopes: ['invoke', 'read'], ...more,
}); // prettier-ignore
const bearer = (id: string) => ({ authorization: `Bearer ${id}.${id}-secret-0123456789` });
const functions = {
  'functions.json': {
    functions: {
      limited: { rate: { limit: 4, windowMs: 3_600_000 } },
      brief: { rate: { limit: 1, windowMs: 4_000 } },
    },
  },
  ...Object.fromEntries(['free', 'limited', 'brief'].map((name) => [`${name}.js`, 'exports.main = () => 1'])),
};

let stack: Stack;
beforeEach(async () => {
  const file = join(scratchDir('keys'), 'keys.json');
  const keys = [key('slow', { rate: { limit: 5, windowMs: 3_600_000 } }), key('usual'), key('other'), key('third')];
  writeFileSync(file, JSON.stringify({ keys }));
  const env = { INVOQ_KEYS_FILE: file, INVOQ_RATE: '20/1h', INVOQ_RETAIN_SYNC: '1h', INVOQ_METRICS: 'open' };
  stack = await startStack({ functions, env, apis: 2 });
}, 60_000);
afterEach(() => stack.stop(), 60_000);

/** By turns through each of the two API processes. */
async function callAll(count: number, name: string, id: string) {
  const answers = [];
  for (let i = 0; i < count; i++) {
    const { http } = stack.apis[i % 2];
    answers.push(await http.post(`/v1/functions/${name}/invocations`, {}, bearer(id)));
  }
  return answers;
}
const accepted = (answers: { status: number }[]): number => answers.filter(({ status }) => status === 200).length;

it('a key has its own rate, whichever process it calls, and takes nothing from others', async () => {
  const answers = await callAll(8, 'free', 'slow');
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429, 429, 429]);
  const left = answers.map(({ headers }) => /^"key-rate";r=(\d+);t=\d+$/.exec(String(headers.ratelimit))?.[1]);
  expect(left).toEqual(['4', '3', '2', '1', '0', '0', '0', '0']);
  const refused = answers[5];
  expect(refused.headers['ratelimit-policy']).toBe('"key-rate";q=5;w=3600');
  expect(refused.headers.ratelimit).toMatch(/^"key-rate";r=0;t=3\d\d\d$/);
  // One of five is due each 720 s.
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(600);
  expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(720);
  expect(refused.body).toMatchObject({ code: 429, error: { type: 'RATE_LIMITED', retryable: true, started: false } });
  // Nothing was written: there is no such invocation.
  const { requestID } = refused.body;
  expect((await stack.http.get(`/v1/invocations/${requestID}`, bearer('other'))).status).toBe(404);
  expect(accepted(await callAll(8, 'free', 'usual'))).toBe(8);
});

it('a key without one has the rate that is set for all, each its own', async () => {
  expect(accepted(await callAll(24, 'free', 'usual'))).toBe(20);
  expect(accepted(await callAll(3, 'free', 'other'))).toBe(3);
});

it('a function has a rate for all its callers together', async () => {
  const answers = [...(await callAll(3, 'limited', 'usual')), ...(await callAll(3, 'limited', 'other'))];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 429, 429]);
  expect(answers[0].headers['ratelimit-policy']).toBe('"key-rate";q=20;w=3600, "function-rate";q=4;w=3600');
  // What the function's rate refused did not count towards the key's.
  expect(answers[5].headers.ratelimit).toMatch(/^"key-rate";r=19;t=\d+, "function-rate";r=0;t=3\d\d\d$/);
  expect(accepted(await callAll(1, 'free', 'other'))).toBe(1);
  const metrics = await Promise.all(stack.apis.map(async ({ http }) => (await http.get('/metrics')).text));
  expect(metrics.join()).toMatch(/invoq_limited_total\{limit="function-rate",app="api"\} [1-9]/);
});

it('a crowd gets as many calls as there are, not one more', async () => {
  const crowd = Array.from({ length: 40 }, (_, i) =>
    stack.apis[i % 2].http.post(
      '/v1/functions/limited/invocations',
      { sync: false },
      bearer(['usual', 'other'][i % 2]),
    ),
  );
  const statuses = (await Promise.all(crowd)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 202)).toHaveLength(4);
  expect(statuses.filter((status) => status === 429)).toHaveLength(36);
});

it('Retry-After is true: a call after it is let in', async () => {
  expect(accepted(await callAll(1, 'brief', 'usual'))).toBe(1);
  const [refused] = await callAll(1, 'brief', 'usual');
  expect(refused.status).toBe(429);
  const afterMs = Number(refused.headers['retry-after']) * 1_000;
  const answer = performance.now();
  await until('it has passed', () => performance.now() - answer >= afterMs, 10_000);
  expect(accepted(await callAll(1, 'brief', 'usual'))).toBe(1);
});

it('a batch gets what is left, item by item', async () => {
  const batch = { items: new Array(6).fill({}) };
  const { status, body, headers } = await stack.http.post(
    '/v1/functions/limited/invocations/batch',
    batch,
    bearer('usual'),
  );
  expect(status).toBe(200);
  expect(body.data).toMatchObject({ accepted: 4, refused: 2 });
  expect(body.data.items[5].error).toMatchObject({ type: 'RATE_LIMITED' });
  expect(headers.ratelimit).toMatch(/"function-rate";r=0;/);
});

it('other doors say it in their own words, with the same headers', async () => {
  await callAll(5, 'free', 'slow');
  const web = await stack.http.post('/v1/functions/free?webfn=true', {}, bearer('slow'));
  expect(web.headers['retry-after']).toBeDefined();
  expect(web.headers.ratelimit).toMatch(/^"key-rate";r=0;t=\d+$/);
  expect(web.status).toBe(429);
  expect(web.body).toEqual({ code: expect.any(String), message: expect.any(String), requestId: expect.any(String) });
});

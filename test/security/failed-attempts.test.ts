/** Nobody tries keys or tokens for long, nobody is forgotten by making others up, and nobody is locked out by others. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { scratchDir } from '../harness/scratch';
import { type Stack, startStack } from '../harness/stack';

const SECRET = 'app-secret-0123456789-0123456789';
let stack: Stack;
beforeAll(async () => {
  const file = join(scratchDir('keys'), 'keys.json');
  const keys = [{ id: 'app', secret: SECRET, envs: ['default'], scopes: ['invoke', 'read'] }];
  writeFileSync(file, JSON.stringify({ keys }), { mode: 0o600 });
  stack = await startStack({
    functions: { 'f.js': 'exports.main = () => 1', 'token.js': 'exports.main = () => process.env.INVOQ_TOKEN' },
    env: { INVOQ_KEYS_FILE: file, INVOQ_TRUST_PROXY: '127.0.0.1' },
  });
}, 60_000);
afterAll(() => stack.stop(), 60_000);

/** As the proxy hands it on. */
const ask = (bearer: string, ip: string) =>
  stack.http.post('/v1/functions/f/invocations', {}, { authorization: `Bearer ${bearer}`, 'x-forwarded-for': ip });
const invented = (): string => `inv_${randomUUID()}_${'s'.repeat(43)}`;

async function statuses(count: number, bearer: () => string, ip: string): Promise<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (let done = 0; done < count; done += 20) {
    const answers = await Promise.all(Array.from({ length: Math.min(20, count - done) }, () => ask(bearer(), ip)));
    for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

test.each([
  ['invented tokens', invented, '203.0.113.1'],
  ['unknown keys', () => `${randomUUID()}.secret`, '203.0.113.2'],
  ['wrong secrets of a known key', () => 'app.wrong', '203.0.113.3'],
  ['invented tokens from a network of addresses', invented, '2001:db8::1'],
])('%s: fifty are refused, the rest are told to wait', async (_what, bearer, ip) => {
  const counts = await statuses(200, bearer, ip);
  // Twenty at a time: those under way when the fiftieth fails are heard too.
  expect(counts[401]).toBeGreaterThanOrEqual(50);
  expect(counts[401]).toBeLessThan(70);
  expect(counts[429]).toBe(200 - counts[401]);
  const { headers, body } = await ask(bearer(), ip);
  expect(body.error).toMatchObject({ type: 'RATE_LIMITED', started: false });
  expect(Number(headers['retry-after'])).toBeGreaterThan(0);
});

test('whoever shows the right secret is heard, whatever failed from the same address', async () => {
  await statuses(80, () => 'app.wrong', '203.0.113.4');
  expect((await ask('app.wrong', '203.0.113.4')).status).toBe(429);
  expect((await ask(`app.${SECRET}`, '203.0.113.4')).status).toBe(200);
  // So it was no way to learn anything either.
  expect((await ask('app.wrong', '203.0.113.4')).status).toBe(429);
});

test('an address that failed is remembered, however many others fail after it', async () => {
  await statuses(80, () => 'app.wrong', '203.0.113.5');
  for (let net = 0; net < 4; net++) {
    await Promise.all(
      Array.from({ length: 4 }, async (_, lane) => {
        for (let i = 0; i < 250; i++) await ask('app.wrong', `198.51.${net * 4 + lane}.${i}`);
      }),
    );
  }
  expect((await ask('app.wrong', '203.0.113.5')).status).toBe(429);
}, 120_000);

test('functions that go on after their end close their address to nobody', async () => {
  const authorization = { authorization: `Bearer app.${SECRET}` };
  const { body } = await stack.http.post('/v1/functions/token/invocations', {}, authorization);
  expect(await statuses(120, () => body.data as string, '203.0.113.6')).toEqual({ 401: 120 });
  expect((await ask(invented(), '203.0.113.6')).status).toBe(401);
});

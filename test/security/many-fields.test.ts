/** A head of thousands of fields: the last of them counts as the first does. */
import { rawStatus } from '../harness/raw-http';
import { startStack } from '../harness/stack';
import { bearer, startKeyedStack } from './keyed-stack';

/** More than Node keeps by default, in less than the 16 KiB that a head may have. */
const FIELDS = Array.from({ length: 2_500 }, () => 'a:');
const EVIL = 'Origin: https://evil.example';

test('a foreign Origin behind thousands of fields is refused, by the API and by a worker', async () => {
  const stack = await startStack({ functions: { 'echo.js': 'exports.main = (event) => event' } });
  const list = ['GET /v1/invocations HTTP/1.1', 'Host: localhost', ...FIELDS];
  expect(await rawStatus(stack.apis[0].port, list)).toBe(200);
  expect(await rawStatus(stack.apis[0].port, [...list, EVIL])).toBe(403);
  const metrics = ['GET /metrics HTTP/1.1', 'Host: localhost', ...FIELDS];
  expect(await rawStatus(stack.workers[0].port, metrics)).toBe(200);
  expect(await rawStatus(stack.workers[0].port, [...metrics, EVIL])).toBe(403);
  await stack.stop();
}, 60_000);

test('a key and an env behind thousands of fields are heard', async () => {
  const stack = await startKeyedStack();
  const list = ['GET /v1/invocations HTTP/1.1', 'Host: localhost', ...FIELDS];
  expect(await rawStatus(stack.apis[0].port, list)).toBe(401);
  const known = [...list, `Authorization: ${bearer('rd').authorization}`];
  expect(await rawStatus(stack.apis[0].port, known)).toBe(200);
  expect(await rawStatus(stack.apis[0].port, [...known, 'X-Invoq-Env: other'])).toBe(403);
  await stack.stop();
}, 60_000);

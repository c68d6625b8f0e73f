/** A signed request runs where it was signed to run: who has seen one cannot send it to another env. */
import type { Stack } from '../harness/stack';
import { signed, startKeyedStack } from './keyed-stack';

let stack: Stack;
beforeAll(async () => (stack = await startKeyedStack()), 60_000);
afterAll(() => stack.stop());

const BODY = '{"x":1}';
const send = (headers: Record<string, string>, name = 'secret') =>
  stack.http.post(`/v1/functions/${name}`, BODY, headers);
const url = (name = 'secret'): URL => new URL(`/v1/functions/${name}`, stack.url);

test('an env that was not signed is refused, whatever else was', async () => {
  const captured = signed('both', url(), BODY);
  expect((await send(captured)).status).toBe(404);
  const moved = await send({ ...captured, 'x-invoq-env': 'other' });
  expect([moved.status, moved.body.code]).toEqual([401, 'INVALID_CREDENTIALS']);
  expect(moved.body.message).toBe('The header x-invoq-env is not in SignedHeaders.');
});

test('a signed env is where the call runs, and cannot be changed', async () => {
  const headers = signed('both', url(), BODY, { 'x-invoq-env': 'other' });
  expect((await send(headers)).body).toBe("the other env's secret");
  expect((await send({ ...headers, 'x-invoq-env': 'default' })).status).toBe(401);
  const { 'x-invoq-env': _, ...without } = headers;
  expect((await send(without)).status).toBe(401);
});

test('a signature without an env is as good as before', async () => {
  expect((await send(signed('both', url('echo'), BODY), 'echo')).body).toEqual({ x: 1 });
});

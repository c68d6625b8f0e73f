/** Whatever strangers send to the native routes: the right refusal with the field named, and nothing is kept of it. */
import { ATTACKS, expectEnvelope } from './hostile-requests';
import { Stand } from './stand';

let stand: Stand;
beforeAll(async () => {
  stand = await Stand.start({ slots: 'sync=4,async=4,nested=0' });
});

test.each(ATTACKS.map((attack) => [attack.what, attack] as const))('%s', async (_, attack) => {
  const { path = '/', status, type, field, ...request } = attack;
  const answer = await stand.stack.http.request(path, request);
  expect([status].flat()).toContain(answer.status);
  expectEnvelope(answer.body, answer.status);
  if (type) expect(answer.body.error.type).toBe(type);
  if (field) expect(answer.body.error.fields.map((fault: { field: string }) => fault.field)).toContain(field);
});

test('and after all that the API serves as before, and has kept nothing', async () => {
  expect((await stand.caller.sync('adds', { x: 20, y: 22 }))?.body.data).toBe(42);
  await stand.verdict(`${ATTACKS.length} hostile requests`);
}, 60_000);

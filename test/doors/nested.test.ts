/** Functions that call functions: who they are, how deep they may go, and that they never wait for each other for ever. */
import { recordFields } from '@invoq/store/record/packed-record';
import type { Stack } from '../harness/stack';
import { KEY, startVendorStack } from './vendor-stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startVendorStack({ INVOQ_SLOTS: 'sync=2,async=1,nested=1' });
}, 60_000);

interface Envelope {
  code: number;
  data: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- the test says what it expects to see
  requestID: string;
}

const call = async (name: string, data: unknown = {}): Promise<Envelope> =>
  (await stack.http.post(`/v1/functions/${name}/invocations`, { data }, { authorization: `Bearer ${KEY}` })).body;

test('what wx-server-sdk tells a function of its call', async () => {
  const body = { action: 'functions.invokeFunction', function_name: 'tellsItsContext' };
  const headers = { authorization: `Bearer ${KEY}`, 'x-tcb-source': ',wx_client' };
  const answer = (await stack.http.post('/admin', body, headers)).body;
  const reply = JSON.parse(answer.data.response_data);
  expect(reply.wx).toEqual({ ENV: 'default', SOURCE: 'wx_client', CLIENTIP: '127.0.0.1' });
  expect(reply).toMatchObject({ function_name: 'tellsItsContext', namespace: 'default', request_id: answer.requestId });
  expect(JSON.parse(reply.environment)).toMatchObject({
    SCF_NAMESPACE: 'default',
    TCB_ENV: 'default',
    TCB_SOURCE: 'wx_client',
  });
  expect(reply.environ).toContain('SCF_NAMESPACE=default;');
  for (const secret of ['SECRETKEY', 'SESSIONTOKEN', 'INVOQ_TOKEN', 'inv_']) {
    expect(reply.environment + reply.environ).not.toContain(secret);
  }
});

test.each(['wx-server-sdk', 'wx-server-sdk-3', 'wx-server-sdk-2', '@cloudbase/node-sdk', '@cloudbase/js-sdk'])(
  '%s inside a function calls another one, and leaves its sandbox fit for the next call',
  async (sdk) => {
    const data = { x: 1, y: 2, text: '你好'.repeat(10_000) };
    const first = await call('callsAddBy', { sdk, data });
    expect(first).toMatchObject({ code: 0, data: { result: 3 }, error: {} });
    expect((await call('callsAddBy', { sdk, data })).data).toEqual(first.data);
  },
  30_000,
);

test('the chain of sources grows with each call', async () => {
  expect(await call('descends', { to: 2 })).toMatchObject({ code: 0, data: { depth: 2, source: 'scf,scf' } });
}, 30_000);

test('four deep is as deep as it goes; the fifth is refused and says why', async () => {
  expect(await call('descends', { to: 4 })).toMatchObject({ code: 0, data: { depth: 4 } });
  expect(await call('descends', { to: 9 })).toMatchObject({ code: 0, data: { depth: 4, code: 'INVALID_PARAM' } });
}, 30_000);

test('as many parents as there are slots, each waiting for a child, all end', async () => {
  const answers = await Promise.all(Array.from({ length: 6 }, () => call('callAdd')));
  expect(answers.map(({ data }) => data)).toEqual(Array(6).fill(3));
}, 60_000);

test('a function calls in its own env, and in no other', async () => {
  expect(await call('callAdd')).toMatchObject({ code: 0, data: 3 });
  expect(await call('callsElsewhere')).toMatchObject({ code: 0, data: 'INVALIID_ENV' });
}, 30_000);

test('the sandbox of a function that called others serves on', async () => {
  const pids = new Set<number>();
  for (let i = 0; i < 4; i++) pids.add((await call('invokesHelloWorld')).data.pid);
  expect(pids.size).toBe(1);
}, 30_000);

test('the token of a call is worth nothing once the call has ended', async () => {
  const client = stack.redis.client();
  const { requestID } = await call('echoes');
  const keys = await client.keys(`*inv:${requestID}`);
  expect(await recordFields(client, keys[0], ['status', 'tokenHash'])).toEqual(['succeeded', null]);
  const headers = { authorization: `Bearer inv_${requestID}_${'x'.repeat(24)}` };
  const refused = await stack.http.post('/v1/functions/add/invocations', {}, headers);
  expect([refused.status, refused.body.error.type]).toEqual([401, 'UNAUTHENTICATED']);
});

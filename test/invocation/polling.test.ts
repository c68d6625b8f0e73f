/** Polling: many calls in one request, answers that say when to come back, and answers that say that nothing has changed. */
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';

const UNKNOWN = '00ffffff-ffff-4fff-bfff-ffffffffffff';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    functions: {
      'add.js': 'exports.main = ({ x, y }) => x + y;',
      'slow.js': 'exports.main = (event) => new Promise((done) => setTimeout(done, event.ms, event.ms));',
      'says.js':
        'exports.main = async (event, context) => { await context.progress(1); await new Promise((done) => setTimeout(done, 700)); await context.progress(2); await new Promise((done) => setTimeout(done, 20_000)); };',
      'large.js': "exports.main = ({ mb }) => 'x'.repeat(mb * 1_000_000);",
      'fails.js': "exports.main = () => { throw new Error('on purpose'); };",
    },
    apis: 2,
    env: { INVOQ_SLOTS: 'sync=2,async=2,nested=0' },
  });
}, 60_000);
afterAll(() => stack.stop());

const submit = async (name: string, data: unknown = {}, more: object = {}): Promise<string> =>
  (await stack.http.post(`/v1/functions/${name}/invocations`, { data, sync: false, ...more })).body.requestID;
const lookup = (requestIDs: string[], more: object = {}, api = 0) =>
  stack.apis[api].http.post('/v1/invocations/lookup', { requestIDs, ...more });
const cancel = (id: string) => stack.http.post(`/v1/invocations/${id}/cancel`);

describe('lookup', () => {
  it('tells how many calls stand, in the order that was asked for, and names the unknown ones', async () => {
    const ids = await Promise.all([submit('add', { x: 1, y: 2 }), submit('fails'), submit('slow', { ms: 30_000 })]);
    await until(
      'two have ended',
      async () =>
        (await lookup(ids.slice(0, 2))).body.data.invocations.every(({ result }: { result?: object }) => result),
      20_000,
    );
    const { status, body } = await lookup([ids[2], UNKNOWN, ids[0], ids[1], ids[0]]);
    expect(status).toBe(200);
    expect(body.data.invocations.map(({ requestID }: { requestID: string }) => requestID)).toEqual([
      ids[2],
      ids[0],
      ids[1],
    ]);
    expect(body.data).toMatchObject({ unknown: [UNKNOWN], links: [], left: [] });
    expect(body.data.invocations[1]).toEqual((await stack.http.get(`/v1/invocations/${ids[0]}`)).body.data);
    await cancel(ids[2]);
  });

  it('takes a thousand in one request', async () => {
    const items = Array.from({ length: 1_000 }, (_, i) => ({ data: { x: i, y: 0 }, delayMs: 3_600_000 }));
    const batch = await stack.http.post('/v1/functions/add/invocations/batch', { items });
    const ids = batch.body.data.items.map(({ requestID }: { requestID: string }) => requestID);
    const { body } = await lookup(ids);
    expect(body.data.invocations).toHaveLength(1_000);
    expect(new Set(body.data.invocations.map(({ status }: { status: string }) => status))).toEqual(new Set(['queued']));
    expect((await lookup([...ids, UNKNOWN])).body.error.fields[0].field).toBe('requestIDs');
    const held = lookup(ids, { wait: 20 }, 1);
    await cancel(ids[500]);
    const { data } = (await held).body;
    expect(data.invocations.map(({ requestID }: { requestID: string }) => requestID)).toEqual([ids[500]]);
  });

  it('with wait answers when any of them ends, with those that have ended, at any API', async () => {
    const ids = await Promise.all([submit('slow', { ms: 1_200 }), submit('slow', { ms: 30_000 })]);
    const { body, headers } = await lookup(ids, { wait: 100 }, 1);
    expect(headers['preference-applied']).toBe('wait=20');
    expect(body.data.invocations).toMatchObject([{ requestID: ids[0], status: 'succeeded', result: { data: 1_200 } }]);
    const at = Date.now();
    expect((await lookup([ids[1]], { wait: 1 })).body.data).toEqual({
      invocations: [],
      unknown: [],
      links: [],
      left: [],
    });
    expect(Date.now() - at).toBeGreaterThanOrEqual(990);
    // What has ended before is there at once, and so is what nobody knows.
    expect((await lookup(ids, { wait: 20 })).body.data.invocations).toHaveLength(1);
    expect((await lookup([UNKNOWN], { wait: 20 })).body.data).toEqual({
      invocations: [],
      unknown: [UNKNOWN],
      links: [],
      left: [],
    });
    await cancel(ids[1]);
  });

  it('names an unknown one at once, though others run', async () => {
    const running = await submit('slow', { ms: 30_000 });
    const at = Date.now();
    expect((await lookup([running, UNKNOWN], { wait: 20 })).body.data).toMatchObject({
      invocations: [],
      unknown: [UNKNOWN],
    });
    expect(Date.now() - at).toBeLessThan(10_000);
    await cancel(running);
  });

  it('gives addresses of large results, and leaves what has no room for the next request', async () => {
    const large = await submit('large', { mb: 1.5 });
    const medium = await Promise.all(Array.from({ length: 25 }, () => submit('large', { mb: 0.2 })));
    const ids = [large, ...medium];
    await until(
      'all have ended',
      async () =>
        (await Promise.all(ids.map((id) => stack.http.get(`/v1/invocations/${id}?wait=20`)))).every(
          ({ body }) => body.data.status === 'succeeded',
        ),
      60_000,
    );
    const seen = new Set<string>();
    let rounds = 0;
    for (let asked = ids; asked.length > 0; rounds++) {
      const { data } = (await lookup(asked, { wait: 5 })).body;
      for (const { requestID, result } of data.invocations) {
        seen.add(requestID);
        if (requestID === large)
          expect(result.data).toMatchObject({ url: expect.stringContaining('/v1/blobs/'), bytes: 1_500_002 });
        else expect(result.data).toHaveLength(200_000);
      }
      asked = data.left;
    }
    expect([seen.size, rounds > 1]).toEqual([ids.length, true]);
  });

  test.each([
    [{}, 'requestIDs'],
    [{ requestIDs: [] }, 'requestIDs'],
    [{ requestIDs: ['x'] }, 'requestIDs'],
    [{ requestIDs: [UNKNOWN], wait: -1 }, 'wait'],
    [{ requestIDs: [UNKNOWN], wait: '5' }, 'wait'],
    [{ requestIDs: [UNKNOWN], more: 1 }, 'more'],
  ])('%j is refused', async (body, field) => {
    const answer = await stack.http.post('/v1/invocations/lookup', body);
    expect([answer.status, answer.body.error.fields[0].field]).toEqual([400, field]);
  });
});

describe('ETag', () => {
  it('says that nothing has changed, until something has', async () => {
    const id = await submit('says');
    const path = `/v1/invocations/${id}`;
    await until('the first progress', async () => (await stack.http.get(path)).body.data.progress === 1, 20_000);
    const { etag } = (await stack.http.get(path)).headers;
    const same = await stack.http.get(path, { 'if-none-match': `"other", ${etag}` });
    expect([same.status, same.text, same.headers.etag]).toEqual([304, '', etag]);
    const next = await until('another answer', async () => {
      const answer = await stack.http.get(path, { 'if-none-match': etag! });
      return answer.status === 200 ? answer : undefined;
    }, 20_000); // prettier-ignore
    expect([next.body.data.progress, next.headers.etag === etag]).toEqual([2, false]);
    await cancel(id);
    const ended = await stack.http.get(`${path}?wait=20`, { 'if-none-match': next.headers.etag! });
    expect(ended.body.data.status).toBe('cancelled');
    for (const from of [path, `${path}/result`]) {
      const known = (await stack.http.get(from)).headers.etag!;
      expect((await stack.apis[1].http.get(from, { 'if-none-match': known })).status).toBe(304);
    }
  });

  it('of a large result costs no download, and an address has none', async () => {
    const id = await submit('large', { mb: 1.5 });
    const path = `/v1/invocations/${id}/result`;
    const { headers } = await stack.http.get(`${path}?wait=20`);
    expect((await stack.http.get(path, { 'if-none-match': headers.etag! })).text).toBe('');
    expect((await stack.http.get(path, { prefer: 'result=url' })).headers.etag).toBeUndefined();
  });
});

describe('when to come back', () => {
  it('grows with what stands before it, and the record tells how many that are', async () => {
    const busy = await Promise.all([0, 1].map(() => submit('slow', { ms: 60_000 })));
    await until(
      'both run',
      async () =>
        (await lookup(busy)).body.data.invocations.every(({ status }: { status: string }) => status === 'running'),
      20_000,
    );
    const items = Array.from({ length: 250 }, () => ({ data: { ms: 1 } }));
    const batch = await stack.http.post('/v1/functions/slow/invocations/batch', { items });
    const last = batch.body.data.items.at(-1).requestID;
    const { body, headers } = await stack.http.get(`/v1/invocations/${last}`);
    // Those of the same millisecond stand in any order.
    expect(body.data.ahead).toBeGreaterThan(100);
    expect(body.data.ahead).toBeLessThan(250);
    expect(headers['retry-after']).toBe(String(Math.ceil(body.data.ahead / 100)));
    const result = await stack.http.get(`/v1/invocations/${last}/result`);
    expect([result.status, result.headers['retry-after']]).toEqual([202, headers['retry-after']]);
    const running = await stack.http.get(`/v1/invocations/${busy[0]}`);
    expect([running.body.data.ahead, running.headers['retry-after']]).toEqual([undefined, '1']);
    await Promise.all(busy.map(cancel));
    expect((await stack.http.get(`/v1/invocations/${last}?wait=20`)).headers['retry-after']).toBeUndefined();
  });

  it('a poller that follows Location from /result waits for the result', async () => {
    const id = await submit('slow', { ms: 1_500 });
    const first = await stack.http.get(`/v1/invocations/${id}/result`);
    expect([first.status, first.headers.location]).toEqual([202, `/v1/invocations/${id}/result`]);
    const last = await until('the result', async () => {
      const answer = await stack.http.get(first.headers.location!);
      return answer.status === 200 ? answer : undefined;
    }, 20_000); // prettier-ignore
    expect(last.body.data).toBe(1_500);
  });

  it('a repeated Idempotency-Key tells how its call stands', async () => {
    const send = () =>
      stack.http.post(
        '/v1/functions/add/invocations',
        { data: { x: 1, y: 1 }, sync: false },
        { 'idempotency-key': 'k-1' },
      );
    const { requestID } = (await send()).body;
    await stack.http.get(`/v1/invocations/${requestID}?wait=20`);
    expect((await send()).body).toMatchObject({ requestID, data: { status: 'succeeded' } });
  });
});

it('no answer that can change may be kept by a cache', async () => {
  const id = await submit('add', { x: 1, y: 2 });
  const paths = ['', '/result', '/logs', '/logs?follow=true', '/events', '/deliveries'].map(
    (rest) => `/v1/invocations/${id}${rest}`,
  );
  for (const path of [
    ...paths,
    '/v1/invocations',
    '/v1/functions',
    '/v1/workers',
    '/v1/schedules',
    '/nothing',
    '/readyz',
    '/metrics',
    '/docs-json',
  ]) {
    expect([path, (await stack.http.get(path)).headers['cache-control']]).toEqual([
      path,
      expect.stringContaining('no-store'),
    ]);
  }
});

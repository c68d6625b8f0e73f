/** One suite of promises, for whatever carries the sync lanes. */
import { startStack, type Stack } from '../harness/stack';
import { Starts } from '../harness/starts';
import { until } from '../harness/until';
import { FUNCTIONS } from './functions';

describe.each(['line', 'bullmq'])('sync lanes carried by %s', (carrier) => {
  const starts = new Starts();
  const functions = {
    ...FUNCTIONS,
    'marks.js': `exports.main = async (event, context) => { ${starts.statement()}
      await new Promise((r) => setTimeout(r, event.ms)); return context.attempt }`,
  };
  const env = { INVOQ_SYNC_LANE: carrier, INVOQ_SLOTS: 'sync=4,async=2,nested=1' };
  let stack: Stack;
  beforeEach(async () => {
    stack = await startStack({ functions, env });
  }, 60_000);
  afterEach(() => stack.stop(), 60_000);

  const call = (name: string, body: object = {}) => stack.http.post(`/v1/functions/${name}/invocations`, body);
  const running = async (id: string) => (await stack.http.get(`/v1/invocations/${id}`)).body.data?.status === 'running';
  const open = () => stack.redis.client().zcard('{invoq:0}:open');
  const theOpenOne = async () => (await stack.redis.client().zrange('{invoq:0}:open', 0, '0'))[0];

  it('delivers each call once, whatever the crowd, and leaves nothing behind', async () => {
    const calls = await Promise.all(Array.from({ length: 200 }, () => call('marks', { data: { ms: 1 } })));
    expect(new Set(calls.map(({ body }) => body.data))).toEqual(new Set([1]));
    const mine = new Set(calls.map(({ body }) => body.requestID));
    expect(starts.read().filter(({ requestID }) => mine.has(requestID))).toHaveLength(200);
    expect(await open()).toBe(0);
    const keys = await stack.redis.client().keys('{invoq:0}:queued:*');
    expect(keys).toEqual([]);
  });

  it('WORKER_LOST when the worker dies with it, one start, and the next worker serves on', async () => {
    const answer = call('marks', { data: { ms: 4_000 } });
    const id = await until('it is there', theOpenOne, 5_000);
    await until('it has started', () => starts.of(id).length === 1, 5_000);
    await stack.workers[0].process.kill();
    await stack.addWorker();
    expect((await answer).body).toMatchObject({ code: 502, error: { type: 'WORKER_LOST' }, requestID: id });
    expect(starts.of(id)).toHaveLength(1);
    expect((await call('add', { data: { x: 1, y: 2 } })).body.data).toBe(3);
  });

  it('goes on after Redis was restarted under it', async () => {
    expect((await call('add', { data: { x: 1, y: 2 } })).body.data).toBe(3);
    await stack.redis.kill();
    await stack.redis.start();
    await until('it serves again', async () => (await call('add', { data: { x: 1, y: 2 } })).body.data === 3, 5_000);
  });

  it('cancels what waits and what runs', async () => {
    const answer = call('marks', { data: { ms: 4_000 } });
    const id = await until('it is there', theOpenOne, 5_000);
    await until('its code has begun', () => starts.of(id).length === 1, 5_000);
    expect(await running(id)).toBe(true);
    await stack.http.post(`/v1/invocations/${id}/cancel`);
    expect((await answer).body).toMatchObject({ code: 409, error: { type: 'CANCELLED', started: true } });
  });

  it('loses no call when workers drain, one after the other', async () => {
    let over = false;
    const statuses: number[] = [];
    const callers = Array.from({ length: 6 }, async () => {
      while (!over) statuses.push((await call('marks', { data: { ms: 5 } })).status);
    });
    for (let drains = 0; drains < 4; drains++) {
      await stack.addWorker();
      const served = statuses.length;
      await until('calls go on', () => statuses.length > served + 30, 20_000);
      await stack.workers[drains].stop();
    }
    over = true;
    await Promise.all(callers);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    // Four workers are started, which takes its time on a busy machine.
  }, 90_000);

  it('parents that hold every slot do not wait for each other', async () => {
    const parents = async (): Promise<unknown[]> => {
      const answers = await Promise.all(Array.from({ length: 6 }, () => call('nests', { data: { depth: 4 } })));
      return answers.map(({ body }) => body.data);
    };
    // The first ones wait for eight processes to start, on a busy machine longer than a sync call may take. Parents that
    // wait for each other would never have an answer.
    await until('all are answered', async () => (await parents()).every((data) => data === 4), 30_000);
  });
});

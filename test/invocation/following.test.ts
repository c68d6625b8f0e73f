/** An invocation is followed live: its status, progress and log lines as they come about, to its end. */
import { EventReader } from '../harness/sse';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';
import { FUNCTIONS } from './functions';

const OWN = {
  ...FUNCTIONS,
  'functions.json': {
    functions: {
      ...(FUNCTIONS['functions.json'] as { functions: object }).functions,
      fickle: { retry: { attempts: 3, backoffMs: 200 } },
    },
  },
  'works.js': `exports.main = async (event, context) => {
    for (let i = 0; i < event.steps; i++) {
      console.log('step ' + i)
      context.progress((i + 1) / event.steps)
      await new Promise((done) => setTimeout(done, event.ms))
    }
    return 'worked'
  }`,
  'fickle.js': `exports.main = (event, context) => {
    console.log('try ' + context.attempt)
    if (context.attempt < 3) throw new Error('not yet')
    return context.attempt
  }`,
  'big.js': "exports.main = () => 'b'.repeat(400_000)",
  'prints.js': `exports.main = (event) => { for (let i = 0; i < event.lines; i++) console.log(event.text + i); return 1 }`,
};

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    functions: OWN,
    apis: 2,
    env: { INVOQ_MAX_FOLLOWING_EACH: '20', INVOQ_SLOTS: 'sync=4,async=4,nested=0' },
  });
}, 60_000);
afterAll(() => stack.stop());

const submit = async (name: string, data: unknown = {}): Promise<string> =>
  (await stack.http.post(`/v1/functions/${name}/invocations`, { data, sync: false })).body.requestID;
const follow = (id: string, lastID?: string, api = 0) =>
  new EventReader(
    `${stack.apis[api].url}/v1/invocations/${id}/events`,
    lastID === undefined ? {} : { 'last-event-id': lastID },
  );
const steps = (count: number) => Array.from({ length: count }, (_, i) => `step ${i}`);

describe('events', () => {
  it('tell status, progress and lines while it runs, and at last the envelope', async () => {
    const id = await submit('works', { steps: 6, ms: 300 });
    const reader = follow(id);
    await until('a line, before its end', () => reader.logs.length > 0, 30_000);
    const running = (await stack.http.get(`/v1/invocations/${id}`)).body.data.status;
    const end = await reader.ended();
    expect(running).toBe('running');
    expect(reader.headers['content-type']).toContain('text/event-stream');
    expect(reader.statuses).toEqual(['queued 0', 'running 1', 'succeeded 1']);
    expect(reader.logs).toEqual(steps(6));
    const progress = reader.of('progress') as number[];
    expect(progress.at(-1)).toBe(1);
    expect(progress.length).toBeGreaterThan(1);
    expect(progress).toEqual([...progress].sort());
    expect(end.data).toEqual((await stack.http.get(`/v1/invocations/${id}/result`)).body);
    await until('the stream is over', () => reader.isOver, 10_000);
    expect(new Set(reader.events.map((event) => event.id)).size).toBe(reader.events.length);
  });

  it('are told after the end too, all of them', async () => {
    const id = await submit('works', { steps: 3, ms: 1 });
    await stack.http.get(`/v1/invocations/${id}/result?wait=20`);
    const reader = follow(id);
    await reader.ended();
    expect(reader.statuses).toEqual(['queued 0', 'running 1', 'succeeded 1']);
    expect(reader.logs).toEqual(steps(3));
  });

  it('go on behind Last-Event-ID, at any API, with nothing missed and nothing twice', async () => {
    const id = await submit('works', { steps: 12, ms: 150 });
    const reply: { event: string; id: string }[] = [];
    const logs: string[] = [];
    let lastID: string | undefined;
    for (let api = 0; !reply.some(({ event }) => event === 'end'); api = 1 - api) {
      const reader = follow(id, lastID, api);
      await until('two more, or the end', () => reader.events.length >= 2 || reader.of('end').length > 0, 30_000);
      const received = reader.of('end').length > 0 ? reader.events : reader.events.slice(0, 2);
      reader.close();
      reply.push(...received);
      logs.push(...received.filter(({ event }) => event === 'log').map(({ data }) => (data as { text: string }).text));
      lastID = received.at(-1)!.id;
    }
    expect(logs).toEqual(steps(12));
    expect(new Set(reply.map((event) => event.id)).size).toBe(reply.length);
    expect(reply.filter(({ event }) => event === 'status')).toHaveLength(3);
    const over = await stack.http.get(`/v1/invocations/${id}/events`, { 'last-event-id': lastID! });
    expect(over.status).toBe(204);
  });

  it('tell each try of a call that is retried', async () => {
    const reader = follow(await submit('fickle'));
    const end = await reader.ended();
    expect(reader.statuses).toEqual([
      'queued 0', 'running 1', 'retrying 1', 'running 2', 'retrying 2', 'running 3', 'succeeded 3',
    ]); // prettier-ignore
    expect(reader.of('log').map(({ attempt, text }) => `${attempt} ${text}`)).toEqual([
      '1 try 1',
      '2 try 2',
      '3 try 3',
    ]);
    expect(end.data).toMatchObject({ code: 0, data: 3 });
  });

  it('wake whoever follows a call that waits, when it is cancelled', async () => {
    const ids = await Promise.all(Array.from({ length: 4 }, () => submit('waits', { ms: 5_000 })));
    const id = await submit('waits', { ms: 5_000 });
    const reader = follow(id);
    await until('the first event', () => reader.events.length > 0, 10_000);
    for (const one of [id, ...ids]) await stack.http.post(`/v1/invocations/${one}/cancel`);
    expect((await reader.ended()).data).toMatchObject({ code: 409, error: { type: 'CANCELLED' } });
    expect(reader.statuses).toEqual(['queued 0', 'cancelled 0']);
  });

  it('bring a large result whole, or its address', async () => {
    const id = await submit('big');
    expect((await follow(id).ended()).data.data).toHaveLength(400_000);
    const { text } = await stack.http.get(`/v1/invocations/${id}/events`, { prefer: 'result=url' });
    expect(text).toMatch(/event: end\ndata: \{"code":0,"data":\{"url":"http/);
  });

  it('are refused for what is not there, by the name of a wrong header, and for one too many', async () => {
    const other = await stack.http.get('/v1/invocations/2f259605-b188-46da-beda-9313efb00e2f/events');
    expect([other.status, other.body.error.type]).toEqual([404, 'INVOCATION_NOT_FOUND']);
    const id = await submit('waits', { ms: 3_000 });
    const wrong = await stack.http.get(`/v1/invocations/${id}/events`, { 'last-event-id': 'x.y' });
    expect([wrong.status, wrong.body.error.fields[0].field]).toEqual([400, 'Last-Event-ID']);
    const readers = Array.from({ length: 20 }, () => follow(id));
    await until('all are told something', () => readers.every(({ events }) => events.length > 0), 20_000);
    const one = await stack.http.get(`/v1/invocations/${id}/events`);
    expect([one.status, one.body.error.type]).toEqual([429, 'RATE_LIMITED']);
    readers.slice(0, 10).forEach((reader) => reader.close());
    await until(
      'there is room again',
      async () => {
        const again = follow(id);
        await until('its answer', () => again.status > 0, 5_000);
        return again.status === 200;
      },
      20_000,
    );
    await stack.http.post(`/v1/invocations/${id}/cancel`);
    await Promise.all(readers.slice(10).map((reader) => reader.ended()));
  });
});

describe('logs', () => {
  it('are there while it runs', async () => {
    const id = await submit('works', { steps: 20, ms: 200 });
    const text = await until(
      'the first lines',
      async () => (await stack.http.get(`/v1/invocations/${id}/logs`)).text,
      20_000,
    );
    expect(text).toContain('step 0');
    expect((await stack.http.get(`/v1/invocations/${id}`)).body.data.status).toBe('running');
    await stack.http.post(`/v1/invocations/${id}/cancel`);
  });

  it('are followed to the end, each line once', async () => {
    const id = await submit('works', { steps: 5, ms: 300 });
    const { status, headers, text } = await stack.http.get(`/v1/invocations/${id}/logs?follow=true`);
    expect(status).toBe(200);
    expect(headers['content-type']).toContain('application/x-ndjson');
    const lines = text.trim().split('\n');
    expect(JSON.parse(lines.pop()!)).toEqual({ end: 'succeeded' });
    expect(lines.map((line) => (JSON.parse(line) as { text: string }).text)).toEqual(steps(5));
    expect((await stack.http.get(`/v1/invocations/${id}/logs`)).text).toBe(`${lines.join('\n')}\n`);
    expect((await stack.http.get(`/v1/invocations/${id}/logs?follow=maybe`)).body.error.fields[0].field).toBe('follow');
  });

  it('go on behind the bytes that a reader has, and say which end it was', async () => {
    const id = await submit('prints', { lines: 4, text: 'é ' });
    const whole = (await stack.http.get(`/v1/invocations/${id}/logs?follow=true`)).text;
    const [first, ...rest] = whole.split(/(?<=\n)/);
    const from = `from=${Buffer.byteLength(first)}`;
    expect((await stack.http.get(`/v1/invocations/${id}/logs?follow=true&${from}`)).text).toBe(rest.join(''));
    expect((await stack.http.get(`/v1/invocations/${id}/logs?${from}`)).text).toBe(rest.slice(0, -1).join(''));
    expect((await stack.http.get(`/v1/invocations/${id}/logs?from=-1`)).body.error.fields[0].field).toBe('from');
    const cancelled = await submit('works', { steps: 50, ms: 300 });
    const answer = stack.http.get(`/v1/invocations/${cancelled}/logs?follow=true`);
    await until(
      'it runs',
      async () => (await stack.http.get(`/v1/invocations/${cancelled}`)).body.data.status === 'running',
      20_000,
    );
    await stack.http.post(`/v1/invocations/${cancelled}/cancel`);
    expect((await answer).text).toMatch(/\n\{"end":"cancelled"\}\n$/);
  });

  it('come whole through lines of any size and script', async () => {
    const id = await submit('prints', { lines: 10, text: `${'é'.repeat(9_000)}漢字 ` });
    const { text } = await stack.http.get(`/v1/invocations/${id}/logs?follow=true`);
    expect(text.trim().split('\n')).toHaveLength(10 + 1);
    const long = await submit('prints', { lines: 2, text: 'x'.repeat(100_000) });
    const reader = follow(long);
    await reader.ended();
    expect(reader.logs.map(({ length }) => length)).toEqual([100_001, 100_001]);
  });

  it('of a short call cost nothing on their way', async () => {
    const client = stack.redis.client();
    const counts = async (): Promise<number[]> => {
      const stats = await client.info('commandstats');
      return ['append', 'zpopmin'].map((name) =>
        Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0),
      );
    };
    const before = await counts();
    for (let i = 0; i < 10; i++) await stack.http.post('/v1/functions/logs/invocations', {});
    const [appended, taken] = (await counts()).map((count, i) => count - before[i]);
    // One for what each printed, with its end, and one for the start of each that was taken from its line. The packed record
    // of one that was dispatched tells of the start by itself.
    expect(appended).toBe(10 + taken);
    expect(taken).toBeLessThanOrEqual(10);
  });

  it('end with a sync answer when they are asked for', async () => {
    const call = (lines: string, data: object) =>
      stack.http.post('/v1/functions/prints/invocations', { data }, { 'x-invoq-log-tail': lines });
    const tail = async (lines: string, data: object): Promise<string[]> =>
      Buffer.from(String((await call(lines, data)).headers['x-invoq-log-result']), 'base64')
        .toString()
        .split('\n')
        .filter(Boolean)
        .map((line) => (JSON.parse(line) as { text: string }).text);
    expect(await tail('2', { lines: 5, text: 'n' })).toEqual(['n3', 'n4']);
    expect(await tail('100', { lines: 3, text: 'n' })).toEqual(['n0', 'n1', 'n2']);
    expect((await tail('100', { lines: 50, text: 'n'.repeat(200) })).length).toBeLessThan(20);
    expect(await tail('1', { lines: 0, text: '' })).toEqual([]);
    const refused = await call('0', { lines: 1, text: '' });
    expect([refused.status, refused.body.error.fields[0].field]).toEqual([400, 'X-Invoq-Log-Tail']);
    const plain = await stack.http.post('/v1/functions/prints/invocations', { data: { lines: 1, text: '' } });
    expect(plain.headers['x-invoq-log-result']).toBeUndefined();
  });
});

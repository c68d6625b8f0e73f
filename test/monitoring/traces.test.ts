/** Traces, as a collector receives them from the built processes: one trace for all that one request causes. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { App } from '../harness/app';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '../harness/otlp-receiver';
import { type Receiver, startReceiver } from '../harness/receiver';
import { type Stack, startStack } from '../harness/stack';
import { until } from '../harness/until';

const LIMIT_MS = 40_000;
const API = join(__dirname, '..', '..', 'node_modules', '@opentelemetry', 'api');
const FUNCTIONS = {
  'tells.js': `exports.main = (event, context) => ({ ...process.env, context: context.traceparent });`,
  'active.js': `
    const { trace } = require(${JSON.stringify(API)});
    const told = () => trace.getActiveSpan()?.spanContext();
    exports.main = async () => {
      const before = told();
      await new Promise((done) => setTimeout(done, 5));
      return { before, after: told(), env: process.env.TRACEPARENT };
    };`,
  'calls.js': `
    exports.main = async (event, { traceparent }) => {
      const headers = { authorization: 'Bearer ' + process.env.INVOQ_TOKEN, 'content-type': 'application/json' };
      if (event.sends) headers.traceparent = traceparent;
      const url = process.env.INVOQ_URL + '/v1/functions/tells/invocations';
      return (await fetch(url, { method: 'POST', headers, body: '{}' })).status;
    };`,
  'fails-once.js': `exports.main = (event, { attempt }) => { if (attempt === 1) throw new Error('not yet'); return 1; };`,
  'fails.js': `exports.main = () => { throw new Error('never'); };`,
  'functions.json': { functions: { 'fails-once': { retry: { attempts: 2, backoffMs: 10, maxBackoffMs: 10 } } } },
};

let otlp: OtlpReceiver;
let receiver: Receiver;
let stack: Stack;
beforeAll(async () => {
  [otlp, receiver] = await Promise.all([startOtlpReceiver(), startReceiver()]);
  stack = await startStack({
    functions: FUNCTIONS,
    workers: 0,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=invoq',
      OTEL_BSP_SCHEDULE_DELAY: '100',
      INVOQ_CALLBACK_ALLOW: '127.0.0.0/8',
      INVOQ_ACCESS_LOG: 'on',
    },
  });
  await stack.addWorker({ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', OTEL_SERVICE_NAME: 'my-worker' });
}, 60_000);
afterAll(() => stack.stop());

/** Headers of a caller that is in a trace of its own. */
function caller(flags = '01'): { traceId: string; spanId: string; headers: Record<string, string> } {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceId, spanId, headers: { traceparent: `00-${traceId}-${spanId}-${flags}`, tracestate: 'vendor=1' } };
}

const call = (name: string, body: object, headers: Record<string, string>, house = stack) =>
  house.http.post(`/v1/functions/${name}/invocations`, body, headers);

/** Once as many spans of a trace have come. */
const isStart = ({ name }: ReceivedSpan): boolean => name === 'sandbox start';

/** So many. `besideStarts`: those of sandboxes that had to be started do not count. */
const spans = (traceId: string, count: number, besideStarts = false): Promise<ReceivedSpan[]> =>
  until(
    `${count} spans of ${traceId}, not ${otlp.of(traceId).length}`,
    () => {
      const all = otlp.of(traceId);
      const counted = besideStarts ? all.filter((span) => !isStart(span)) : all;
      return counted.length >= count ? all : undefined;
    },
    LIMIT_MS,
  );

/** Each span with the name of its parent; `caller`: of the one who sent the request. */
function tree(all: ReceivedSpan[], callerID: string): string[] {
  const nameOf = (id: string): string =>
    id === callerID ? 'caller' : (all.find(({ spanId }) => spanId === id)?.name ?? `lost ${id}`);
  return all.map(({ name, parentSpanId }) => `${nameOf(parentSpanId)} > ${name}`).sort();
}

const REQUEST = 'POST /v1/functions/:name/invocations';
const RUN = (name: string) => [
  `${REQUEST} > queue wait`,
  `${REQUEST} > attempt ${name}`,
  `attempt ${name} > function ${name}`,
];

it('a sync call is one trace, and its function is told the span of its run', async () => {
  const { traceId, spanId, headers } = caller();
  const { body } = await call('tells', {}, headers);
  const all = await spans(traceId, 5);
  const started = 'attempt tells > sandbox start';
  expect(tree(all, spanId)).toEqual([`caller > ${REQUEST}`, ...RUN('tells'), started].sort());
  const run = all.find(({ name }) => name === 'function tells')!;
  expect(body.data).toMatchObject({ TRACEPARENT: `00-${traceId}-${run.spanId}-01`, TRACESTATE: 'vendor=1' });
  expect(body.data.context).toBe(body.data.TRACEPARENT);
  expect(all.map(({ traceState }) => traceState)).toEqual(all.map(() => 'vendor=1'));
  expect(
    all
      .map(({ service }) => service)
      .sort()
      .at(0),
  ).toBe('invoq-api');
  expect(run).toMatchObject({ service: 'my-worker', kind: 1, failed: false });
  expect(all.find(({ name }) => name === REQUEST)).toMatchObject({ kind: 2 });
  expect(new Set(otlp.requests.map(({ type }) => type))).toEqual(
    new Set(['application/x-protobuf', 'application/json']),
  );
  for (const { path, headers: sent } of otlp.requests)
    expect([path, sent['x-tenant']]).toEqual(['/v1/traces', 'invoq']);
});

it('each attempt is a span, and so is the callback, whose receiver is told of it', async () => {
  const { traceId, spanId, headers } = caller();
  await call('fails-once', { sync: false, callback: { url: `${receiver.url}/heard` } }, headers);
  const all = await spans(traceId, 8, true);
  const retried = RUN('fails-once');
  const expected = [`caller > ${REQUEST}`, ...retried, ...retried, `${REQUEST} > callback`];
  expect(tree(all, spanId).filter((line) => !line.endsWith('sandbox start'))).toEqual(expected.sort());
  const failed = all.filter((span) => span.failed).map(({ name }) => name);
  expect(failed.sort()).toEqual(['attempt fails-once', 'function fails-once']);
  const callback = all.find(({ name }) => name === 'callback')!;
  const heard = receiver.received.find(({ path }) => path === '/heard')!;
  expect(heard.headers.traceparent).toBe(`00-${traceId}-${callback.spanId}-01`);
  expect(heard.headers.tracestate).toBe('vendor=1');
});

it.each([true, false])('a call that a function makes is in its trace (traceparent sent: %s)', async (sends) => {
  const { traceId, spanId, headers } = caller();
  expect((await call('calls', { data: { sends } }, headers)).body.data).toBe(200);
  const all = await spans(traceId, 8, true);
  // By its token alone it is known which call it runs for, and not which span it is in.
  const parent = sends ? 'function calls' : REQUEST;
  const expected = [`caller > ${REQUEST}`, `${parent} > ${REQUEST}`, ...RUN('calls'), ...RUN('tells')];
  expect(tree(all, spanId).filter((line) => !line.endsWith('sandbox start'))).toEqual(expected.sort());
});

it('code that uses @opentelemetry/api finds the span of its run active', async () => {
  const { traceId, headers } = caller();
  for (let i = 0; i < 2; i++) {
    const { body } = await call('active', {}, headers);
    const [, , spanId] = body.data.env.split('-');
    const span = { traceId, spanId, traceFlags: 1, isRemote: true };
    expect(body.data).toMatchObject({ before: span, after: span });
  }
});

it('a replay is in the trace of whoever asks for it', async () => {
  const { requestID } = (await call('fails', { sync: false }, {})).body;
  const ended = async () => (await stack.http.get(`/v1/invocations/${requestID}`)).body.data.status === 'failed';
  await until('it failed', ended, LIMIT_MS);
  const { traceId, headers } = caller();
  expect((await stack.http.post(`/v1/invocations/${requestID}/replay`, {}, headers)).status).toBe(202);
  const all = await spans(traceId, 4);
  expect(tree(all, '')).toContain('POST /v1/invocations/:requestID/replay > attempt fails');
});

it('a run of a schedule is a trace of its own', async () => {
  await stack.http.request('/v1/schedules/tick', { method: 'PUT', body: { function: 'tells', cron: '* * * * * *' } });
  const first = await until('a run', () => otlp.spans.find(({ name }) => name === 'schedule'), LIMIT_MS);
  await stack.http.request('/v1/schedules/tick', { method: 'DELETE' });
  const all = await spans(first.traceId, 4);
  expect(first).toMatchObject({ parentSpanId: '', kind: 4 });
  expect(tree(all, '')).toEqual(expect.arrayContaining(['schedule > queue wait', 'schedule > attempt tells']));
});

it('without a caller in a trace one begins here', async () => {
  const { body } = await call('tells', {}, {});
  const [, traceId] = body.data.TRACEPARENT.split('-');
  const all = await spans(traceId, 4);
  expect(tree(all, '')).toContain(`caller > ${REQUEST}`);
});

it('a trace that its caller does not sample is passed on untouched, and nothing is exported of it', async () => {
  const { traceId, headers } = caller('00');
  const { body } = await call('tells', {}, headers);
  expect(body.data.TRACEPARENT).toBe(headers.traceparent);
  const after = caller();
  await call('tells', {}, after.headers);
  await spans(after.traceId, 4);
  expect(otlp.of(traceId)).toEqual([]);
});

it('lines of the log have the ids of the trace and of their span', async () => {
  const { traceId, headers } = caller();
  await call('tells', {}, headers);
  const all = await spans(traceId, 4);
  const idOf = (name: string): string => all.find((span) => span.name === name)!.spanId;
  const line = (app: App, msg: string): Promise<unknown> =>
    until(msg, () => app.process.entries().find((entry) => entry.msg === msg && entry.trace_id === traceId), LIMIT_MS);
  expect(await line(stack.workers[0], 'ended')).toMatchObject({ span_id: idOf('attempt tells') });
  expect(await line(stack.apis[0], 'request')).toMatchObject({ span_id: idOf(REQUEST) });
  const lost = caller();
  await call('nobody', {}, lost.headers);
  const isRefused = ({ msg, trace_id }: Record<string, unknown>) => msg === 'refused' && trace_id === lost.traceId;
  await until('refused', () => stack.apis[0].process.entries().some(isRefused), LIMIT_MS);
});

describe('a receiver that is away or slow', () => {
  const linesOf = (event: string): number =>
    [...stack.apis, ...stack.workers].flatMap((app) => app.process.entries()).filter((entry) => entry.event === event)
      .length;

  it('calls go on, one line of the log says so, and one that it is back', async () => {
    otlp.mood = 'away';
    const refused = otlp.requests.length;
    for (let i = 0; i < 5; i++) {
      expect((await call('tells', {}, caller().headers)).status).toBe(200);
      await until('they were sent', () => otlp.requests.length > refused + i, LIMIT_MS);
    }
    await until('both say so', () => linesOf('traces are lost') === 2, LIMIT_MS);
    otlp.mood = 'there';
    const { traceId, headers } = caller();
    await call('tells', {}, headers);
    await spans(traceId, 4);
    await until('both are back', () => linesOf('traces are delivered') === 2, LIMIT_MS);
    expect(linesOf('traces are lost')).toBe(2);
  });

  it('the last spans are delivered at the end, and a receiver that never answers does not hold it up', async () => {
    const worker = await stack.addWorker({ OTEL_BSP_SCHEDULE_DELAY: '60000' });
    const api = await stack.addApi({ OTEL_BSP_SCHEDULE_DELAY: '60000' });
    const { traceId, headers } = caller();
    await api.http.post('/v1/functions/tells/invocations', {}, headers);
    await Promise.all([api.stop(), worker.stop()]);
    stack.apis.splice(stack.apis.indexOf(api), 1);
    stack.workers.splice(stack.workers.indexOf(worker), 1);
    expect((await spans(traceId, 1)).map(({ name }) => name)).toContain(REQUEST);
    otlp.mood = 'slow';
    const slow = await stack.addApi();
    await slow.http.get('/v1/functions', caller().headers);
    stack.apis.splice(stack.apis.indexOf(slow), 1);
    expect(await slow.stop()).toMatchObject({ code: 0 });
  });
});

it('while traces are off the headers are passed on untouched, and nothing is sent', async () => {
  const before = otlp.requests.length;
  const off = await startStack({
    functions: FUNCTIONS,
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url, OTEL_SDK_DISABLED: 'true', INVOQ_CALLBACK_ALLOW: '127.0.0.0/8' },
  });
  const { traceId, headers } = caller();
  const { body } = await call('tells', {}, headers, off);
  expect(body.data).toMatchObject({ TRACEPARENT: headers.traceparent, TRACESTATE: headers.tracestate });
  expect((await call('tells', {}, {}, off)).body.data.TRACEPARENT).toBeUndefined();
  await call('tells', { sync: false, callback: { url: `${receiver.url}/off` } }, headers, off);
  const heard = await until('the callback', () => receiver.received.find(({ path }) => path === '/off'), LIMIT_MS);
  expect(heard.headers).toMatchObject(headers);
  const line = off.workers[0].process.entries().find(({ msg }) => msg === 'ended');
  expect(line).toMatchObject({ trace_id: traceId });
  expect(line).not.toHaveProperty('span_id');
  await off.stop();
  expect(otlp.requests.length).toBe(before);
});

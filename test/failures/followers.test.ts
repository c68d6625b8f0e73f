/** Whoever follows an invocation hears all of it, once, whatever dies in between. */
import { connect } from 'node:net';
import { descriptorsOf } from '../harness/process-facts';
import { EventReader } from '../harness/sse';
import { until } from '../harness/until';
import { Stand } from './stand';

const STEPS = 30;
const steps = Array.from({ length: STEPS }, (_, i) => `step ${i}`);
const stepping = `console.log('step ' + i); await new Promise((done) => setTimeout(done, event.ms));`;

const stands = (options: Parameters<typeof Stand.start>[0] = {}): Promise<Stand> =>
  Stand.start({
    slots: 'sync=1,async=2,nested=0',
    functions: (starts) => ({
      'steps.js': `exports.main = async (event, context) => { ${starts.statement()}
        for (let i = 0; i < ${STEPS}; i++) { ${stepping} } return 'done' }`,
      'heavy.js': `exports.main = (event, context) => { ${starts.statement()} return 'h'.repeat(12 << 20) }`,
    }),
    ...options,
  });
const eventsOf = (url: string, id: string, lastID?: string): EventReader =>
  new EventReader(`${url}/v1/invocations/${id}/events`, lastID ? { 'last-event-id': lastID } : {});
const begin = async (stand: Stand, ms: number): Promise<string> =>
  (await stand.caller.async('steps', { ms }))?.body.requestID as string;

test('Redis restarts under it: the stream stands, and nothing is missed or told twice', async () => {
  const stand = await stands();
  const id = await begin(stand, 200);
  const reader = eventsOf(stand.apis[0].url, id);
  await until('some lines', () => reader.logs.length > 5, 20_000);
  await stand.redis.restart();
  expect((await reader.ended(60_000)).data).toMatchObject({ code: 0, data: 'done' });
  expect(reader.logs).toEqual(steps);
  expect(reader.statuses).toEqual(['queued 0', 'running 1', 'succeeded 1']);
  await stand.verdict('Redis restarted under one who follows', { starts: { async: 1 } });
}, 120_000);

test('its API is killed: it goes on at another one, behind the last that it heard', async () => {
  const stand = await stands({ apis: 2 });
  const [first, second] = stand.apis;
  const id = await begin(stand, 200);
  const reader = eventsOf(first.url, id);
  await until('some lines', () => reader.logs.length > 5, 20_000);
  await first.process.kill();
  await until('the stream broke', () => reader.isOver, 10_000);
  expect(reader.of('end')).toEqual([]);
  const resumed = eventsOf(second.url, id, reader.lastID);
  await resumed.ended();
  const all = [...reader.events, ...resumed.events];
  expect([...reader.logs, ...resumed.logs]).toEqual(steps);
  expect(new Set(all.map((event) => event.id)).size).toBe(all.length);
  expect([...reader.statuses, ...resumed.statuses]).toEqual(['queued 0', 'running 1', 'succeeded 1']);
  await stand.verdict('an API killed under one who follows', { starts: { async: 1 } });
}, 120_000);

test('an API that is told to go ends its streams at once, and the next one goes on', async () => {
  const stand = await stands({ apis: 2 });
  const [first, second] = stand.apis;
  const id = await begin(stand, 200);
  const reader = eventsOf(first.url, id);
  await until('some lines', () => reader.logs.length > 2, 20_000);
  const gone = first.stop();
  await until('the stream is over', () => reader.isOver, 10_000);
  expect((await gone).code).toBe(0);
  const resumed = eventsOf(second.url, id, reader.lastID);
  await resumed.ended();
  expect([...reader.logs, ...resumed.logs]).toEqual(steps);
  await stand.verdict('an API drained under one who follows', { starts: { async: 1 } });
}, 120_000);

test('the worker dies: the next try is told, with what the dead one had printed', async () => {
  const stand = await stands({ env: { INVOQ_LEASE: '3s' } });
  const [victim] = stand.workers;
  const id = await begin(stand, 100);
  const reader = eventsOf(stand.apis[0].url, id);
  await until('some lines', () => reader.logs.length > 10, 20_000);
  await victim.process.kill();
  await stand.addWorker();
  expect((await reader.ended(90_000)).data).toMatchObject({ code: 0, data: 'done' });
  expect(reader.statuses).toEqual(['queued 0', 'running 1', 'queued 1', 'running 2', 'succeeded 2']);
  const lines = (attempt: number): string[] =>
    reader
      .of('log')
      .filter((line) => line.attempt === attempt)
      .map(({ text }: { text: string }) => text);
  expect(lines(1)).toEqual(steps.slice(0, lines(1).length));
  expect(lines(1).length).toBeGreaterThan(10);
  expect(lines(2)).toEqual(steps);
  expect((await stand.stack.http.get(`/v1/invocations/${id}/logs`)).text.trim().split('\n')).toHaveLength(
    reader.logs.length,
  );
  await stand.verdict('a worker killed under one who follows', { starts: { async: 2 } });
}, 150_000);

test('one who takes nothing is cut off, and holds nobody up', async () => {
  const stand = await stands();
  const id = (await stand.caller.async('heavy'))?.body.requestID as string;
  await stand.stack.http.get(`/v1/invocations/${id}/result?wait=20`);
  const [{ port, url, process }] = stand.apis;
  const before = descriptorsOf(process.pid);
  const socket = connect(port, '127.0.0.1', () => {
    socket.write(`GET /v1/invocations/${id}/events HTTP/1.1\r\nhost: x\r\n\r\n`);
    socket.pause();
  });
  socket.on('error', () => undefined);
  await until('it is connected', () => descriptorsOf(process.pid) > before, 10_000);
  const other = await eventsOf(url, id).ended();
  expect(other.data.data).toHaveLength(12 << 20);
  // Our own descriptors come and go: the first look at which none is held for it counts.
  await until('the server let it go', () => descriptorsOf(process.pid) <= before, 90_000);
  socket.destroy();
  await stand.verdict('one who follows and takes nothing', { starts: { async: 1 } });
}, 150_000);

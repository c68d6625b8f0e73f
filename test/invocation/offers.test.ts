/** Calls that are dispatched to a worker in the step that accepts them, and workers that die, freeze or stop just then. */
import { connect, createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from '../harness/app';
import { atEnd } from '../harness/at-end';
import type { HttpResponse } from '../harness/http';
import { startStack, type Stack } from '../harness/stack';
import { Starts } from '../harness/starts';
import { until } from '../harness/until';

const LEASE_MS = 1_500;
const SETTINGS = { INVOQ_LEASE: `${LEASE_MS}ms`, INVOQ_SLOTS: 'sync=2,async=1,nested=1' };

const starts = new Starts();
let stack: Stack;
afterEach(() => stack.stop(), 60_000);

async function start(workers: number): Promise<void> {
  const says = `exports.main = async (event) => { ${starts.statement('event.context')}
    await new Promise((r) => setTimeout(r, event.data.ms)); return process.ppid }`;
  const functions = { 'functions.json': { contract: 'minapp', functions: { says: {} } }, 'says.js': says };
  stack = await startStack({ functions, workers, env: SETTINGS });
}

const call = (ms = 0): Promise<HttpResponse> =>
  stack.http.post('/v1/functions/says/invocations', { data: { ms }, timeoutMs: 5_000 });
const typeOf = ({ body }: HttpResponse): string => body.error?.type ?? 'none';
const startsOf = ({ body }: HttpResponse): number => starts.of(body.requestID).length;

/** Calls follow each other; answers the worker that had the last one, and so has left the latest offer. */
async function lastWorker(): Promise<App> {
  let pid = 0;
  for (let i = 0; i < 10; i++) pid = (await call()).body.data;
  return stack.workers.find((worker) => worker.process.pid === pid)!;
}

it('calls that follow each other closely are dispatched: nobody takes them from a line', async () => {
  await start(1);
  const client = stack.redis.client();
  // On a busy machine the next call may come too late for the offer of the one before.
  let taken = 20;
  for (let round = 0; round < 20 && taken > 10; round++) {
    await client.config('RESETSTAT');
    for (let i = 0; i < 20; i++) expect((await call()).status).toBe(200);
    taken = Number(/cmdstat_zpopmin:calls=(\d+)/.exec(await client.info('commandstats'))?.[1] ?? 0);
  }
  expect(taken).toBeLessThanOrEqual(10);
}, 60_000);

it('a frozen worker takes one call along at most, and does not start it when it is over', async () => {
  await start(2);
  const frozen = await lastWorker();
  frozen.process.freeze();
  const answers = await Promise.all([call(), call(), call(), call()]);
  const lost = answers.filter((answer) => typeOf(answer) === 'WORKER_LOST');
  expect(lost.length).toBeLessThanOrEqual(1);
  for (const answer of answers.filter((each) => !lost.includes(each)))
    expect([answer.status, startsOf(answer)]).toEqual([200, 1]);
  frozen.process.thaw();
  await sleep(1_000);
  for (const answer of lost) expect(startsOf(answer)).toBe(0);
  expect((await call()).status).toBe(200);
}, 60_000);

it('a call that is dispatched to a killed worker runs elsewhere, and none runs twice', async () => {
  await start(2);
  const killed = await lastWorker();
  await killed.process.kill();
  const began = performance.now();
  const answers = await Promise.all([call(), call(), call()]);
  expect(answers.map((answer) => [answer.status, startsOf(answer)])).toEqual([
    [200, 1],
    [200, 1],
    [200, 1],
  ]);
  expect(performance.now() - began).toBeLessThan(3_000);
}, 60_000);

it('a call whose text comes late to a worker that stops is started once', async () => {
  await start(0);
  const way = await slowWay(stack.redis.port);
  const worker = await stack.addWorker({ REDIS_URL: way.url });
  await lastWorker();
  way.lateMs = 900;
  const answer = call(1_000);
  await sleep(15);
  worker.process.signal('SIGTERM');
  await stack.addWorker();
  const answered = await answer;
  await sleep(1_500);
  expect(startsOf(answered)).toBeLessThanOrEqual(1);
  // It ran, is lost with its worker, or found no other one in its time.
  expect([200, 502, 504]).toContain(answered.status);
  await until('it ends', () => worker.process.exit !== undefined, 30_000);
}, 60_000);

/** A way to Redis on which the answers to `BLMPOP` come `lateMs` late, as after a lost packet. */
async function slowWay(port: number): Promise<{ url: string; lateMs: number }> {
  const way = { url: '', lateMs: 0 };
  const server = createServer((client) => {
    const redis = connect(port, '127.0.0.1');
    let isBlocking = false;
    client.on('data', (chunk: Buffer) => {
      isBlocking = /^\*\d+\r\n\$6\r\nblmpop\r\n/i.test(chunk.toString('latin1'));
      redis.write(chunk);
    });
    redis.on('data', (chunk: Buffer) => {
      if (!isBlocking || way.lateMs === 0) client.write(chunk);
      else setTimeout(() => client.destroyed || client.write(chunk), way.lateMs);
    });
    client.on('close', () => redis.destroy()).on('error', () => undefined);
    redis.on('close', () => client.destroy()).on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(async () => void server.close());
  way.url = `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return way;
}

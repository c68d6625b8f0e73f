/**
 * A real Prometheus scrapes a whole fleet with the alerts that we ship. None is raised while all is well, and each one when
 * its cause is made. Minutes of the alerts last a second here (see fast-rules.ts), so that this does not take half an hour.
 */
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { programHere } from '../harness/program-here';
import { type Prometheus, startPrometheus } from '../harness/prometheus';
import { type Received, type Receiver, startReceiver } from '../harness/receiver';
import { type Stack, startStack } from '../harness/stack';
import { until } from '../harness/until';
import { writeFunctions } from '../harness/write-functions';
import { alerts } from './alert-rules';
import { fastRules } from './fast-rules';
import { asked, asSent, shippedDashboard } from './shipped-dashboard';

const LIMIT_MS = 60_000;
const WELL_MS = 3_000;
const PAUSE_MS = 250;
const BALLAST_BYTES = 64 * 1_048_576;
const FUNCTIONS = {
  'one.js': 'exports.main = () => 1;',
  'fails.js': 'exports.main = () => { throw new Error("no"); };',
  // Every other attempt.
  'flaky.js': 'exports.main = (_, { attempt }) => { if (attempt === 1) throw new Error("not yet"); };',
  'slow.js': 'exports.main = () => new Promise((done) => setTimeout(done, 120_000));',
  'functions.json': {
    functions: {
      fails: { retry: { attempts: 1 } },
      flaky: { retry: { attempts: 2, backoffMs: 1 } },
      slow: { queue: 'video', concurrency: 1 },
    },
  },
};
const GUESTS = {
  'guest.js': 'exports.main = () => 1;',
  'functions.json': { functions: { guest: { queue: 'guests' } } },
};

/** What each alert is about when it is raised here, by its labels. The last one comes last: its cause hides all others. */
const RAISED: [string, object][] = [
  ['InvoqQueueTooOld', { queue: 'video', lane: 'async' }],
  ['InvoqQueueUnserved', { queue: 'guests' }],
  ['InvoqProcessGone', { job: 'invoq-worker' }],
  ['InvoqErrorsUp', { function: 'fails', env: 'default' }],
  ['InvoqServerErrors', {}],
  ['InvoqDeadLettersGrow', { function: 'fails', env: 'default' }],
  ['InvoqRedisNearFull', {}],
  ['InvoqCallbacksFail', {}],
  ['InvoqCallbacksLate', {}],
];
const LAST = 'InvoqNoSnapshot';
/** No limit refuses anything here. */
const WITHOUT_DATA = ['Refusals by limit'];

const isHere = programHere('prometheus', 'alerts and dashboards in a real Prometheus');
const inPrometheus = isHere ? describe : describe.skip;

inPrometheus('a Prometheus that scrapes the fleet', () => {
  let stack: Stack;
  let receiver: Receiver;
  let prometheus: Prometheus;
  let stop: () => Promise<unknown>;

  beforeAll(async () => {
    receiver = await startReceiver({ answer: unlessBroken });
    stack = await startStack({
      functions: FUNCTIONS,
      env: { INVOQ_QUEUES: 'default,video', INVOQ_CALLBACK_ALLOW: '127.0.0.1', INVOQ_GRACE: '1s' },
    });
    await stack.addWorker({ INVOQ_QUEUES: 'guests', INVOQ_FUNCTIONS: writeFunctions(GUESTS) });
    prometheus = await startPrometheus({
      targets: {
        'invoq-api': stack.apis.map(({ port }) => `127.0.0.1:${port}`),
        'invoq-worker': stack.workers.map(({ port }) => `127.0.0.1:${port}`),
      },
      rules: fastRules(),
    });
    // One receiver that is down is no alert before its callback is late.
    await call('one', false, `${receiver.url}/broken`);
    stop = goOn(
      () => call('one', true),
      () => call('guest', true),
      () => call('one', false, receiver.url),
    );
  }, 90_000);

  afterAll(async () => {
    await stop?.();
    stack?.redis.process.thaw();
    await stack?.stop();
  });

  it('has read every process and all rules', async () => {
    await until('three targets', async () => (await prometheus.query('up == 1')).length === 3, LIMIT_MS);
    const names = alerts().map(({ alert }) => [alert, 'ok']);
    const isOk = async () => !Object.values(await prometheus.health()).includes('unknown');
    await until('each rule is evaluated', isOk, LIMIT_MS);
    expect(await prometheus.health()).toEqual(Object.fromEntries(names));
  });

  it('raises nothing while all is well', async () => {
    await until('a callback is delivered', () => receiver.received.length > 5, LIMIT_MS);
    await sleep(WELL_MS);
    expect(await prometheus.firing()).toEqual([]);
  });

  describe('when everything goes wrong', () => {
    beforeAll(async () => {
      await stop();
      receiver.answer = (response) => void response.writeHead(500).end();
      for (let i = 0; i < 2; i++) await call('slow', false);
      const gone = stack.workers.pop()!;
      gone.process.mayDie();
      await gone.process.kill();
      await fillRedis();
      stop = goOn(
        () => call('one', true),
        () => call('guest', true),
        () => call('fails', true),
        () => call('fails', false),
        () => call('flaky', false),
        () => call('one', false, receiver.url),
      );
    });

    it.each(RAISED)(
      '%s is raised',
      async (name, labels) => {
        const raised = await until(name, () => firing(name), LIMIT_MS);
        expect(raised).toEqual([expect.objectContaining({ labels: expect.objectContaining(labels) })]);
        expect(Object.values(raised[0].annotations).join()).not.toMatch(/<no value>|<error/);
      },
      LIMIT_MS + 5_000,
    );

    it('each of them is raised once, for its cause alone', async () => {
      const raised = (await prometheus.firing()).map(({ name }) => name);
      expect(raised.sort()).toEqual(RAISED.map(([name]) => name).sort());
    });

    it(
      'the dashboard has something to show in each panel',
      async () => {
        // A refusal counts from the second scrape on that has it.
        const isFull = async () => (await emptyPanels()).join() === WITHOUT_DATA.join();
        await until('all have', isFull, LIMIT_MS).catch(() => undefined);
        expect(await emptyPanels()).toEqual(WITHOUT_DATA);
      },
      LIMIT_MS + 5_000,
    );

    it(
      `${LAST} is raised while Redis hangs, and no longer`,
      async () => {
        await stop();
        stack.redis.process.freeze();
        await until('raised', () => firing(LAST), LIMIT_MS);
        stack.redis.process.thaw();
        await until('over', async () => (await firing(LAST)) === undefined, LIMIT_MS);
      },
      LIMIT_MS + 5_000,
    );

    it('every alert was raised', () => {
      const shipped = alerts().map(({ alert }) => alert);
      expect([...RAISED.map(([name]) => name), LAST].sort()).toEqual(shipped.sort());
    });
  });

  async function emptyPanels(): Promise<string[]> {
    const empty = [];
    for (const { panel, legend, expr } of asked(shippedDashboard())) {
      const series = await prometheus.query(asSent(expr));
      if (!series.some(({ value }) => Number.isFinite(value))) empty.push(panel);
      // Lines that are told apart by nothing would be drawn under one name.
      if (!legend.includes('{{') && series.length > 1) throw new Error(`${panel} ${legend}: ${series.length} series`);
    }
    return empty;
  }

  async function firing(name: string) {
    const raised = (await prometheus.firing()).filter((alert) => alert.name === name);
    return raised.length > 0 ? raised : undefined;
  }

  function call(name: string, sync: boolean, callback?: string): Promise<unknown> {
    const body = { sync, ...(callback ? { callback: { url: callback } } : {}) };
    return stack.http.post(`/v1/functions/${name}/invocations`, body);
  }

  /** Its `maxmemory` is such that it is full by 85 %: more than the alert bears, less than what refuses calls. */
  async function fillRedis(): Promise<void> {
    const redis = stack.redis.client();
    // Neither sent nor written to the append-only file, whose buffers would be in the number that follows.
    await redis.setrange('ballast', BALLAST_BYTES, '.');
    const used = Number(/used_memory:(\d+)/.exec(await redis.info('memory'))![1]);
    await redis.config('SET', 'maxmemory', Math.round(used / 0.85));
  }
});

function unlessBroken(response: ServerResponse, { path }: Received): void {
  response.writeHead(path === '/broken' ? 500 : 204).end();
}

/**
 * Makes each of these calls again and again, also while earlier ones wait for a worker that is gone. Resolves, when they are
 * to stop, once all are answered.
 */
function goOn(...calls: (() => Promise<unknown>)[]): () => Promise<unknown> {
  const made: Promise<unknown>[] = [];
  const rounds = setInterval(() => made.push(...calls.map((call) => call())), PAUSE_MS);
  return () => {
    clearInterval(rounds);
    return Promise.all(made);
  };
}

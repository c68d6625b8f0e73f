/** A small fleet with something to see: calls of each kind, a queue that is behind, a function that does not load. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AppProcess } from '../app-process.mjs';
import { root } from '../places.mjs';
import { bringRedis } from '../redis.mjs';
import { RedisHere } from '../redis-here.mjs';

const HOST = '127.0.0.1';
const FUNCTIONS = join(root, 'scripts', 'pictures', 'functions');

export class Demo {
  /** The process of the API. */
  apiPid;
  #apps = [];

  /** `data`: an empty folder. `port` 0: any. */
  static async start({ data, port, signal }) {
    const demo = new Demo();
    mkdirSync(data, { recursive: true, mode: 0o700 });
    demo.redis = await RedisHere.start({ dataDir: data, bring: bringRedis, logFile: join(data, 'redis.log'), signal });
    demo.url = `http://${HOST}:${port}`;
    const env = {
      ...process.env,
      HOST,
      PORT: String(port),
      WORKER_PORT: '0',
      REDIS_URL: demo.redis.url,
      INVOQ_DATA: data,
      INVOQ_FUNCTIONS: FUNCTIONS,
      INVOQ_API_URL: demo.url,
      INVOQ_SHUTDOWN_DELAY: '0',
      INVOQ_GRACE: '1s',
      INVOQ_CALLBACK_ALLOW: '127.0.0.0/8',
    };
    await demo.#startApp('api', env, data, signal);
    for (const [queues, slots] of [
      ['default,media', 'sync=8,async=4,nested=2'],
      ['media,reports,video', 'sync=2,async=6,nested=1'],
    ])
      await demo.#startApp('worker', { ...env, INVOQ_QUEUES: queues, INVOQ_SLOTS: slots }, data, signal);
    return demo;
  }

  async #startApp(name, env, data, signal) {
    const app = new AppProcess({ name, env, logFile: join(data, `${name}-${this.#apps.length}.log`) });
    this.#apps.push(app);
    if (name === 'api') this.apiPid = app.pid;
    await app.ready(HOST, signal);
  }

  async ask(method, path, body) {
    const answer = await fetch(this.url + path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const read = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${JSON.stringify(read)}`);
    return read;
  }

  submit(name, data, more = {}) {
    return this.ask('POST', `/v1/functions/${name}/invocations`, { data, sync: false, ...more });
  }

  /** Resolves when there is all to see, with requestIDs worth a picture. */
  async fill() {
    const shown = {};
    for (let i = 0; i < 24; i++) await this.submit('resizeImage', { path: i % 9 === 8 ? 'notes.txt' : `cat-${i}.png` });
    shown.retried = (
      await this.submit('sendInvoice', { order: 7 }, { callback: { url: `http://${HOST}:9/hook` } })
    ).requestID;
    for (const order of [8, 9, 204, 205]) await this.submit('sendInvoice', { order });
    shown.parent = (await this.submit('importOrders', { orders: 4 })).requestID;
    await this.ask('PUT', '/v1/schedules/nightly-report', {
      function: 'nightlyReport',
      cron: '30 2 * * *',
      timezone: 'Europe/Berlin',
    });
    await this.ask('PUT', '/v1/schedules/invoices', {
      function: 'sendInvoice',
      cron: '*/15 8-18 * * 1-5',
      timezone: 'Asia/Shanghai',
      data: { order: 12 },
    });
    for (let i = 0; i < 9; i++) await this.submit('encodeVideo', { seconds: 300 + i });
    shown.running = (await this.submit('nightlyReport', {})).requestID;
    await this.ask('POST', '/v1/functions/importOrders/pause', { reason: 'The shop moves to a new database' });
    for (let i = 0; i < 3; i++) await this.submit('importOrders', { orders: 2 });
    return shown;
  }

  async stop() {
    await Promise.all(this.#apps.map((app) => app.stop()));
    await this.redis.stop();
  }
}

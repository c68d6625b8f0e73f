/** Every kind of route through the proxies that stand in front of APIs: nginx, HAProxy and Varnish. */
import { createClient, type InvoqError } from '@invoq/client/index';
import { proxiesHere } from '../harness/proxy';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';
import { curl } from './curl';
import { type Front, FRONTS, TRUSTED } from './fronts';

const LIMIT_MS = 90_000;
/** Longer than the beat of a stream, which is 15 s. */
const SILENCE_MS = 18_000;
const BUFFERING = 'nginx with buffering and short timeouts';
const DEFAULTS = 'nginx with default settings, under a prefix';

/** Reads whose answers change. */
const OF_A_CALL = ['', '/result', '/logs', '/deliveries', '/events'];
const OTHERS = [
  '/v1/invocations',
  '/v1/functions',
  '/v1/schedules',
  '/v1/workers',
  '/v1/queues',
  '/docs-json',
  '/livez',
  '/readyz',
];

const FUNCTIONS = {
  'add.js': `exports.main = (event) => event.x + event.y;`,
  'quiet.js': `exports.main = async (event) => {
    console.log('first');
    await new Promise((done) => setTimeout(done, event.ms));
    console.log('last');
    return 'said';
  }`,
  'large.js': `exports.main = (event) => 'x'.repeat(event.bytes);`,
};

interface Received {
  lines: string[];
  end?: string;
  cuts: number;
  /** How the call stood when the first line was there. */
  statusAtFirst?: string;
}

const here = proxiesHere();
const names = Object.keys(FRONTS).filter((name) => here.includes(FRONTS[name].needs));
const fronts: Record<string, Front> = {};
const received: Record<string, Promise<Received>> = {};
let stack: Stack;

beforeAll(async () => {
  const slots = { INVOQ_SLOTS: 'sync=4,async=24,nested=0' };
  stack = await startStack({ functions: FUNCTIONS, env: { ...TRUSTED, ...slots } });
  for (const name of names) fronts[name] = await FRONTS[name].start(stack);
  // All at once, since it is a silence that they wait for.
  for (const name of names)
    received[name] = followedLog(fronts[name].url, await submitted('quiet', { ms: SILENCE_MS }));
  for (const promise of Object.values(received)) promise.catch(() => undefined);
}, LIMIT_MS);
afterAll(() => stack?.stop());

async function submitted(name: string, data: object): Promise<string> {
  const { body } = await stack.http.post(`/v1/functions/${name}/invocations`, { data, sync: false });
  return body.requestID as string;
}

/** Reads a log to the mark of its end, and goes on behind what it has when it was cut. */
async function followedLog(url: string, requestID: string): Promise<Received> {
  const reply: Received = { lines: [], cuts: 0 };
  let bytes = 0;
  for (let tries = 0; tries < 20; tries++) {
    let watch: Promise<unknown> | undefined;
    const answer = await curl(`${url}/v1/invocations/${requestID}/logs?follow=true&from=${bytes}`, [], (text) => {
      if (!text.includes('"first"') || watch) return;
      watch = stack.http
        .get(`/v1/invocations/${requestID}`)
        .then(({ body }) => (reply.statusAtFirst ??= body.data.status as string));
    });
    await watch;
    const whole = answer.text.slice(0, answer.text.lastIndexOf('\n') + 1);
    for (const line of whole.split('\n').filter(Boolean)) {
      const { text, end } = JSON.parse(line) as { text?: string; end?: string };
      if (end !== undefined) return { ...reply, end };
      reply.lines.push(text!);
      bytes += Buffer.byteLength(line) + 1;
    }
    reply.cuts++;
  }
  return reply;
}

for (const name of Object.keys(FRONTS).filter((each) => !names.includes(each))) {
  it.skip(`left out, ${FRONTS[name].needs} cannot be had here: ${name}`, () => undefined);
}

describe.each(names)('%s', (name) => {
  const at = (path: string): string => `${fronts[name].url}${path}`;
  const post = (path: string, body: unknown) =>
    curl(at(path), ['-H', 'content-type: application/json', '-d', JSON.stringify(body)]);
  const isHttp2 = name.includes('HTTP/2');
  /** The client speaks HTTP/1.1 in Node. */
  const itOfClient = isHttp2 ? it.skip : it;

  it('calls, submits, and leads back to what it submitted', async () => {
    expect(JSON.parse((await post('/v1/functions/add/invocations', { data: { x: 1, y: 2 } })).text).data).toBe(3);
    const accepted = await post('/v1/functions/add/invocations', { data: { x: 1, y: 2 }, sync: false });
    const location = new URL(accepted.headers.location, at('/v1/functions/add/invocations')).href;
    const record = await curl(location);
    expect([accepted.status, record.status]).toEqual([202, 200]);
    expect(JSON.parse(record.text).data.requestID).toBe(JSON.parse(accepted.text).requestID);
  });

  it('serves a description and its page that know where they are', async () => {
    expect(JSON.parse((await curl(at('/docs-json'))).text).servers[0].url).toBe(fronts[name].url);
    const page = await curl(at('/docs'));
    const scripts = [...page.text.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map(([, path]) => path);
    expect([page.status, scripts.length > 0]).toEqual([200, true]);
    const base = page.headers.location ?? at('/docs');
    for (const path of scripts) expect([path, (await curl(new URL(path, base).href)).status]).toEqual([path, 200]);
  });

  it('has each line of a live log once, through silence, with a mark at its end', async () => {
    const { lines, end, cuts, statusAtFirst } = await received[name];
    expect({ lines, end }).toEqual({ lines: ['first', 'last'], end: 'succeeded' });
    if (name === BUFFERING) expect(cuts).toBeGreaterThan(0);
    else expect({ cuts, statusAtFirst }).toEqual({ cuts: 0, statusAtFirst: 'running' });
  });

  itOfClient('is no obstacle to the client: it follows, waits and collects to the end', async () => {
    const client = createClient({ url: fronts[name].url });
    const jobs = await Promise.all(
      [name === BUFFERING ? 6_000 : 1_500, 1, 1].map((ms) => client.submit('quiet', { ms })),
    );
    const lines: string[] = [];
    const followed = (async () => {
      for await (const event of client.follow(jobs[0].requestID)) if (event.kind === 'log') lines.push(event.line.text);
    })();
    const results: unknown[] = [];
    for await (const one of client.results(jobs.map(({ requestID }) => requestID))) results.push(one.ok && one.data);
    await followed;
    expect({ lines, results, waited: await jobs[0].result() }).toEqual({
      lines: ['first', 'last'],
      results: ['said', 'said', 'said'],
      waited: 'said',
    });
    expect((await client.invoke<string>('large', { bytes: 2_000_000 })).length).toBe(2_000_000);
  });

  it('keeps no answer that can change', async () => {
    const requestID = await submitted('quiet', { ms: 1_500 });
    const status = async () => JSON.parse((await curl(at(`/v1/invocations/${requestID}`))).text).data.status as string;
    await until('it runs', async () => (await status()) === 'running', 20_000);
    await stack.http.get(`/v1/invocations/${requestID}/result?wait=20`);
    expect(await status()).toBe('succeeded');
    const kept: string[] = [];
    for (const path of [...OF_A_CALL.map((end) => `/v1/invocations/${requestID}${end}`), ...OTHERS]) {
      const answers = [await curl(at(path)), await curl(at(path))];
      const isKept = answers.some(
        ({ headers }) => Number(headers.age ?? 0) > 0 || / \d+$/.test(headers['x-varnish'] ?? ''),
      );
      if (isKept || !/no-store/.test(answers[0].headers['cache-control'] ?? '')) kept.push(path);
    }
    expect(kept).toEqual([]);
  });

  it('hands on a cancel that comes with an empty body of any type', async () => {
    const id = JSON.parse((await post('/v1/functions/quiet/invocations', { data: { ms: 60_000 }, sync: false })).text)
      .requestID as string;
    const cancelled = await curl(at(`/v1/invocations/${id}/cancel`), ['-d', '']);
    expect([200, 202]).toContain(cancelled.status);
    const streamed = await curl(at(`/v1/invocations/${id}/cancel`), ['-X', 'POST', '-T', '/dev/null']);
    expect([200, 202]).toContain(streamed.status);
    expect((await stack.http.get(`/v1/invocations/${id}/result?wait=20`)).body.error.type).toBe('CANCELLED');
  });

  if (name === DEFAULTS || name === BUFFERING) {
    itOfClient('answers an upload above its 1 MiB with a page, and the client says so', async () => {
      const upload = createClient({ url: fronts[name].url }).upload('x'.repeat(3_000_000));
      await expect(upload).rejects.toMatchObject({ type: 'BAD_ANSWER', status: 413, retryable: false });
      expect(((await upload.catch((error: InvoqError) => error)) as InvoqError).message).toContain(
        'Request Entity Too Large',
      );
    });
  } else {
    itOfClient('carries an upload of 3 MB', async () => {
      const { url, bytes } = await createClient({ url: fronts[name].url }).upload('x'.repeat(3_000_000));
      expect([bytes, (await curl(url)).text.length]).toEqual([3_000_000, 3_000_000]);
    });
  }
});

if (names.includes(DEFAULTS)) {
  it('a proxy whose API is gone answers with a page, and the client says so', async () => {
    const { url } = fronts[DEFAULTS];
    await stack.apis[1].stop();
    const client = createClient({ url, retry: false });
    await expect(client.invoke('add', { x: 1, y: 2 })).rejects.toMatchObject({
      type: 'BAD_ANSWER',
      status: 502,
      retryable: true,
      started: 'unknown',
      message: expect.stringContaining('502 Bad Gateway'),
    });
  });
}

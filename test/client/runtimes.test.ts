/** The client in each runtime that callers use: one program, imported as the ES module that is published. */
import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Webhook } from 'standardwebhooks';
import { freePort } from '../harness/free-port';
import { http } from '../harness/http';
import { LoggedProcess } from '../harness/logged-process';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';
import { FUNCTIONS } from './functions';
import { installed } from './installed';

const run = promisify(execFile);
const LIMIT_MS = 60_000;
/** Binaries that packages of npm hold; scripts/install.mjs brings them. */
const BROUGHT = join(__dirname, 'runtimes', 'node_modules');
const PROGRAM_LIMIT = { timeout: LIMIT_MS };

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const BODY = '{"type":"invocation.succeeded","data":{"data":"é"}}';

let stack: Stack;
let folder: string;
let silent: Server;
let silentUrl: string;

beforeAll(async () => {
  folder = installed();
  stack = await startStack({ functions: FUNCTIONS });
  silent = createServer(fallSilent);
  await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
  silentUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
}, LIMIT_MS);
afterAll(async () => {
  silent?.closeAllConnections();
  silent?.close();
  await stack?.stop();
});

/** A followed call: one event, then nothing on a connection that stays open. Whoever comes back hears the end. */
const fallSilent: Parameters<typeof createServer>[1] = (request, response) => {
  if (!request.url?.endsWith('/events')) return;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  if (request.headers['last-event-id'] === undefined)
    return void response.write('id: 1.0.0\nevent: status\ndata: {"status":"running","attempt":1,"at":"then"}\n\n');
  response.end('id: 2.0.0.end\nevent: end\ndata: {"code":0,"data":1,"error":{},"requestID":"x"}\n\n');
};

/** What each runtime does with it. `said` is what it has to say of it. */
const story = (): string => {
  const headers = {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(Date.now() / 1_000)),
    'webhook-signature': new Webhook(SECRET).sign('msg_1', new Date(), BODY),
  };
  return `
    import { createClient, FunctionError, verifyCallback } from './node_modules/invoq-client/esm/index.js';
    export async function story() {
      const client = createClient({ url: ${JSON.stringify(stack.url)} });
      const followed = [];
      const waits = await client.submit('waits', { ms: 300 });
      for await (const { kind } of client.follow(waits.requestID)) followed.push(kind);
      const jobs = await client.submitAll('add', [{ x: 1, y: 1 }, { x: 2, y: 2 }, { x: 3, y: 3 }]);
      const sums = [];
      for await (const { ok, data } of client.results(jobs.map(({ requestID }) => requestID))) sums.push([ok, data]);
      const deaf = createClient({ url: ${JSON.stringify(silentUrl)}, silentMs: 500, requestTimeoutMs: 500, retry: { minDelayMs: 10 } });
      const resumed = [];
      for await (const { kind } of deaf.follow('x')) resumed.push(kind);
      const verified = await verifyCallback(${JSON.stringify(BODY)}, ${JSON.stringify(headers)}, ${JSON.stringify(SECRET)});
      const stop = new AbortController();
      setTimeout(() => stop.abort(new Error('enough')), 200);
      const slow = await client.submit('waits', { ms: 3_000 });
      return {
        sum: await client.invoke('add', { x: 1, y: 2 }),
        fails: await client.invoke('throws').catch((error) => [error instanceof FunctionError, error.type]),
        large: (await client.invoke('large', { letter: 'é', bytes: 300_002 })).length,
        followed: followed.at(-1),
        sums: sums.sort(([, a], [, b]) => a - b),
        resumed,
        unanswered: await createClient({ url: ${JSON.stringify(silentUrl)}, requestTimeoutMs: 300, retry: false }).get('x').catch(({ type }) => type),
        aborted: await slow.result({ signal: stop.signal }).catch(({ message }) => message),
        verified: verified.data.data,
        changed: await verifyCallback(${JSON.stringify(`${BODY} `)}, ${JSON.stringify(headers)}, ${JSON.stringify(SECRET)}).catch(({ type }) => type),
      };
    }`;
};

const TOLD = {
  sum: 3,
  fails: [true, 'FUNCTION_ERROR'],
  large: 300_000,
  followed: 'end',
  sums: [
    [true, 2],
    [true, 4],
    [true, 6],
  ],
  resumed: ['status', 'end'],
  unanswered: 'NO_ANSWER',
  aborted: 'enough',
  verified: 'é',
  changed: 'WRONG_SIGNATURE',
};

/** One that runs a file and ends. */
async function programOf(command: string, args: string[]): Promise<unknown> {
  writeFileSync(join(folder, 'story.mjs'), story());
  writeFileSync(
    join(folder, 'main.mjs'),
    `import { story } from './story.mjs'; console.log(JSON.stringify(await story()));`,
  );
  const env = { PATH: process.env.PATH, HOME: folder, DENO_DIR: join(folder, 'deno') };
  const { stdout } = await run(command, [...args, 'main.mjs'], { cwd: folder, env, ...PROGRAM_LIMIT });
  return JSON.parse(stdout);
}

/** A worker of the kind that Cloudflare runs: it has no files and no process, and works when it is asked. */
async function workerOf(workerd: string): Promise<unknown> {
  writeFileSync(join(folder, 'story.mjs'), story());
  writeFileSync(
    join(folder, 'worker.mjs'),
    `import { story } from './story.mjs'; export default { fetch: async () => Response.json(await story()) };`,
  );
  const port = await freePort();
  const modules = ['worker.mjs', 'story.mjs', 'node_modules/invoq-client/esm/index.js'];
  const embedded = modules.map((file) => `(name = "${file}", esModule = embed "${file}")`).join(', ');
  writeFileSync(
    join(folder, 'config.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [
        (name = "main", worker = (modules = [${embedded}], compatibilityDate = "2025-01-01", globalOutbound = "loopback")),
        (name = "loopback", network = (allow = ["local"])),
      ],
      sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
    );`,
  );
  const worker = new LoggedProcess('workerd', workerd, ['serve', join(folder, 'config.capnp')], {});
  try {
    const ask = () => http(`http://127.0.0.1:${port}`).request('/', { timeoutMs: LIMIT_MS });
    return (await until('the worker answers', ask, LIMIT_MS)).body;
  } finally {
    await worker.kill();
  }
}

const runtimes: [name: string, program: string, story: (program: string) => Promise<unknown>][] = [
  ['Node 18', join(BROUGHT, 'node-18/bin/node'), (program) => programOf(program, [])],
  [`Node ${process.versions.node.split('.')[0]}`, process.execPath, (program) => programOf(program, [])],
  ['Node 22', join(BROUGHT, 'node-22/bin/node'), (program) => programOf(program, [])],
  ['Node 24', join(BROUGHT, 'node-24/bin/node'), (program) => programOf(program, [])],
  [
    'Deno',
    join(BROUGHT, 'deno-linux-x64/deno'),
    (program) => programOf(program, ['run', '--no-remote', '--allow-net']),
  ],
  ['Bun', join(BROUGHT, 'bun-linux-x64/bin/bun'), (program) => programOf(program, [])],
  ['a worker (workerd)', join(BROUGHT, 'workerd-linux-x64/bin/workerd'), workerOf],
];
for (const [name, program, tell] of runtimes) {
  if (existsSync(program)) {
    it(
      `calls, follows, collects and verifies in ${name}`,
      async () => expect(await tell(program)).toEqual(TOLD),
      LIMIT_MS,
    );
  } else {
    it.skip(`left out, its binary cannot be had here: ${name}`, () => undefined);
  }
}

/** The stack that the vendors' clients call: its functions, its keys, and a way to run a client as its user would. */
import { spawn } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDir } from '../harness/scratch';
import { type Stack, startStack } from '../harness/stack';
import { writeFunctions } from '../harness/write-functions';

/** Where the vendors' packages are installed (`npm test` does it). */
export const CLIENTS = join(__dirname, 'clients');
const CLIENT_LIMIT_MS = 45_000;

export const KEYS = [
  { id: 'app', secret: 'a-secret-of-at-least-sixteen', envs: ['default', 'prod'], scopes: ['invoke', 'read'] },
  { id: 'reader', secret: 'another-secret-that-is-long', envs: ['default'], scopes: ['read'] },
];
export const [APP] = KEYS as [(typeof KEYS)[number], (typeof KEYS)[number]];
export const KEY = `${APP.id}.${APP.secret}`;

/** Functions of both contracts, by what they do. */
const FUNCTIONS: Record<string, unknown> = {
  'functions.json': {
    functions: {
      helloWorld: { contract: 'minapp' },
      rejects: { contract: 'minapp' },
      callsBackText: { contract: 'minapp' },
      tellsItsEvent: { contract: 'minapp' },
      invokesHelloWorld: { contract: 'minapp' },
      invokesWrongly: { contract: 'minapp' },
      hangs: { timeoutMs: { sync: 1_000, async: 2_000 } },
      hangsToo: { contract: 'minapp', timeoutMs: { sync: 1_000, async: 2_000 } },
    },
  },
  'add.js': `exports.add = (event, context, cb) => {\n  return event.x + event.y\n}`,
  'throws.js': `exports.main = () => {\n  throw new RangeError('boom');\n};`,
  'hangs.js': `exports.main = () => new Promise(() => setInterval(() => undefined, 1_000));`,
  'hangsToo.js': `exports.main = (event, callback) => void setInterval(() => undefined, 1_000);`,
  'measures.js': `exports.main = (event) => event.text.length;`,
  'repeats.js': `exports.main = (event) => 'x'.repeat(event.times);`,
  'tellsEnv.js': `exports.main = (event, context) => context.env;`,
  'echoes.js': `exports.main = (event) => event;`,
  'tellsText.js': `exports.main = () => '{"k":1}';`,
  'callAdd.js': `const cloud = require('wx-server-sdk')
cloud.init({
  env: cloud.DYNAMIC_CURRENT_ENV
})

exports.main = async (event, context) => {
  const res = await cloud.callFunction({
    name: 'add',
    data: {
      x: 1,
      y: 2,
    }
  })
  // 3
  return res.result
}`,
  'tellsItsContext.js': `const cloud = require('wx-server-sdk');
cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV });
exports.main = (event, { environment, environ, function_name, namespace, request_id }) => ({
  wx: cloud.getWXContext(), environment, environ, function_name, namespace, request_id, pid: process.pid,
});`,
  'callsAddBy.js': `exports.main = async ({ sdk, data }) => {
  const it = require(sdk);
  let caller = it;
  if (sdk.endsWith('node-sdk')) caller = it.init({ env: it.SYMBOL_CURRENT_ENV });
  else if (sdk.endsWith('js-sdk')) {
    caller = (it.default ?? it).init({ env: process.env.TCB_ENV });
    const [protocol, host] = process.env.INVOQ_URL.split('://');
    caller.registerHost(host, protocol);
  } else it.init({ env: it.DYNAMIC_CURRENT_ENV });
  return { result: (await caller.callFunction({ name: 'add', data })).result, pid: process.pid };
};`,
  'descends.js': `const cloud = require('wx-server-sdk');
cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV });
exports.main = async ({ depth = 0, to = 9 }) => {
  if (depth >= to) return { depth, source: cloud.getWXContext().SOURCE };
  try {
    return (await cloud.callFunction({ name: 'descends', data: { depth: depth + 1, to } })).result;
  } catch (error) {
    return { depth, code: error.code };
  }
};`,
  'callsElsewhere.js': `const cloud = require('wx-server-sdk');
cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV });
exports.main = () => cloud.callFunction({ name: 'add', config: { env: 'prod' } }).catch((error) => error.code);`,
  'helloWorld.js': `exports.main = function helloWorld(event, callback) {
  console.log(event.data)
  callback(null, \`hello \${event.data.name}\`)
}`,
  'rejects.js': `exports.main = async () => {\n  console.warn('about to fail');\n  throw new TypeError('nope');\n};`,
  'callsBackText.js': `exports.main = (event, callback) => callback('just a text');`,
  'tellsItsEvent.js': `exports.main = async ({ data, eventType, jobId, memoryLimitInMB, timeLimitInMS, env, request }) => ({
  data, eventType, jobId, memoryLimitInMB, timeLimitInMS, env, request,
});`,
  'invokesHelloWorld.js': `exports.main = function (event, callback) {
  BaaS.invoke('helloWorld', { name: 'allen' }).then(async res => {
    const whole = await BaaS.invokeFunction('helloWorld', { name: 'whole' });
    const later = await BaaS.invoke('helloWorld', { name: 'later' }, false);
    if (res.code === 0) {
      callback(null, { res, whole: { status: whole.status, data: whole.data }, later, pid: process.pid })
    } else {
      callback(res.error.message)
    }
  }, err => {
    callback(err)
  })
}`,
  'invokesWrongly.js': `exports.main = async () => {
  const missing = await BaaS.invoke('missing').catch(({ code, message }) => ({ code, message }));
  const failed = await BaaS.invoke('rejects');
  let thrown;
  try { BaaS.invoke() } catch ({ code }) { thrown = code }
  return { missing, failed: failed.code, error: failed.error.type, thrown };
};`,
};

/** The functions in a folder with the SDKs beside them, as `npm install` there would have left it. */
export function doorFunctions(): string {
  const folder = writeFunctions(FUNCTIONS);
  mkdirSync(join(folder, 'node_modules'));
  for (const name of ['wx-server-sdk', 'wx-server-sdk-2', 'wx-server-sdk-3', '@cloudbase']) {
    symlinkSync(join(CLIENTS, 'node_modules', name), join(folder, 'node_modules', name));
  }
  return folder;
}

export function keysFile(keys: unknown = KEYS): string {
  const file = join(scratchDir('keys'), 'keys.json');
  writeFileSync(file, JSON.stringify({ keys }), { mode: 0o600 });
  return file;
}

/** An API with keys and a worker that serves the functions above as two envs. */
export function startVendorStack(env: Record<string, string> = {}): Promise<Stack> {
  const folder = doorFunctions();
  return startStack({
    functions: `default=${folder},prod=${folder}`,
    env: { INVOQ_KEYS_FILE: keysFile(), ...env },
  });
}

export interface ReportedAnswer {
  value?: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- the test says what it expects to see
  error?: Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any
  ms: number;
}

/** Runs one of the clients in `clients/` in a process of its own, and tells what each call came to. */
export async function ask(client: string, settings: object, calls: object[]): Promise<ReportedAnswer[]> {
  const { stdout, stderr, code } = await runNode(
    [join(CLIENTS, 'run.cjs'), client],
    JSON.stringify({ settings, calls }),
  );
  const last = stdout.trim().split('\n').at(-1) ?? '';
  if (code !== 0 || !last.startsWith('[')) throw new Error(`${client} ended with ${code}:\n${stdout}\n${stderr}`);
  return JSON.parse(last) as ReportedAnswer[];
}

export interface Ran {
  stdout: string;
  stderr: string;
  code: number | null;
}

/** `env`: all that the process gets besides PATH. */
export function runNode(args: string[], input = '', env: Record<string, string> = {}): Promise<Ran> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, args, {
      env: { PATH: process.env.PATH, HOME: scratchDir('home'), ...env },
      timeout: CLIENT_LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    const ran: Ran = { stdout: '', stderr: '', code: null };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (ran.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (ran.stderr += text));
    child.once('error', fail);
    child.once('close', (code) => done({ ...ran, code }));
    child.stdin.end(input);
  });
}

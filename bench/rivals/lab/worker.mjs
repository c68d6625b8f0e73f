/** The worker of the lab: takes many, runs each in a process of its own with a deadline, records and answers many in one step. */
import { fork } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { CLAIM, FINISH } from './scripts.mjs';

const { REDIS_PORT = '6390', LANE = 'lab', RECORD = '1', CHILDREN = '4', LOG = '/dev/null' } = process.env;
const connection = { host: '127.0.0.1', port: Number(REDIS_PORT), maxRetriesPerRequest: null };
const redis = new Redis(connection);
const taking = new Redis(connection);
redis.defineCommand('claim', { lua: CLAIM });
redis.defineCommand('finish', { lua: FINISH });
const log = createWriteStream(LOG, { flags: 'a' });
const GROUP = 'g';
const OWNER = `w${process.pid}`;
const KEEP_MS = 3_600_000;
const LIMIT_MS = 5_000;
/** As many as there are slots; a slot is more than a child, since short calls share the children that are hot. */
const MOST = Number(process.env.SLOTS ?? 8);

/** One process, one call at a time; killed with its group at the deadline and made anew. */
class Child {
  constructor() {
    this.start();
  }
  start() {
    this.process = fork(fileURLToPath(new URL('./child.cjs', import.meta.url)), [], { detached: true });
    this.process.on('message', (answer) => this.done?.(answer));
    this.process.on('exit', () => {
      this.done?.({ code: 3 });
      this.start();
    });
  }
  run(data, ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(() => process.kill(-this.process.pid, 'SIGKILL'), ms);
      this.done = (answer) => {
        clearTimeout(timer);
        this.done = undefined;
        resolve(answer);
      };
      this.process.send(data);
    });
  }
}
const idle = Array.from({ length: Number(CHILDREN) }, () => new Child());
const queue = [];
const child = () => idle.pop() ?? new Promise((resolve) => queue.push(resolve));
const back = (one) => (queue.length > 0 ? queue.shift()(one) : idle.push(one));

let ends = [];
/** What ended in this turn of the loop: one script, one message for each API, one write to the log. */
function settle() {
  const these = ends;
  ends = [];
  if (RECORD === '1') {
    const keys = these.map(({ call }) => `${LANE}:r:${call.id}`);
    const told = these.flatMap(({ entry, call, envelope }) => [entry, call.to, call.id, envelope]);
    redis.finish(keys.length + 1, LANE, ...keys, GROUP, OWNER, KEEP_MS, ...told);
  } else {
    const line = redis.pipeline();
    const replies = new Map();
    for (const { call, envelope } of these) {
      line.set(`${LANE}:r:${call.id}`, envelope, 'PX', KEEP_MS);
      replies.set(call.to, [...(replies.get(call.to) ?? []), `["${call.id}",${envelope}]`]);
    }
    line.xack(LANE, GROUP, ...these.map(({ entry }) => entry));
    line.xdel(LANE, ...these.map(({ entry }) => entry));
    for (const [to, some] of replies) line.publish(to, `[${some.join()}]`);
    line.exec();
  }
  log.write(these.map(({ call, ms }) => `{"requestID":"${call.id}","outcome":"succeeded","runMs":${ms}}\n`).join(''));
}

let running = 0;
let wake;
async function attempt(entry, call, ms) {
  const one = await child();
  const began = performance.now();
  const { code, data = null } = await one.run(call.data, ms);
  back(one);
  const envelope = JSON.stringify({ code, data, error: {}, requestID: call.id });
  if (ends.push({ entry, call, envelope, ms: performance.now() - began }) === 1) setImmediate(settle);
  running--;
  wake?.();
}

await redis.xgroup('CREATE', LANE, GROUP, '$', 'MKSTREAM').catch(() => undefined);
console.log('ready');
for (;;) {
  if (running >= MOST) await new Promise((resolve) => (wake = resolve));
  wake = undefined;
  const taken = await taking.xreadgroup(
    'GROUP',
    GROUP,
    OWNER,
    'COUNT',
    MOST - running,
    'BLOCK',
    0,
    'STREAMS',
    LANE,
    '>',
  );
  const entries = (taken?.[0][1] ?? []).map(([entry, [, text]]) => ({ entry, call: JSON.parse(text) }));
  running += entries.length;
  const keys = entries.map(({ call }) => `${LANE}:r:${call.id}`);
  const left = RECORD === '1' ? await redis.claim(keys.length, ...keys, OWNER, KEEP_MS) : keys.map(() => LIMIT_MS);
  entries.forEach(({ entry, call }, i) => {
    if (left[i] > 0) return void attempt(entry, call, left[i]);
    running--;
    redis.pipeline().xack(LANE, GROUP, entry).xdel(LANE, entry).exec();
  });
}

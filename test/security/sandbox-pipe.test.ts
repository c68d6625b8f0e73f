/** A function that breaks what is under it, or writes to the worker's pipe, harms itself at most. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startStack, type Stack } from '../harness/stack';

const FUZZ_MS = process.env.INVOQ_NIGHTLY ? 60_000 : 10_000;
/** Said in the test's name; given back, it repeats the same messages. */
const SEED = Number(process.env.INVOQ_TEST_SEED ?? Date.now() % 1_000_000);

const FRAMES = `
  const { writeSync } = require('fs');
  const frame = (kind, head, body = '') => {
    const h = Buffer.from(head === undefined ? '' : typeof head === 'string' ? head : JSON.stringify(head)), b = Buffer.from(body);
    const p = Buffer.alloc(10); p[0] = 0xfe; p[1] = kind; p.writeUInt32LE(h.length, 2); p.writeUInt32LE(b.length, 6);
    return Buffer.concat([p, h, b]);
  };`;

const FUNCTIONS = {
  'patched.js': `const original = JSON.stringify;
    exports.main = async () => { JSON.stringify = (v, ...r) => original({ json: v }, ...r); console.log('a line'); return 'ok'; };`,
  'sends.js': `${FRAMES}
    exports.main = ({ frames }) => new Promise(() => frames.forEach((each) => writeSync(3, frame(...each))));`,
  'fuzzes.js': `${FRAMES}
    const HEADS = [
      { at: 1.7e12, level: 'info', stream: 'stdout' }, { at: 1.7e12, level: 'info', stream: 'stdout', cut: true },
      { outcome: 'succeeded' }, { outcome: 'failed', type: 'FUNCTION_ERROR', message: 'm', name: 'N', stack: 's', retry: { afterMs: 5 } },
      { outcome: 'outgrew', message: 'm' }, { spoiled: 'x' }, {}, [], 'x', 1, null, undefined ];
    const VALUES = [null, true, false, 0, -1, 1e300, '', 'x', 'won', [], {}, 'y'.repeat(70000), '\\u0000', '__proto__'];
    const BODIES = ['', '1', '12', '"x"', '{"a":[1,2]}', '{', 'this is not json', '1,"error":{},"requestID":"f"}', '\\n', 'NaN', '-5', 'z'.repeat(5000)];
    exports.main = ({ seed }) => {
      let state = seed;
      const pick = (below) => (state = (state * 48271) % 2147483647) % below;
      const bytes = [];
      for (let left = 1 + pick(4); left > 0; left--) {
        let head = HEADS[pick(HEADS.length)];
        if (head && typeof head === 'object' && pick(2)) {
          const names = ['at', 'level', 'stream', 'cut', 'outcome', 'type', 'message', 'name', 'stack', 'retry', 'spoiled'];
          head = { ...head, [names[pick(names.length)]]: VALUES[pick(VALUES.length)] };
        }
        let one = frame(pick(8) ? 10 + pick(5) : pick(256), head, BODIES[pick(BODIES.length)]);
        switch (pick(5)) {
          case 0: one[pick(one.length)] = pick(256); break;
          case 1: one = one.subarray(0, pick(one.length)); break;
          case 2: one = Buffer.from(Array.from({ length: 1 + pick(40) }, () => pick(256))); break;
        }
        bytes.push(one);
      }
      try { writeSync(3, Buffer.concat(bytes)); } catch {}
      return seed % 2 ? 'returned' : new Promise((r) => setTimeout(r, 20, 'later'));
    };`,
  'neighbour.js': 'exports.main = ({ x }) => x + 1',
};

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ functions: FUNCTIONS, env: { INVOQ_SLOTS: 'sync=4,async=2,nested=0' } });
});
afterAll(() => stack.stop());

const call = (name: string, data: unknown, more = {}): ReturnType<Stack['http']['post']> =>
  stack.http.post(`/v1/functions/${name}/invocations`, { data, ...more });

test('a function that replaces JSON.stringify is answered, and its worker goes on', async () => {
  for (let i = 0; i < 3; i++) {
    const { status, body } = await call('patched', {});
    expect({ status, data: body.data }).toEqual({ status: 200, data: 'ok' });
  }
  expect((await call('neighbour', { x: 1 })).body.data).toBe(2);
  expect(stack.workers[0].process.exit).toBeUndefined();
});

test.each([
  ['output without a head', [[11]]],
  ['output at no time', [[11, { at: 'soon', level: 'info', stream: 'stdout' }, 'x']]],
  ['an unknown outcome', [[13, { outcome: 'won' }]]],
  ['a failure without a type', [[13, { outcome: 'failed', message: 'm' }]]],
  ['a result that is no JSON', [[13, null, 'this is not json']]],
  ['a result with a requestID of its own', [[13, { outcome: 'succeeded' }, '1,"error":{},"requestID":"forged"}']]],
])('%s ends that call as a crash at once, and its record can be read', async (_, frames) => {
  const began = performance.now();
  const { status, body } = await call('sends', { frames });
  expect(status).toBe(200);
  expect(body).toMatchObject({ code: 3, data: null, error: { type: 'FUNCTION_CRASHED' } });
  expect(performance.now() - began).toBeLessThan(4_500);
  const read = await stack.http.get(`/v1/invocations/${body.requestID}`);
  expect(read.status).toBe(200);
  expect(read.body.data).toMatchObject({ status: 'crashed', result: { code: 3 } });
  expect((await call('neighbour', { x: 2 })).body.data).toBe(3);
});

test(`fuzzed messages (seed ${SEED}): the neighbour is served all the time, and every call has one end`, async () => {
  const until = performance.now() + FUZZ_MS;
  const ended = new Map<string, string>();
  let served = 0;
  const neighbour = async (): Promise<void> => {
    for (; performance.now() < until; served++) {
      const { status, body } = await call('neighbour', { x: served });
      if (status !== 200 || body.data !== served + 1) throw new Error(`seed ${SEED}: ${JSON.stringify(body)}`);
      await sleep(20);
    }
  };
  const fuzzer = async (lane: number): Promise<void> => {
    for (let i = 0; performance.now() < until; i++) {
      const seed = SEED * 4 + lane + i * 7_919 + 1;
      const { status, body, text } = await call('fuzzes', { seed }, { timeoutMs: 2_000 });
      const reply = `seed ${seed}: ${status} ${text.slice(0, 300)}`;
      // JSON that a function sends in its own name is its answer; whatever else it sends is a crash, or is late.
      if (status !== 200 || ![0, 1, 2, 3, 4, 5].includes(body.code as number)) throw new Error(reply);
      if (typeof body.requestID !== 'string' || ended.has(body.requestID as string)) throw new Error(reply);
      ended.set(body.requestID as string, text);
    }
  };
  await Promise.all([neighbour(), fuzzer(0), fuzzer(1)]);
  for (const [requestID, text] of [...ended].slice(-200)) {
    const { status, text: again } = await stack.http.get(`/v1/invocations/${requestID}/result`);
    expect({ requestID, status, again }).toEqual({ requestID, status: 200, again: text });
    expect((await stack.http.get(`/v1/invocations/${requestID}`)).status).toBe(200);
  }
  expect(ended.size).toBeGreaterThan(10);
  expect(served).toBeGreaterThan(10);
  expect(stack.workers[0].process.exit).toBeUndefined();
}, 180_000);

/** A function may replace any built-in: it gets its answer and its logs, and so does the next call of its process. */
import type { Executor } from '../executor';
import { answerOf, code, executor, result, run, texts } from '../fixtures/stand';

let on: Executor;
beforeAll(async () => {
  on = executor();
  await on.start([128]);
});
afterAll(() => on.stop(0));

/** Every function that can be reached from each of these, replaced by one that throws, after `left` were kept. */
const OWNERS: [string, string[]][] = [
  ['JSON', []],
  ['Math', []],
  ['Reflect', []],
  ['Object', []],
  ['Object.prototype', ['constructor']],
  ['Function.prototype', ['constructor']],
  ['Array', []],
  ['Array.prototype', ['constructor']],
  ['Object.getPrototypeOf([][Symbol.iterator]())', []],
  ['Object.getPrototypeOf(new Map().entries())', []],
  ['Object.getPrototypeOf(Uint8Array.prototype)', ['constructor']],
  ['Uint8Array.prototype', ['constructor']],
  ['String', []],
  ['String.prototype', ['constructor']],
  ['Number', []],
  ['Number.prototype', ['constructor']],
  ['BigInt', []],
  ['Symbol', []],
  ['RegExp.prototype', ['constructor']],
  ['Date', []],
  ['Date.prototype', ['constructor']],
  ['Promise', []],
  ['Promise.prototype', ['constructor']],
  ['Map.prototype', ['constructor']],
  ['Set.prototype', ['constructor']],
  ['WeakMap.prototype', ['constructor']],
  ['Error', []],
  ['Error.prototype', ['constructor']],
  ['ArrayBuffer.prototype', ['constructor']],
  ['Intl', []],
  ['Buffer', []],
  ['Buffer.prototype', ['constructor']],
  ['performance', []],
  ['Object.getPrototypeOf(performance)', ['constructor']],
  ['Object.getPrototypeOf(setTimeout(() => 0, 0).unref())', ['constructor']],
  ['AbortController.prototype', ['constructor']],
  ['process', ['env']],
  ['require("fs")', []],
  ['require("util")', []],
  ['require("util/types")', []],
  ['require("string_decoder").StringDecoder.prototype', ['constructor']],
  ['require("net")', []],
  ['require("net").Socket.prototype', ['constructor']],
  ['require("stream").Duplex.prototype', ['constructor']],
  ['require("stream").Writable.prototype', ['constructor']],
  ['require("stream").Readable.prototype', ['constructor']],
  ['require("events").prototype', ['constructor']],
  ['globalThis', ['globalThis']],
];

const PROGRAM = (owner: string, left: string[]): string => `
  const owner = ${owner}, left = ${JSON.stringify(left)};
  const { ownKeys, getOwnPropertyDescriptor, defineProperty } = Reflect;
  let calls = 0;
  exports.main = async (event, context) => {
    if (++calls > 1) return { calls, sum: event.x + event.y, requestID: context.request_id };
    process.stdout.write('before\\n');
    const keys = ownKeys(owner);
    for (let i = 0; i < keys.length; i++) {
      const descriptor = getOwnPropertyDescriptor(owner, keys[i]);
      let kept = typeof descriptor.value !== 'function' || !descriptor.writable;
      for (let j = 0; j < left.length; j++) if (left[j] === keys[i]) kept = true;
      if (!kept) owner[keys[i]] = function replaced() { throw 'replaced: ' + (typeof keys[i] === 'symbol' ? 'a symbol' : keys[i]); };
    }
    return { calls, sum: event.x + event.y, text: 'ä' };
  };`;

describe('a function that replaces every function of', () => {
  it.each(OWNERS)('%s', async (owner, left) => {
    const program = code(PROGRAM(owner, left));
    const first = await run(on, program, { x: 1, y: 2 });
    expect({ answer: answerOf(first), logs: texts(first) }).toEqual({
      answer: { calls: 1, sum: 3, text: 'ä' },
      logs: ['before'],
    });
    const second = await result(on, program, { x: 3, y: 4 });
    expect(second).toMatchObject({ sum: 7 });
  });
});

it('a call that meets a sandbox on its way out is run by another one', async () => {
  // Node itself calls `pop` after each timer: it throws when the call is over and the sandbox seems at rest.
  const program = code(`exports.main = async ({ x }) => {
    if (x === 0) Array.prototype.pop = () => { throw 'late' };
    return x;
  }`);
  for (let round = 0; round < 25; round++) {
    for (const x of [0, 1]) expect(await result(on, program, { x })).toBe(x);
  }
});

describe('a function that', () => {
  it.each([
    ['serializes in its own way', 'const o = JSON.stringify; JSON.stringify = (v, ...r) => o({ json: v }, ...r)'],
    ['gives every object a toJSON', 'Object.prototype.toJSON = () => "nothing"'],
    ['gives every object a head’s members', 'Object.assign(Object.prototype, { program: 1, at: 1, outcome: 1, spoiled: "x", get: 1, set: 1, value: 1 })'], // prettier-ignore
    ['stops the clock', 'Date.now = () => NaN; performance.now = () => NaN'],
    ['mocks Date', 'globalThis.Date = class { static now() { return "then" } }'],
    ['mocks timers', 'globalThis.setTimeout = globalThis.setImmediate = process.nextTick = () => { throw 1 }'],
    ['mocks files', 'Object.assign(require("fs"), { writeSync() { return 0 }, readFileSync() { return "" } })'],
    ['formats stacks', 'Error.prepareStackTrace = () => { throw 1 }'],
    ['replaces Promise', 'globalThis.Promise = class {}'],
    ['has a `send` of its own', 'process.send = () => { throw 1 }; process.hrtime = () => { throw 1 }'],
    ['hears nothing of errors', 'process.removeAllListeners()'],
  ])('%s keeps its answers and its logs', async (_, deed) => {
    const program = code(
      `exports.main = async ({ x }) => { process.stdout.write('a line\\n'); if (x === 1) { ${deed} } return x; }`,
    );
    for (const x of [1, 2, 3]) {
      const ran = await run(on, program, { x });
      // What JSON means to every object is a function’s own affair; it is nothing to what we write about it.
      expect({ outcome: ran.ending.outcome, answer: answerOf(ran), logs: texts(ran) }).toEqual({
        outcome: 'succeeded',
        answer: x,
        logs: ['a line'],
      });
      expect(Math.abs(Date.parse(ran.logs[0].time) - Date.now())).toBeLessThan(60_000);
      expect(ran.runMs).toBeGreaterThanOrEqual(0);
    }
  });

  it('breaks everything and throws is heard', async () => {
    const program = code(`exports.main = () => {
      JSON.stringify = String.prototype.slice = String.prototype.split = Array.prototype.filter = Reflect.get = () => { throw 1 };
      throw Object.assign(new TypeError('heard'), { retryable: false, retryAfter: 2 });
    }`);
    expect((await run(on, program)).ending).toMatchObject({
      outcome: 'failed',
      type: 'FUNCTION_ERROR',
      name: 'TypeError',
      message: 'heard',
      stack: expect.stringContaining('TypeError: heard') as string,
      retry: { retryable: false, afterMs: 2_000 },
    });
  });
});

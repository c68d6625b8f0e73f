/** However a function ends, the caller hears how, and the sandbox behind it is fit for the next call. */
import type { Executor } from '../executor';
import { code, executor, fixture, result, run } from '../fixtures/stand';

let on: Executor;
beforeAll(async () => {
  on = executor();
  await on.start([128]);
});
afterAll(() => on.stop(0));

describe('a function that fails', () => {
  it.each([
    ['error', { name: 'TypeError', message: 'boom', stack: expect.stringContaining('throws.cjs:') as string }],
    ['rejects', { name: 'RangeError', message: 'no more' }],
    ['string', { message: 'just text' }],
    ['null', { message: 'null was thrown, not an error.' }],
    ['undefined', { message: 'undefined was thrown, not an error.' }],
    ['object', { message: '{ status: 418 } was thrown, not an error.' }],
    ['proxy', { message: expect.stringMatching(/was thrown|cannot be shown/) as string }],
    ['getter', { name: 'Error', message: expect.any(String) as string }],
    ['uncaught', { name: 'Error', message: 'from a timer' }],
    ['unhandled', { name: 'Error', message: 'nobody waits' }],
  ])('throws: %s', async (what, said) => {
    const { ending, started } = await run(on, fixture('throws.cjs'), { what });
    expect(ending).toMatchObject({ outcome: 'failed', type: 'FUNCTION_ERROR', ...said });
    expect(started).toBe(true);
  });

  it('keeps its process after a plain throw, and loses it after an error that nobody caught', async () => {
    const program = code(
      `exports.main = (e) => { if (e.pid) return process.pid; if (e.late) return new Promise(() => setTimeout(() => { throw 1 }, 1)); throw new Error('x') }`,
    );
    const before = await result(on, program, { pid: true });
    await run(on, program, {});
    expect(await result(on, program, { pid: true })).toBe(before);
    await run(on, program, { late: true });
    expect(await result(on, program, { pid: true })).not.toBe(before);
  });

  it.each([
    ['{ retryable: false }', { retryable: false }],
    ['{ retryAfter: 1.5 }', { afterMs: 1_500 }],
    ['{ retryAfter: -1 }', { afterMs: 0 }],
    ['{ retryAfter: new Date(0), retryable: false }', { afterMs: 0, retryable: false }],
    ['{ retryAfter: "30", retryable: 0 }', undefined],
    ['{ retryAfter: NaN, get retryable() { throw 1 } }', undefined],
  ])('says of another try: %s', async (said, retry) => {
    const { ending } = await run(on, code(`exports.main = () => { throw Object.create(Error.prototype, Object.getOwnPropertyDescriptors(${said})) }`), {}); // prettier-ignore
    expect(ending).toHaveProperty('outcome', 'failed');
    expect('retry' in ending ? ending.retry : undefined).toEqual(retry);
  });

  it('shows no frames of ours in the stack', async () => {
    const { ending } = await run(on, fixture('throws.cjs'), { what: 'error' });
    expect(ending).not.toMatchObject({ stack: expect.stringContaining('invoq-child') as string });
  });
});

describe('a process that dies', () => {
  it.each([
    ['exit0', { exitCode: 0, signal: undefined }],
    ['exit3', { exitCode: 3, signal: undefined }],
    ['later', { exitCode: 7, signal: undefined }],
    ['abort', { exitCode: undefined, signal: 'SIGABRT' }],
    ['kill', { exitCode: undefined, signal: 'SIGKILL' }],
    ['segfault', { exitCode: undefined, signal: 'SIGSEGV' }],
  ])('is a crash: %s', async (how, said) => {
    const { ending } = await run(on, fixture('exits.cjs'), { how });
    expect(ending).toMatchObject({ outcome: 'crashed', type: 'FUNCTION_CRASHED', ...said });
    expect(await result(on, fixture('adds.cjs'), { x: 1, y: 2 })).toBe(3);
  });

  it('does not undo an answer given before', async () => {
    const program = code(`exports.main = (event, context, callback) => { callback(null, 'said'); process.exit(1); }`);
    expect(await result(on, program)).toBe('said');
    expect(await result(on, program)).toBe('said');
  });

  it.each([
    ['in the next tick', 'process.nextTick(() => process.exit(1))'],
    ['by an error that nobody caught', 'process.nextTick(() => { throw new Error("late") })'],
    ['by a promise that nobody kept', 'void Promise.reject(new Error("late"))'],
  ])('does not undo what it has returned before: %s', async (_, deed) => {
    for (const main of [`() => { ${deed}; return 'said' }`, `async () => { ${deed}; return 'said' }`]) {
      const program = code(`exports.main = ${main}`);
      expect(await result(on, program)).toBe('said');
      expect(await result(on, program)).toBe('said');
    }
  });

  it('loses its call when user code writes to our pipe', async () => {
    const { ending } = await run(
      on,
      code(`exports.main = () => new Promise(() => require('fs').writeSync(3, 'garbage in the pipe'))`),
    );
    expect(ending).toMatchObject({ outcome: 'crashed', type: 'FUNCTION_CRASHED' });
  });
});

describe('a result', () => {
  it.each([
    ['undefined', 'undefined', 'null'],
    ['null', 'null', 'null'],
    ['toJSON', '({ toJSON: () => ({ seen: true }) })', '{"seen":true}'],
    ['a date', 'new Date(0)', '"1970-01-01T00:00:00.000Z"'],
    ['text', '"日本 \\u2028"', '"日本 \u2028"'],
    ['64 levels', 'JSON.parse("[".repeat(64) + "]".repeat(64))', '['.repeat(64) + ']'.repeat(64)],
    ['brackets in text', '"[\\\\\\"{".repeat(100)', JSON.stringify('[\\"{'.repeat(100))],
    ['a member that is no JSON', '({ a: 1, f() {} })', '{"a":1}'],
  ])('is JSON text: %s', async (_, value, json) => {
    const { ending } = await run(on, code(`exports.main = () => (${value})`));
    expect(ending).toEqual({ outcome: 'succeeded', result: json });
  });

  it.each([
    ['circular', '(() => { const a = {}; a.a = a; return a })()', /JSON/],
    ['a BigInt', '10n', /BigInt/],
    ['a function', '() => 1', /function/],
    ['a symbol', 'Symbol("s")', /symbol/],
    ['65 levels', 'JSON.parse("[".repeat(65) + "]".repeat(65))', /64 levels/],
    ['5,000 levels', 'JSON.parse("[".repeat(5000) + "]".repeat(5000))', /JSON|64 levels/],
    ['a Proxy that throws', 'new Proxy({}, { get() { throw new Error("hands off") } })', /hands off/],
    ['a toJSON that throws', '({ toJSON() { throw null } })', /null was thrown/],
    ['more than is allowed', '"x".repeat(1024 * 1024)', /1048578 bytes/],
    ['50 MB of text', '"x".repeat(50e6)', /bytes/],
    ['50 MB of members', 'Array(500).fill("x".repeat(1e5))', /bytes/],
  ])('is refused: %s', async (_, value, message) => {
    const { ending } = await run(on, code(`exports.main = () => (${value})`, { memoryMb: 256 }));
    expect(ending).toEqual({
      outcome: 'failed',
      type: 'BAD_RESULT',
      message: expect.stringMatching(message) as string,
    });
  });
});

describe('code that does not load', () => {
  it.each(['does-not-parse.cjs', 'does-not-parse.mjs'])('says where: %s', async (file) => {
    const { ending } = await run(on, fixture(file));
    expect(ending).toMatchObject({ outcome: 'failed', type: 'FUNCTION_ERROR', name: 'SyntaxError' });
    expect(ending).toMatchObject({ message: expect.stringContaining(`${file}:2`) as string });
  });

  it('is an error of that function alone', async () => {
    const { ending } = await run(on, fixture('throws-at-load.cjs'));
    expect(ending).toMatchObject({
      outcome: 'failed',
      message: 'not today',
      stack: expect.stringContaining('throws-at-load.cjs:1') as string,
    });
    expect(await result(on, fixture('adds.cjs'), { x: 2, y: 2 })).toBe(4);
  });

  it('is held to the same limit', async () => {
    const { ending } = await run(on, fixture('hangs-at-load.cjs'), {}, { limitMs: 300 });
    expect(ending).toEqual({ outcome: 'timedOut', limitMs: 300 });
  });

  it('without a handler names what was looked for', async () => {
    const { ending } = await run(on, code('exports.other = () => 1', { name: 'mine' }));
    expect(ending).toMatchObject({
      outcome: 'failed',
      type: 'FUNCTION_ERROR',
      message: expect.stringMatching(/exports\.main.*export default.*exports\.mine/) as string,
    });
  });
});

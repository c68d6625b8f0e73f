/** What a function throws is told with all that says why: its class, its code, its fields, its causes; bounded, and never empty. */
import type { Executor } from '../executor';
import { code, executor, fixture, run } from '../fixtures/stand';

let on: Executor;
beforeAll(async () => {
  on = executor();
  await on.start([128]);
});
afterAll(() => on.stop(0));

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the test says what it expects to see
const thrownBy = async (body: string): Promise<any> => {
  const { ending } = await run(on, code(`exports.main = async () => { ${body} }`));
  expect(ending).toMatchObject({ outcome: 'failed', type: 'FUNCTION_ERROR' });
  return ending;
};

describe('an error', () => {
  it('of fetch says that nobody answered, and where', async () => {
    const ending = await thrownBy(`await fetch('http://127.0.0.1:9/x')`);
    expect(ending).toMatchObject({
      name: 'TypeError',
      cause: { message: expect.stringMatching(/\S/) as string },
    });
    const refused = await thrownBy(`
      const server = require('net').createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      const { port } = server.address();
      await new Promise((resolve) => server.close(resolve));
      await fetch('http://127.0.0.1:' + port)`);
    expect(refused).toMatchObject({
      message: 'fetch failed',
      cause: {
        code: 'ECONNREFUSED',
        message: expect.stringContaining('ECONNREFUSED') as string,
        details: { syscall: 'connect' },
      },
    });
  });

  it('has its chain of causes', async () => {
    expect(
      await thrownBy(`throw new Error('outer', { cause: new TypeError('middle', { cause: 'the real reason' }) })`),
    ).toMatchObject({
      message: 'outer',
      cause: { name: 'TypeError', message: 'middle', cause: { message: 'the real reason' } },
    });
  });

  it('has its code, and the fields that are JSON', async () => {
    const ending = await thrownBy(
      `throw Object.assign(new Error('x'), { code: 'E_MINE', status: 418, where: { a: [1, null, 'b'] }, socket: new (class S {})(), self: globalThis, f() {} })`,
    );
    expect(ending).toMatchObject({ code: 'E_MINE', details: { status: 418, where: { a: [1, null, 'b'] } } });
    expect(Object.keys(ending.details as object)).toEqual(['status', 'where']);
    expect(await thrownBy(`throw { code: 42, message: 'm' }`)).toMatchObject({ message: 'm', code: 42 });
  });

  it.each([
    ['class PaymentError extends Error {}; throw new PaymentError("no")', 'PaymentError'],
    ['class A extends TypeError {}; class B extends A {}; throw new B("no")', 'B'],
    ['class N extends Error { name = "Named" }; throw new N("no")', 'Named'],
    ['class N extends Error { get name() { return "Told" } }; throw new N("no")', 'Told'],
    ['throw new RangeError("no")', 'RangeError'],
    ['require("fs").readFileSync({})', 'TypeError'],
    ['throw new DOMException("no", "AbortError")', 'AbortError'],
  ])('is named as the class that was thrown: %s', async (body, name) => {
    expect((await thrownBy(body)).name).toBe(name);
  });

  it.each([
    ['throw new Error()', 'Error without a message.'],
    ['throw new (class Odd extends Error {})()', 'Odd without a message.'],
    ['throw Object.assign(new Error(), { code: "E_X" })', 'E_X'],
    ['throw new AggregateError([new Error("a"), new Error("b"), new Error("a")])', 'a; b'],
    ['throw new Error("", { cause: new Error("why") })', 'why'],
    ['throw ""', "'' was thrown, not an error."],
    ['throw undefined', 'undefined was thrown, not an error.'],
  ])('never has an empty message: %s', async (body, message) => {
    expect((await thrownBy(body)).message).toBe(message);
  });

  it('of several addresses has one error for each', async () => {
    const ending = await thrownBy(
      `throw Object.assign(new AggregateError([1, 2].map((n) => Object.assign(new Error('connect ECONNREFUSED ' + n), { code: 'ECONNREFUSED' }))), { code: 'ECONNREFUSED' })`,
    );
    expect(ending).toMatchObject({
      name: 'AggregateError',
      code: 'ECONNREFUSED',
      message: 'connect ECONNREFUSED 1; connect ECONNREFUSED 2',
      errors: [{ code: 'ECONNREFUSED' }, { code: 'ECONNREFUSED' }],
    });
  });

  it.each([
    ['a circle', 'const e = new Error("x"); e.cause = new Error("y", { cause: e }); throw e'],
    ['no end of causes', 'const e = (n) => new Error("e" + n, n ? { cause: e(n - 1) } : {}); throw e(500)'],
    [
      'causes made as they are read',
      'class E extends Error { get cause() { return new E("more") } }; throw new E("x")',
    ],
    [
      'many errors',
      'throw new AggregateError(Array.from({ length: 200 }, (_, i) => new AggregateError(Array.from({ length: 20 }, () => new Error("z".repeat(999))))), "x")',
    ],
    [
      'long texts',
      'throw Object.assign(new Error("x", { cause: new Error("y".repeat(1e6)) }), { code: "c".repeat(1e6), text: "t".repeat(1e6) })',
    ],
    [
      'many fields',
      'throw Object.assign(new Error("x"), Object.fromEntries(Array.from({ length: 5000 }, (_, i) => ["k" + i, { a: "v".repeat(500) }])))',
    ],
    [
      'deep fields',
      'let d = {}; for (let i = 0; i < 20000; i++) d = { d }; throw Object.assign(new Error("x"), { d })',
    ],
    [
      'getters that throw',
      'throw Object.defineProperties(new Error("x"), Object.fromEntries(["cause", "errors", "code", "k"].map((k) => [k, { enumerable: true, get() { throw 1 } }])))',
    ],
    [
      'a proxy',
      'throw new Proxy(new Error("x"), { ownKeys() { throw 1 }, getPrototypeOf() { throw 1 }, get(t, k) { return k === "message" ? "x" : t[k] } })',
    ],
    ['a prototype', 'throw Object.assign(new Error("x"), JSON.parse(\'{"__proto__":1,"a":{"__proto__":2}}\'))'],
  ])('stays small with %s', async (_, body) => {
    const { stack: _stack, ...ending } = await thrownBy(body);
    expect(ending.message).toMatch(/^(x|e500)$/);
    expect(JSON.stringify(ending).length).toBeLessThan(16_000);
  });
});

describe('a syntax error', () => {
  it('in an imported ES module names its file and line', async () => {
    const { ending } = await run(on, fixture('imports-broken.mjs'));
    expect(ending).toMatchObject({
      name: 'SyntaxError',
      message: expect.stringMatching(/broken-module\.mjs:2\)$/) as string,
    });
  });
});

describe('text that is cropped', () => {
  it('keeps whole characters: messages, and log lines at the cap', async () => {
    const { message } = await thrownBy(`throw new Error('a' + '😀'.repeat(5000))`);
    expect(message).toMatch(/😀…$/u);
    const small = executor({ maxLogBytes: 4_096 });
    for (const prefix of ['', 'z', 'zz', 'zzz']) {
      for (const write of ['console.log(t)', 'process.stdout.write(t)', 'require("fs").writeSync(1, t)']) {
        const { logs } = await run(
          small,
          code(`exports.main = () => { const t = '${prefix}' + '😀'.repeat(5000); ${write} }`),
        );
        for (const { text } of logs) expect(Buffer.from(text).toString()).toBe(text);
      }
    }
    await small.stop(0);
  });
});

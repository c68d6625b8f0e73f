/** What a function returns is followed to its end, and what JSON loses of it is said in the call's log. */
import type { Executor } from '../executor';
import { code, executor, run, texts } from '../fixtures/stand';

let on: Executor;
beforeAll(async () => {
  on = executor();
  await on.start([128]);
});
afterAll(() => on.stop(0));

describe.each(['cloudbase', 'minapp'] as const)('a thenable under the contract %s', (contract) => {
  const endingOf = async (handler: string): Promise<unknown> =>
    (await run(on, code(`exports.main = ${handler}`, { contract }))).ending;

  it.each([
    ['that rejects', '() => ({ then(_, no) { no(new Error("inner")) } })'],
    ['that resolves with a promise that rejects', '() => ({ then(yes) { yes(Promise.reject(new Error("inner"))) } })'],
    [
      'that resolves with one that rejects',
      '() => ({ then(yes) { yes({ then(_, no) { no(new Error("inner")) } }) } })',
    ],
    ['whose then throws', '() => ({ then() { throw new Error("inner") } })'],
    ['of an async handler', 'async () => ({ then(yes) { yes(Promise.reject(new Error("inner"))) } })'],
  ])('%s is a failure', async (_, handler) => {
    expect(await endingOf(handler)).toMatchObject({ outcome: 'failed', type: 'FUNCTION_ERROR', message: 'inner' });
  });

  it.each([
    ['with a promise', '() => ({ then(yes) { yes(Promise.resolve(42)) } })'],
    ['with a thenable, twice', '() => ({ then(yes) { yes({ then(y) { y(42) } }); yes(1) } })'],
    ['later', '() => ({ then(yes) { setTimeout(yes, 5, 42) } })'],
  ])('that resolves %s answers', async (_, handler) => {
    expect(await endingOf(handler)).toEqual({ outcome: 'succeeded', result: '42' });
  });
});

describe('what JSON loses', () => {
  it.each([
    ['new Map([[1, 2]])', '{}', 'result is a Map: JSON keeps {} of it.'],
    ['({ a: { b: [0, new Set([1])] } })', '{"a":{"b":[0,{}]}}', 'result.a.b[1] is a Set: JSON keeps {} of it.'],
    ['new TypeError("x")', '{}', 'result is an Error: JSON keeps {} of it.'],
    [
      '({ e: Object.assign(new Error("x"), { code: 1 }) })',
      '{"e":{"code":1}}',
      'result.e is an Error: JSON keeps its own fields of it.',
    ],
    ['({ p: Promise.resolve(1) })', '{"p":{}}', 'result.p is a Promise that was not awaited: JSON keeps {} of it.'],
    ['new Response("x")', '{}', 'result is a Response: JSON keeps {} of it.'],
    ['new Headers({ a: "b" })', '{}', 'result is a Headers: JSON keeps {} of it.'],
    ['(function* () {})()', '{}', 'result is a generator: JSON keeps {} of it.'],
    ['(async function* () {})()', '{}', 'result is a generator: JSON keeps {} of it.'],
    ['/x/', '{}', 'result is a RegExp: JSON keeps {} of it.'],
    ['new Uint8Array([7])', '{"0":7}', 'result is a Uint8Array: JSON keeps its own fields of it.'],
    ['new ArrayBuffer(2)', '{}', 'result is an ArrayBuffer: JSON keeps {} of it.'],
    ['new (class Secret { #a = 1 })()', '{}', 'result is a Secret: JSON keeps {} of it.'],
    ['NaN', 'null', 'result is NaN: JSON keeps null of it.'],
    ['[1, -Infinity]', '[1,null]', 'result[1] is -Infinity: JSON keeps null of it.'],
    ['({ at: new Date(NaN) })', '{"at":null}', 'result.at is an invalid Date: JSON keeps null of it.'],
  ])('%s is answered as JSON has it, with a warning', async (value, json, line) => {
    const ran = await run(on, code(`exports.main = async () => (${value})`));
    expect(ran.ending).toEqual({ outcome: 'succeeded', result: json });
    expect(ran.logs.map(({ level, text }) => `${level} ${text}`)).toEqual([`warn ${line}`]);
  });

  it('is named although it stands behind much that is fine, up to five of them', async () => {
    const ran = await run(
      on,
      code(
        `exports.main = async () => ({ rows: Array.from({ length: 500 }, (_, id) => ({ id, tags: ['a'] })), late: Array.from({ length: 9 }, () => new Map()) })`,
      ),
    );
    expect(texts(ran)).toEqual([0, 1, 2, 3, 4].map((i) => `result.late[${i}] is a Map: JSON keeps {} of it.`));
  });

  it.each([
    'null',
    '"x"',
    '12',
    '({})',
    '({ a: undefined, b: null, c: [{}] })',
    'Buffer.from("x")',
    'new Date(0)',
    'new (class Row { id = 1 })()',
    '({ m: Object.assign(new Map(), { toJSON: () => 1 }) })',
    'Object.create(null)',
    'new URL("http://x/")',
    'new Proxy({}, {})',
  ])('of %s is nothing, and nothing is said', async (value) => {
    const ran = await run(on, code(`exports.main = async () => (${value})`));
    expect(ran.ending.outcome).toBe('succeeded');
    expect(texts(ran)).toEqual([]);
  });
});

it.each(['function* () {}', 'async function* () {}'])(
  'a handler that is %s is refused when it is loaded',
  async (handler) => {
    const program = code(`exports.main = ${handler}`);
    expect((await run(on, program)).ending).toMatchObject({
      outcome: 'failed',
      name: 'NoHandler',
      message: expect.stringContaining('is a generator function') as string,
    });
    expect(await on.tryLoad(program)).toContain('is a generator function');
  },
);

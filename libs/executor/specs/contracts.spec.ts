/** The two contracts, to the letter of the originals: how a handler is found, called and listened to. */
import type { Executor } from '../executor';
import { answerOf, call, code, executor, fixture, result, run } from '../fixtures/stand';

let on: Executor;
beforeAll(async () => {
  on = executor();
  await on.start([128]);
});
afterAll(() => on.stop(0));

describe('the handler', () => {
  it.each([
    ['exports.main', fixture('adds.cjs')],
    ['the name of the function, as in the seed', fixture('adds-as-the-seed.cjs', { name: 'add' })],
    ['an ES module’s main', fixture('adds.mjs')],
    ['an ES module’s default', fixture('default-export.mjs')],
    ['module.exports', code('module.exports = ({ x, y }) => x + y')],
    [
      'compiled TypeScript’s main',
      code('Object.defineProperty(exports, "__esModule", { value: true }); exports.main = ({ x, y }) => x + y'),
    ],
    [
      'compiled TypeScript’s default',
      code('Object.defineProperty(exports, "__esModule", { value: true }); exports.default = ({ x, y }) => x + y'),
    ],
    ['an object as default', code('exports.default = { main: ({ x, y }) => x + y }')],
  ])('is %s', async (_, program) => {
    expect(await result(on, program, { x: 1, y: 2 })).toBe(3);
    expect(await result(on, program, { x: 3, y: 4 })).toBe(7);
  });

  it('requires from where the file is, under its own name', async () => {
    const program = code(
      `exports.main = () => [require('./adds.cjs').main({ x: 2, y: 3 }), __filename, __dirname === process.cwd()]`,
    );
    expect(await result(on, program)).toEqual([5, program.file, true]);
  });

  it('of compiled code has the lines of its source in the stack', async () => {
    const map = { version: 3, sources: ['origin.ts'], names: [], mappings: ';;;AAKA', file: 'x' };
    const inline = `//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`;
    const { ending } = await run(on, code(`exports.main = () => {\n\n\nthrow new Error('mapped') }\n${inline}`));
    expect(ending).toMatchObject({ message: 'mapped', stack: expect.stringMatching(/origin\.ts:6/) as string });
  });
});

describe('cloudbase', () => {
  const cases: [string, string, unknown][] = [
    ['(event) => value', '(event) => event.a', 1],
    ['(event, context) => value', '(event, context) => [event.a, context.function_name]', [1, 'named']],
    ['async (event, context)', 'async (event) => event.a', 1],
    ['returning a promise', '(event) => Promise.resolve(event.a)', 1],
    ['async, nothing returned', 'async () => {}', null],
    ['sync, nothing returned', '(event) => {}', null],
    ['callback, at once', '(event, context, callback) => { callback(null, event.a) }', 1],
    ['callback, later', '(event, context, callback) => { setTimeout(() => callback(null, event.a), 5) }', 1],
    ['callback without a value', '(event, context, callback) => callback()', null],
    ['callback, twice', '(event, context, callback) => { callback(null, 1); callback(null, 2) }', 1],
    ['three parameters and a value returned', '(event, context, callback) => event.a', 1],
    ['callback first, then a value', '(event, context, callback) => { callback(null, 1); return 2 }', 1],
    [
      'async with a callback: the return counts',
      'async (event, context, callback) => { callback(null, 2); return 1 }',
      1,
    ],
    ['a promise that calls back', '(event, context, callback) => new Promise(() => callback(null, 1))', 1],
    ['callback through arguments', 'function () { arguments[2](null, 1); }', 1],
  ];
  it.each(cases)('%s', async (_, handler, answer) => {
    expect(await result(on, code(`exports.main = ${handler}`, { name: 'named' }), { a: 1 })).toEqual(answer);
  });

  it.each([
    ['an Error', 'new TypeError("no")', { name: 'TypeError', message: 'no' }],
    ['text', '"just no"', { message: 'just no' }],
    ['false', 'false', { message: 'false was thrown, not an error.' }],
  ])('callback(err) with %s', async (_, error, said) => {
    const { ending } = await run(on, code(`exports.main = (e, c, callback) => { callback(${error}) }`));
    expect(ending).toMatchObject({ outcome: 'failed', type: 'FUNCTION_ERROR', ...said });
  });

  it('waits for the callback of a three-parameter function that returned undefined', async () => {
    const { ending } = await run(on, code('exports.main = (e, c, callback) => {}'), {}, { limitMs: 200 });
    expect(ending.outcome).toBe('timedOut');
  });

  it.each([['{}'], ['[1,"a"]'], ['"text"'], ['null'], ['12.5'], ['{"__proto__":{"a":1}}']])(
    'event is the data: %s',
    async (data) => {
      const ran = await on.run(code('exports.main = (event) => JSON.stringify(event)'), call({}, { data }));
      expect(ran.ending).toEqual({ outcome: 'succeeded', result: JSON.stringify(data) });
    },
  );

  it('context is what SCF gives, and ours', async () => {
    const program = fixture('tells.cjs', { env: 'env-a', environment: { STAGE: 'test' } });
    const environment = { SCF_NAMESPACE: 'env-a', TENCENTCLOUD_REGION: 'here', INVOQ_TOKEN: 'secret' };
    const made = call({}, { attempt: 2, limitMs: 4_000, environment });
    const before = Date.now();
    const { context, contextIsPlain, variables } = answerOf(await on.run(program, made));
    expect(contextIsPlain).toBe(true);
    expect(context).toMatchObject({
      requestID: made.requestID,
      functionName: 'tells',
      env: 'env-a',
      attempt: 2,
      callbackWaitsForEmptyEventLoop: true,
      memory_limit_in_mb: 128,
      time_limit_in_ms: 4_000,
      request_id: made.requestID,
      function_version: '$LATEST',
      function_name: 'tells',
      namespace: 'env-a',
      tencentcloud_region: 'here',
      tencentcloud_appid: '',
      tencentcloud_uin: '',
      environ: 'STAGE=test;SCF_NAMESPACE=env-a;TENCENTCLOUD_REGION=here',
    });
    expect(JSON.parse(context.environment as string)).toEqual({
      STAGE: 'test',
      SCF_NAMESPACE: 'env-a',
      TENCENTCLOUD_REGION: 'here',
    });
    expect(context.deadline - before).toBeGreaterThanOrEqual(4_000);
    expect(context.deadline - before).toBeLessThan(4_500);
    expect(variables.INVOQ_TOKEN).toBe('secret');
  });

  it('context is a plain object to whoever copies, lists or changes it', async () => {
    const program = code(
      `exports.main = (e, context) => {
         const copy = { ...context };
         const names = Object.keys(context);
         context.environ = 'mine';
         return [copy.environ, JSON.parse(copy.environment), copy.signal === context.signal, context.environ,
           ['environ', 'environment', 'signal'].every((name) => names.includes(name) && Object.hasOwn(context, name))];
       }`,
      { environment: { A: 'b' } },
    );
    expect(await result(on, program)).toEqual(['A=b', { A: 'b' }, true, 'mine', true]);
  });

  it('context answers through what inherits from it, wraps it, and when it is frozen; of its own call alone', async () => {
    const program = code(
      `let first;
       exports.main = (e, context) => {
         first ??= context;
         const wrapped = new Proxy(context, {}).environ;
         const frozen = Object.freeze(context).signal instanceof AbortSignal;
         return [Object.create(context).environ, wrapped, frozen, context.signal === first.signal, first.environ];
       }`,
      { environment: { A: 'b' } },
    );
    const calls = ['1', '2'].map((n) => on.run(program, call({}, { environment: { N: n } })));
    const [one, two] = (await Promise.all(calls)).map(answerOf);
    expect(one).toEqual(['A=b;N=1', 'A=b;N=1', true, true, 'A=b;N=1']);
    expect(two).toEqual(['A=b;N=2', 'A=b;N=2', true, expect.any(Boolean), expect.stringMatching(/^A=b;N=[12]$/)]);
  });

  it('no call keeps what the one before it had: contexts and events share their accessors', async () => {
    const program = code(
      `const last = {};
       exports.main = (event, context) => {
         const found = [[context, 'signal'], [context, 'environment'], [context, 'environ'], [event, 'userInfo']].map(
           ([owner, name]) => Object.getOwnPropertyDescriptor(owner, name).get);
         const same = found.map((get, i) => get === last[i]);
         Object.assign(last, found);
         return same;
       }`,
    );
    expect(await result(on, program)).toEqual([false, false, false, false]);
    expect(await result(on, program)).toEqual([true, true, true, true]);
  });

  it('context counts down, and has a signal', async () => {
    const program = code(
      'exports.main = (e, c) => [c.remainingMs() > 9000, c.remainingMs() <= 10000, c.signal instanceof AbortSignal, c.signal.aborted]',
    );
    expect(await result(on, program, {}, { limitMs: 10_000 })).toEqual([true, true, true, false]);
  });
});

describe('minapp', () => {
  const minapp = { contract: 'minapp' as const };

  it('the seed’s own function', async () => {
    const program = fixture('greets-as-the-seed.cjs', { ...minapp, name: 'helloWorld' });
    const ran = await run(on, program, { name: 'allen' });
    expect(ran.ending).toEqual({ outcome: 'succeeded', result: '"hello allen"' });
    expect(ran.logs.length).toBeGreaterThan(3);
  });

  it.each([
    ['callback', '(event, callback) => callback(null, event.data.a)', 1],
    ['callback later', '(event, callback) => { setTimeout(callback, 5, null, event.data.a) }', 1],
    ['callback without a value', '(event, callback) => callback(null)', null],
    ['async', 'async (event) => event.data.a', 1],
    ['async null', 'async () => null', null],
    ['a promise, as compiled async functions have it', '(event) => Promise.resolve(event.data.a)', 1],
    ['async with a callback', 'async (event, callback) => { callback(null, 1) }', 1],
    ['a plain return beside the callback', '(event, callback) => { callback(null, 1); return 2 }', 1],
  ])('%s', async (_, handler, answer) => {
    expect(await result(on, code(`exports.main = ${handler}`, minapp), { a: 1 })).toEqual(answer);
  });

  it.each([
    ['throws', '() => { throw new Error("no") }', { message: 'no', name: 'Error' }],
    ['rejects', 'async () => { throw new Error("no") }', { message: 'no', name: 'Error' }],
    ['calls back with an Error', '(event, callback) => callback(new Error("no"))', { message: 'no', name: 'Error' }],
    ['calls back with text', '(event, callback) => callback("no")', { message: 'no' }],
  ])('%s', async (_, handler, said) => {
    const { ending } = await run(on, code(`exports.main = ${handler}`, minapp));
    expect(ending).toMatchObject({ outcome: 'failed', type: 'FUNCTION_ERROR', ...said });
  });

  it.each([
    ['what a plain function returns is ignored', '() => 1'],
    ['async undefined never finishes', 'async () => {}'],
  ])('%s', async (_, handler) => {
    const { ending } = await run(on, code(`exports.main = ${handler}`, minapp), {}, { limitMs: 200 });
    expect(ending.outcome).toBe('timedOut');
  });

  it('event is the envelope', async () => {
    const program = code('exports.main = (event, callback) => callback(null, event)', {
      ...minapp,
      env: 'env-a',
      environment: { TZ: 'Asia/Shanghai' },
    });
    const origin = { eventType: 'open_api', ip: '10.0.0.1', userAgent: 'curl', user: { id: 7 } };
    const made = call({ n: 1 }, { origin, limitMs: 3_000 });
    const { context, ...event } = answerOf(await on.run(program, made));
    expect(event).toEqual({
      data: { n: 1 },
      eventType: 'open_api',
      jobId: made.requestID,
      memoryLimitInMB: 128,
      timeLimitInMS: 3_000,
      miniappId: 'env-a',
      request: { meta: { ip_address: '10.0.0.1', user_agent: 'curl' }, user: { id: 7 } },
      env: { id: 'env-a', name: 'env-a' },
      timezone: 'Asia/Shanghai',
    });
    expect(context).toMatchObject({ requestID: made.requestID, env: 'env-a', attempt: 1 });
  });
});

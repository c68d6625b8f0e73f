/** Workers of one queue that do not serve the same: each call goes to one that serves it. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';
import { writeFunctions } from '../harness/write-functions';

const LIMIT_MS = 30_000;
const ONE = { 'one.js': "exports.main = () => 'one';" };
const TWO = { ...ONE, 'two.js': "exports.main = () => 'two';" };

let stack: Stack;
afterEach(() => stack.stop(), LIMIT_MS);

type Body = { data: unknown; error: { type?: string; message?: string; started?: unknown }; requestID: string };
const call = async (name: string, body: object = {}, env = 'default'): Promise<{ status: number; body: Body }> =>
  stack.http.post(`/v1/functions/${name}/invocations`, body, { 'x-invoq-env': env });
const together = <T>(count: number, make: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, make));

/** What became of async and of sync calls, each outcome once. */
async function outcomes(name: string, asyncCalls: number, syncCalls: number, env = 'default'): Promise<unknown[]> {
  const accepted = await together(asyncCalls, () => call(name, { sync: false }, env));
  const answers = await together(syncCalls, () => call(name, {}, env));
  const ends = await Promise.all(
    accepted.map(async ({ body }) => {
      const read = () => stack.http.get(`/v1/invocations/${body.requestID}`, { 'x-invoq-env': env });
      const ended = async () => ((await read()).body.data.finishedAt ? (await read()).body.data : undefined);
      const { status, attempt } = await until(`${body.requestID} ends`, ended, LIMIT_MS);
      return `${status} ${attempt}`;
    }),
  );
  return [
    ...new Set([...ends, ...answers.map(({ status, body }) => body.error.type ?? `${status} ${body.data as string}`)]),
  ];
}

async function startWith(...folders: (string | Record<string, unknown>)[]): Promise<void> {
  stack = await startStack({ workers: 0 });
  for (const folder of folders) {
    const INVOQ_FUNCTIONS = typeof folder === 'string' ? folder : writeFunctions(folder);
    await stack.addWorker({ INVOQ_FUNCTIONS, INVOQ_WATCH: 'true' });
  }
}

it('one has a function more: no call of it is lost, and each is started once', async () => {
  await startWith(ONE, TWO);
  expect(await outcomes('two', 20, 40)).toEqual(['succeeded 1', '200 two']);
  expect(await outcomes('one', 20, 40)).toEqual(['succeeded 1', '200 one']);
}, 90_000);

it('two envs by two workers: each has its own calls', async () => {
  await startWith(
    `prod=${writeFunctions({ 'one.js': "exports.main = () => 'prod';" })}`,
    `staging=${writeFunctions({ 'one.js': "exports.main = () => 'staging';" })}`,
  );
  expect(await outcomes('one', 20, 20, 'prod')).toEqual(['succeeded 1', '200 prod']);
  expect(await outcomes('one', 20, 20, 'staging')).toEqual(['succeeded 1', '200 staging']);
}, 90_000);

it('one has the wrong folder: it is given none of the calls', async () => {
  await startWith({ 'other.js': 'exports.main = () => 0;' }, ONE);
  expect(await outcomes('one', 20, 40)).toEqual(['succeeded 1', '200 one']);
}, 90_000);

it('a function is taken from one and given to another while calls come: none is lost', async () => {
  const [first, second] = [writeFunctions(TWO), writeFunctions(ONE)];
  await startWith(first, second);
  const answers: string[] = [];
  let over = false;
  const callers = together(4, async () => {
    while (!over) {
      const { status, body } = await call('two');
      answers.push(body.error.type ?? `${status} ${body.data as string}`);
    }
  });
  for (let moves = 0; moves < 3; moves++) {
    writeFileSync(join(second, 'two.js'), TWO['two.js']);
    const both = answers.length;
    await until('it goes on with both', () => answers.length > both + 40, LIMIT_MS);
    rmSync(join(first, 'two.js'));
    const other = answers.length;
    await until('it goes on with the other', () => answers.length > other + 40, LIMIT_MS);
    writeFileSync(join(first, 'two.js'), TWO['two.js']);
    const again = answers.length;
    await until('it goes on with both again', () => answers.length > again + 40, LIMIT_MS);
    rmSync(join(second, 'two.js'));
  }
  over = true;
  await callers;
  expect([...new Set(answers)]).toEqual(['200 two']);
}, 120_000);

it.each([
  ['a mistake in its functions.json', { 'functions.json': { functions: { two: { timoutMs: 1 } } } }],
  ['a mistake in its file', { 'two.js': 'exports.main = () => {' }],
])(
  'one has the function with %s: its calls go to the one that has it whole',
  async (_, mistake) => {
    await startWith({ ...TWO, ...mistake }, TWO);
    expect(await outcomes('two', 20, 40)).toEqual(['succeeded 1', '200 two']);
  },
  90_000,
);

it('a function that loads nowhere: its caller is told why', async () => {
  const folder = writeFunctions({ ...TWO, 'two.js': 'exports.main = () => {' });
  await startWith(folder, folder);
  const answer = await until(
    'it is told',
    async () => {
      const { body } = await call('two');
      return body.error.type === 'FUNCTION_ERROR' ? body.error : undefined;
    },
    LIMIT_MS,
  );
  expect(answer.message).toContain('two.js');
}, 90_000);

it('nobody serves it any more: it waits its time and expires, never started', async () => {
  await startWith(ONE, TWO);
  expect((await call('two')).body.data).toBe('two');
  await stack.workers[1].stop();
  const { status, body } = await call('two', { timeoutMs: 1_500 });
  expect([status, body.error]).toEqual([504, expect.objectContaining({ type: 'EXPIRED', started: false })]);
  // And an async one is there for the next worker that serves it.
  const accepted = await call('two', { sync: false });
  expect(accepted.status).toBe(202);
  await stack.addWorker({ INVOQ_FUNCTIONS: writeFunctions(TWO) });
  const read = () => stack.http.get(`/v1/invocations/${accepted.body.requestID}`);
  await until('it succeeds', async () => (await read()).body.data.status === 'succeeded', LIMIT_MS);
}, 90_000);

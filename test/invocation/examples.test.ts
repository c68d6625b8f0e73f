/** Each example runs from its folder alone: docker-compose.yml mounts that folder, read-only, with nothing beside it. */
import { chmodSync, cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDir } from '../harness/scratch';
import { startStack, type Stack } from '../harness/stack';

const root = join(__dirname, '..', '..');
const compose = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
/** What a worker of compose has as its functions. */
const [, mounted] = /'\.\/([\w/-]+):\/functions:ro'/.exec(compose) ?? [];
/** A user of its own for each sandbox, as in the image, where the test may make them. */
const users: Record<string, string> = process.getuid?.() === 0 ? { INVOQ_SANDBOX_UIDS: '20000-20999' } : {};
const ORDERS = { bytes: 176_667, rows: 5_000 };

let stack: Stack;
beforeAll(async () => {
  const folder = scratchDir('mounted');
  chmodSync(folder, 0o755);
  cpSync(join(root, mounted), join(folder, 'functions'), {
    recursive: true,
    filter: (path) => !path.endsWith('node_modules'),
  });
  stack = await startStack({ functions: join(folder, 'functions'), env: users });
}, 60_000);
afterAll(() => stack.stop());

const call = async (name: string, data: object = {}): Promise<unknown> =>
  (await stack.http.post(`/v1/functions/${name}/invocations`, { data })).body;

test.each<[string, object, object]>([
  ['add', { x: 1, y: 2 }, { code: 0, data: 3 }],
  ['addCallback', { x: 1, y: 2 }, { code: 0, data: 3 }],
  ['helloWorld', { name: 'Ada' }, { code: 0, data: 'hello Ada' }],
  ['fails', {}, { code: 1, error: { name: 'RangeError', message: 'this function always fails' } }],
  ['hangs', {}, { code: 2 }],
  ['hashFile', { rounds: 10 }, { code: 0, data: { path: 'orders.csv', bytes: ORDERS.bytes, rounds: 10 } }],
  ['hashFile', { path: '../functions.json' }, { code: 1, error: { name: 'RangeError' } }],
  ['summarizeFile', {}, { code: 0, data: { source: 'orders.csv', ...ORDERS } }],
  ['longReport', { seconds: 0.2 }, { code: 0, data: { attempt: 1, countries: expect.any(Array) } }],
  // The one that needs a package of its own says so; test/doors/examples.test.ts runs it with that package.
  ['callAdd', {}, { code: 1, error: { message: expect.stringContaining('wx-server-sdk') } }],
])('%s with %j', async (name, data, answer) => {
  expect(await call(name, data)).toMatchObject(answer);
});

test('that is all of them', async () => {
  const { data } = (await stack.http.get('/v1/functions')).body as { data: { functions: { name: string }[] } };
  expect(data.functions.map(({ name }) => name).sort()).toEqual(
    ['add', 'addCallback', 'callAdd', 'fails', 'hangs', 'hashFile', 'helloWorld', 'longReport', 'summarizeFile'].sort(),
  );
});

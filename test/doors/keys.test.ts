/** Keys: made and revoked while the API runs, one for every door, and no way to guess one. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App } from '../harness/app';
import { scratchDir } from '../harness/scratch';
import type { Stack } from '../harness/stack';
import { until } from '../harness/until';
import { doorFunctions, keysFile, KEYS, type Ran, runNode } from './vendor-stack';
import { startStack } from '../harness/stack';

const CLI = join(__dirname, '..', '..', 'dist/apps/api/keys-cli.js');
const file = keysFile();
const keys = (...args: string[]): Promise<Ran> => runNode([CLI, '--keys-file', file, ...args]);

let stack: Stack;
let api: App;
beforeAll(async () => {
  stack = await startStack({ functions: doorFunctions(), env: { INVOQ_KEYS_FILE: file } });
  [api] = stack.apis as [App];
}, 60_000);

const add = async (key: string, headers: object = {}): Promise<number> =>
  (await stack.http.post('/v1/functions/add/invocations', { data: {} }, { authorization: `Bearer ${key}`, ...headers }))
    .status;

test('a key that was created opens every door within a second or so, until it is revoked', async () => {
  const created = await keys('--do', 'create', '--id', 'fresh', '--envs', 'default');
  expect(created.code).toBe(0);
  const key = created.stdout.trim();
  expect(key).toMatch(/^fresh\.[\w-]{43}$/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await until('the new key is known', async () => (await add(key)) === 200, 10_000);
  const body = {
    action: 'functions.invokeFunction',
    function_name: 'add',
    request_data: '{"x":1,"y":2}',
    access_token: key,
  };
  expect((await stack.http.post('/web', body)).body.data).toEqual({ response_data: '3' });
  const hydrogen = { authorization: `Hydrogen-r1 ${key}` };
  expect((await stack.http.post('/hserve/v1/cloud-function/job/', { function_name: 'add' }, hydrogen)).status).toBe(
    200,
  );

  const listed = await keys('--do', 'list');
  expect(listed.stdout).toContain('fresh\tenvs default\tscopes invoke,read');
  expect(listed.stdout).not.toContain(key.split('.')[1]);
  expect((await keys('--do', 'create', '--id', 'fresh')).code).toBe(1);

  expect((await keys('--do', 'revoke', '--id', 'fresh')).code).toBe(0);
  expect((await keys('--do', 'revoke', '--id', 'fresh')).code).toBe(1);
  await until('the revoked key is refused', async () => (await add(key)) === 401, 10_000);
}, 60_000);

test('a broken file keeps the keys from before and is told in one line', async () => {
  const good = readFileSync(file, 'utf8');
  const [key] = KEYS as [(typeof KEYS)[number]];
  writeFileSync(file, '{"keys":[{"id":"x"}]}');
  const reply = (line: string): boolean => line.includes('the keys file is at fault');
  await until('the fault is told', () => api.process.lines.some(reply), 10_000);
  expect(await add(`${key.id}.${key.secret}`)).toBe(200);
  writeFileSync(file, good);
  await until(
    'the file is read again',
    () => api.process.lines.some((line) => line.includes('the keys file has changed')),
    10_000,
  );
  expect(api.process.lines.filter(reply)).toHaveLength(1);
}, 40_000);

test('no keys left is not no keys file: nobody may call', async () => {
  const empty = join(scratchDir('no-keys'), 'keys.json');
  writeFileSync(empty, '{"keys":[]}');
  const closed = await stack.addApi({ INVOQ_KEYS_FILE: empty });
  const answer = await closed.http.post('/v1/functions/add/invocations', {});
  expect([answer.status, answer.body.error.type]).toEqual([401, 'UNAUTHENTICATED']);
}, 40_000);

test('two that create at once both find their key in the file', async () => {
  const made = await Promise.all(['one', 'two', 'three'].map((id) => keys('--do', 'create', '--id', id)));
  expect(made.map(({ code }) => code)).toEqual([0, 0, 0]);
  const { keys: there } = JSON.parse(readFileSync(file, 'utf8')) as { keys: { id: string }[] };
  const ids = there.map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(['one', 'two', 'three', 'app']));
}, 40_000);

test('an env that a key does not have is refused, at every door', async () => {
  const [key] = KEYS as [(typeof KEYS)[number]];
  const token = `${key.id}.${key.secret}`;
  expect(await add(token, { 'x-invoq-env': 'elsewhere' })).toBe(403);
  const body = { action: 'functions.invokeFunction', function_name: 'add', envName: 'elsewhere', access_token: token };
  expect((await stack.http.post('/web', body)).body.code).toBe('INVALIID_ENV');
  const http = { authorization: `Bearer ${token}`, 'x-invoq-env': 'elsewhere' };
  expect((await stack.http.post('/v1/functions/add', {}, http)).body.code).toBe('INVALID_ENV');
  const hydrogen = { authorization: `Hydrogen-r1 ${token}`, 'x-hydrogen-env-id': 'elsewhere' };
  expect((await stack.http.post('/hserve/v1/cloud-function/job/', { function_name: 'add' }, hydrogen)).status).toBe(
    403,
  );
});

test('who guesses is soon told to wait; who shows the right secret is heard all the same', async () => {
  const guess = (key: string): ReturnType<typeof stack.http.post> =>
    stack.http.post('/v1/functions/add/invocations', {}, { authorization: `Bearer ${key}` });
  for (let i = 0; i < 50; i++) await guess('reader.wrong');
  const shut = await guess('reader.wrong');
  expect([shut.status, shut.body.error.type]).toEqual([429, 'RATE_LIMITED']);
  expect(Number(shut.headers['retry-after'])).toBeGreaterThan(0);
  const [key] = KEYS as [(typeof KEYS)[number]];
  expect(await add(`${key.id}.${key.secret}`)).toBe(200);
  const body = { action: 'functions.invokeFunction', function_name: 'add', access_token: 'reader.wrong' };
  expect((await stack.http.post('/web', body)).body.code).toBe('EXCEED_REQUEST_LIMIT');
});

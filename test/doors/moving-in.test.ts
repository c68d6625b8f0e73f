/** A project moves in as its folders are: entries, project files, timers, packages; and what cannot be served is named. */

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { startStack, type Stack } from '../harness/stack';
import { scratchDir } from '../harness/scratch';
import { until } from '../harness/until';
import { writeFunctions } from '../harness/write-functions';
import { runNode } from './vendor-stack';

const ROOT = join(__dirname, '..', '..');
const PACKAGE = writeFunctions(
  { 'package.json': { name: 'small-thing', version: '1.0.0' }, 'index.js': `module.exports = (n) => n * 2;` },
  scratchDir('packages'),
);
const FUNCTIONS = {
  'functions.json': {
    functions: { lambda: { handler: 'src/app.run' }, quiet: { triggers: [] }, greets: { contract: 'minapp' } },
  },
  'cloudbaserc.json': {
    functionRoot: '.',
    functions: [{ name: 'tells', timeout: 20, envVariables: { STAGE: 'moved' } }],
  },
  'tells/index.js': `exports.main = async (event, context) => ({ event, stage: process.env.STAGE, limit: context.time_limit_in_ms });`,
  'tells/package.json': { main: './src/index.js' },
  'tells/config.json': {
    permissions: { openapi: ['security.msgSecCheck'] },
    triggers: [{ name: 'eachSecond', type: 'timer', config: '* * * * * * *' }],
  },
  'quiet/index.js': 'exports.main = () => 1;',
  'quiet/config.json': { triggers: [{ name: 'eachSecond', type: 'timer', config: '* * * * * * *' }] },
  'lambda/src/app.js': `exports.run = async (event) => ({ statusCode: 200, body: event.name });`,
  'aws/handler.js': `exports.handler = async (event) => ({ statusCode: 200, body: event.name });`,
  'greets/index.js': `exports.main = (event, callback) => callback(null, 'hello ' + event.data.name);`,
  'registers/index.js': `require('@google-cloud/functions-framework').http('registers', (req, res) => res.send('x'));`,
  'express/index.js': `const app = (req, res, next) => next(); app.use = app.handle = app.listen = () => {}; exports.main = app;`,
  'python/index.py': 'def main(event): pass',
  'needs/index.js': `const twice = require('small-thing'); exports.main = (event) => twice(event.n);`,
  'needs/package.json': { dependencies: { 'small-thing': `file:${PACKAGE}` } },
  'locked/index.js': `exports.main = (event) => require('small-thing')(event.n);`,
  'locked/package.json': { name: 'locked', dependencies: { 'small-thing': `file:${PACKAGE}` } },
  'old/index.js': 'exports.main = () => 1;',
  'old/package.json': { dependencies: { 'wx-server-sdk': '~1.8.1' } },
};

let stack: Stack;
let folder: string;
beforeAll(async () => {
  folder = writeFunctions(FUNCTIONS);
  execFileSync('npm', ['install', '--package-lock-only', '--ignore-scripts'], { cwd: join(folder, 'locked') });
  stack = await startStack({ functions: folder });
}, 60_000);
afterAll(() => stack.stop());

const call = async (name: string, data: unknown = {}) =>
  (await stack.http.post(`/v1/functions/${name}/invocations`, { data })).body;
const log = () => JSON.stringify(stack.workers[0].process.entries());

test('an index.js is the entry whatever main says; limits and variables come from the project files', async () => {
  expect((await call('tells', { a: 1 })).data).toEqual({ event: { a: 1 }, stage: 'moved', limit: expect.any(Number) });
  const { data } = (await stack.http.get('/v1/functions')).body;
  const tells = data.functions.find(({ name }: { name: string }) => name === 'tells');
  expect(tells).toMatchObject({ timeoutMs: { sync: 20_000, async: 20_000 } });
});

test('entries and exports of other platforms', async () => {
  expect((await call('lambda', { name: 'a' })).data).toEqual({ statusCode: 200, body: 'a' });
  expect((await call('aws', { name: 'b' })).data).toEqual({ statusCode: 200, body: 'b' });
  expect((await call('greets', { name: 'c' })).data).toBe('hello c');
});

test.each([
  ['registers', /functions-framework/],
  ['express', /an Express app, an HTTP handler, which is not served/],
  ['python', /index\.py, so it is not for Node\.js/],
])('%s is refused by name', async (name, why) => {
  const { code, error } = await call(name);
  expect([code, error.type]).toEqual([1, 'FUNCTION_ERROR']);
  expect(error.message).toMatch(why);
});

test('a timer trigger becomes a schedule, and its function receives the event of the original', async () => {
  const id = 'trigger.tells.eachSecond';
  const found = await until('the schedule', async () => {
    const { body } = await stack.http.get(`/v1/schedules/${id}`);
    return body.data?.last?.what === 'submitted' && body.data;
  }, 30_000); // prettier-ignore
  expect(found).toMatchObject({
    function: 'tells',
    cron: '* * * * * * *',
    timezone: 'Asia/Shanghai',
    trigger: 'eachSecond',
  });
  const ended = (await stack.http.get(`/v1/invocations/${found.last.requestID}?wait=20`)).body.data;
  expect(ended.result.data.event).toEqual({
    Type: 'Timer', TriggerName: 'eachSecond', Time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  }); // prettier-ignore
  // Turned off by functions.json.
  expect((await stack.http.get('/v1/schedules/trigger.quiet.eachSecond')).status).toBe(404);

  // It can be paused, and stays so; what its files say is not changed here.
  expect((await stack.http.post(`/v1/schedules/${id}/pause`)).body.data.paused).toBe(true);
  const put = await stack.http.request(`/v1/schedules/${id}`, {
    method: 'PUT',
    body: { function: 'tells', cron: '* * * * *' },
  });
  expect([put.status, put.body.error.fields[0].field]).toEqual([400, 'id']);

  // Another file, another schedule.
  const config = { triggers: [{ name: 'daily', type: 'timer', config: '0 0 2 * * * *' }] };
  writeFunctions({ 'tells/config.json': config }, folder);
  await until(
    'the other schedule',
    async () => (await stack.http.get('/v1/schedules/trigger.tells.daily')).status === 200,
    30_000,
  );
  await until('the first is gone', async () => (await stack.http.get(`/v1/schedules/${id}`)).status === 404, 30_000);
});

test('what is not honoured, not served or not installed is named once at the start', () => {
  for (const text of [
    'config.json: not honoured: permissions',
    'registers its handler with functions-framework',
    `not installed: small-thing. Run npm install in ${join(folder, 'needs')}`,
    'wx-server-sdk ~1.8.1 does not call functions here',
    'it has index.py',
  ]) {
    expect([text, log().split(text).length > 1]).toEqual([text, true]);
  }
});

test('packages that are not installed: the caller hears what to do, and invoq install does it', async () => {
  const before = await call('needs', { n: 2 });
  expect(before.error.message).toContain(
    `Cannot find module 'small-thing'. Run npm install small-thing in ${join(folder, 'needs')}`,
  );
  writeFunctions({ 'old/package.json': {} }, folder);
  const { code, stdout, stderr } = await runNode([join(ROOT, 'scripts', 'invoq.mjs'), 'install', folder]);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain(`${join(folder, 'needs')}: npm install`);
  expect(stdout).toContain(`${join(folder, 'locked')}: npm ci`);
  await stack.workers[0].stop();
  await stack.addWorker();
  expect((await call('needs', { n: 2 })).data).toBe(4);
  expect((await call('locked', { n: 4 })).data).toBe(8);
}, 90_000);

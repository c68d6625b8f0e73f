/**
 * Functions in the styles in which people publish them, unchanged: what each of these habits comes to here. Called as their
 * callers would, by the native API unless a line says otherwise.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { startStack, type Stack } from '../harness/stack';
import { writeFunctions } from '../harness/write-functions';
import { APP, ask, CLIENTS, KEY, keysFile } from './vendor-stack';

const USER = { WX_OPENID: 'o-1', WX_UNIONID: 'u-1', WX_APPID: 'wx-1' };
const KEYS = [
  APP,
  { id: 'gate', secret: 'a-secret-of-the-gateway', envs: ['default', 'other'], scopes: ['invoke', 'read', 'user'] },
];
const GATE = 'gate.a-secret-of-the-gateway';

const MINAPP = [
  'greets', 'answersLater', 'invokesOther', 'asksAService', 'usesTables', 'tellsUser', 'versioned', 'nullSync', 'tellsLimit',
]; // prettier-ignore
const FUNCTIONS: Record<string, unknown> = {
  'functions.json': {
    functions: {
      ...Object.fromEntries(MINAPP.map((name) => [name, { contract: 'minapp' }])),
      callsOtherEnv: { envs: ['other'] },
      lambdaNamed: { handler: 'app.lambdaHandler' },
    },
  },
  // CloudBase: one folder a function, with index.js, package.json and config.json.
  'sum/index.js': `// 云函数入口文件
const cloud = require('wx-server-sdk')
cloud.init()
// 云函数入口函数
exports.main = async (event, context) => {
  return { sum: event.a + event.b }
}`,
  'sum/package.json': { name: 'sum', version: '1.0.0', main: 'index.js', dependencies: { 'wx-server-sdk': '~2.6.3' } },
  'sum/config.json': { permissions: { openapi: [] } },
  'login/index.js': `const cloud = require('wx-server-sdk')
cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
exports.main = async (event, context) => {
  const wxContext = cloud.getWXContext()
  return { event, openid: wxContext.OPENID, appid: wxContext.APPID, unionid: wxContext.UNIONID }
}`,
  'whoAmI/index.js': `exports.main = (event, context) => ({ openId: event.userInfo.openId, appId: event.userInfo.appId })`,
  'mayBeAnybody/index.js': `exports.main = (event) => ({ known: !!event.userInfo, keys: Object.keys(event) })`,
  'callsLogin/index.js': `const cloud = require('wx-server-sdk')
cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
exports.main = async () => (await cloud.callFunction({ name: 'login', data: { nested: true } })).result.openid`,
  'hardCodedEnv/index.js': `const cloud = require('wx-server-sdk')
cloud.init({ env: 'test-518543' })
exports.main = async () => (await cloud.callFunction({ name: 'sum', data: { a: 2, b: 3 } })).result.sum`,
  'callsOtherEnv/index.js': `const cloud = require('wx-server-sdk')
cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
exports.main = async () =>
  (await cloud.callFunction({ name: 'tellsEnv', config: { env: 'other' } })).result`,
  'mayNotCallOtherEnv/index.js': `const cloud = require('wx-server-sdk')
cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
exports.main = () => cloud.callFunction({ name: 'tellsEnv', config: { env: 'other' } }).catch((error) => error.message)`,
  'tellsEnv/index.js': `exports.main = (event, context) => context.namespace`,
  'checksText/index.js': `const cloud = require('wx-server-sdk')
cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
exports.main = async (event) => {
  try {
    await cloud.openapi.security.msgSecCheck({ content: event.content })
    return { code: 200 }
  } catch (err) {
    return { code: 500, message: err.message || err.errMsg }
  }
}`,
  'routes/index.js': `const routes = { add: (data) => data.x + data.y, list: () => [1, 2] }
exports.main = async (event) => {
  const { $url, ...data } = event
  return { code: 0, data: routes[$url](data), message: 'success' }
}`,
  'switches/index.js': `exports.main = async (event, context) => {
  switch (event.action) {
    case 'double': { return double(event) }
    default: { return }
  }
}
async function double (event) { return event.n * 2 }`,
  'callsBack/index.js': `exports.main = (event, context, callback) => { setTimeout(() => callback(null, event.n + 1), 5) }`,
  'callsBackError/index.js': `exports.main = (event, context, cb) => cb(new Error('no stock'))`,
  'usesLib/index.js': `const { greet } = require('./lib/greet')
exports.main = async ({ name }) => greet(name)`,
  'usesLib/lib/greet.js': `exports.greet = (name) => 'hi ' + name`,
  'classes/index.js': `class Order { constructor (n) { this.n = n } total () { return this.n * 3 } }
module.exports.main = async event => new Order(event.n).total()`,
  'readsJson/index.js': `const config = require('./data.json')
exports.main = () => config.rate`,
  'readsJson/data.json': { rate: 7 },
  // ES modules and TypeScript.
  'module.mjs': `export const main = async ({ n }) => n ** 2`,
  'byDefault.mjs': `export default async (event) => ({ got: event })`,
  'typed.ts': `interface Asked { n: number }
export const main = async ({ n }: Asked): Promise<number> => n + 0.5`,
  // Other platforms.
  'lambda/index.js': `exports.handler = async (event) => ({ statusCode: 200, body: JSON.stringify('Hello ' + event.name) })`,
  'lambdaCallback/handler.js': `module.exports.handler = (event, context, callback) => callback(null, { n: event.n })`,
  'lambdaNamed/app.mjs': `export const lambdaHandler = async (event, context) => context.functionName`,
  'whisk/index.js': `function main (params) { return { payload: 'Hello, ' + params.name } }
exports.main = main`,
  // MinApp.
  'greets.js': `exports.main = function greets (event, callback) {
  console.log(event.data)
  callback(null, 'hello ' + event.data.name)
}`,
  'answersLater.js': `exports.main = function (event, callback) {
  setTimeout(() => callback(null, { later: true }), 5)
}`,
  'invokesOther.js': `exports.main = async function (event) {
  const res = await BaaS.invoke('greets', { name: event.data.name })
  return res.data
}`,
  'versioned.js': `BaaS.useVersion('v3')
exports.main = async (event) => ({ doubled: event.data.n * 2 })`,
  'asksAService.js': `exports.main = function (event, callback) {
  BaaS.request.post(event.data.url, { q: 1 }, { params: { page: 2 }, headers: { 'x-a': 'b' } })
    .then(res => BaaS.request({ url: event.data.url + '/missing' }).catch(err => [res.data, res.status, err.response.status]))
    .then(all => callback(null, all)).catch(callback)
}`,
  'usesTables.js': `exports.main = async () => {
  const Product = new BaaS.TableObject('product')
  return Product.limit(10).find()
}`,
  'tellsUser.js': `exports.main = async (event) => event.request.user`,
  'tellsLimit.js': `exports.main = async (event) => [event.timeLimitInMS, event.eventType]`,
  'nullSync.js': `exports.main = async () => (await BaaS.invoke('greets', { name: 'null' }, null)).data`,
};

let stack: Stack;
let service: Server;
let serviceUrl: string;
beforeAll(async () => {
  const folder = writeFunctions(FUNCTIONS);
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(join(CLIENTS, 'node_modules', 'wx-server-sdk'), join(folder, 'node_modules', 'wx-server-sdk'));
  stack = await startStack({
    functions: `default=${folder},other=${folder}`,
    env: { INVOQ_KEYS_FILE: keysFile(KEYS), INVOQ_ENV_ALIASES: 'test-518543=default,prod-1a2b3c=other' },
  });
  service = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      response.statusCode = request.url!.startsWith('/missing') ? 404 : 200;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ method: request.method, url: request.url, a: request.headers['x-a'], body }));
    });
  });
  await new Promise<void>((done) => service.listen(0, '127.0.0.1', done));
  serviceUrl = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
}, 60_000);
afterAll(async () => {
  service.close();
  await stack.stop();
});

const call = async (name: string, data: unknown = {}, headers: Record<string, string> = {}, more: object = {}) => {
  const all = { authorization: `Bearer ${KEY}`, ...headers };
  return (await stack.http.post(`/v1/functions/${name}/invocations`, { data, ...more }, all)).body;
};
const asGate = (user?: object) => ({
  authorization: `Bearer ${GATE}`,
  ...(user ? { 'x-invoq-user': JSON.stringify(user) } : {}),
});
const logsOf = async (requestID: string) =>
  (await stack.http.get(`/v1/invocations/${requestID}/logs`, { authorization: `Bearer ${KEY}` })).text;

test.each<[string, unknown, unknown]>([
  ['sum', { a: 1, b: 2 }, { sum: 3 }],
  ['routes', { $url: 'add', x: 2, y: 5 }, { code: 0, data: 7, message: 'success' }],
  ['switches', { action: 'double', n: 4 }, 8],
  ['switches', { action: 'other' }, null],
  ['callsBack', { n: 1 }, 2],
  ['usesLib', { name: 'Ada' }, 'hi Ada'],
  ['classes', { n: 3 }, 9],
  ['readsJson', {}, 7],
  ['module', { n: 3 }, 9],
  ['byDefault', { a: 1 }, { got: { a: 1 } }],
  ['typed', { n: 1 }, 1.5],
  ['lambda', { name: 'you' }, { statusCode: 200, body: '"Hello you"' }],
  ['lambdaCallback', { n: 2 }, { n: 2 }],
  ['lambdaNamed', {}, 'lambdaNamed'],
  ['whisk', { name: 'you' }, { payload: 'Hello, you' }],
  ['greets', { name: 'allen' }, 'hello allen'],
  ['answersLater', {}, { later: true }],
  ['invokesOther', { name: 'allen' }, 'hello allen'],
  ['versioned', { n: 4 }, { doubled: 8 }],
  ['nullSync', {}, 'hello null'],
  ['tellsLimit', {}, [5000, 'api']],
])('%s %j', async (name, data, expected) => {
  const { code, data: result, error } = await call(name, data);
  expect({ code, result, error }).toEqual({ code: 0, result: expected, error: {} });
});

test('an error that was called back', async () => {
  const { code, error } = await call('callsBackError');
  expect([code, error.message]).toEqual([1, 'no stock']);
});

test('MinApp: BaaS.request reaches other services, as axios would', async () => {
  const { data } = await call('asksAService', { url: serviceUrl });
  expect(data).toEqual([{ method: 'POST', url: '/?page=2', a: 'b', body: '{"q":1}' }, 200, 404]);
});

test('MinApp: what needs MinApp says so by name', async () => {
  expect((await call('usesTables')).error.message).toMatch(/^BaaS\.TableObject needs MinApp, which is not served here/);
});

describe('who the user is', () => {
  test('a trusted caller says it: getWXContext(), event.userInfo and event.request.user have it', async () => {
    expect((await call('login', { a: 1 }, asGate(USER))).data).toEqual({
      event: { a: 1, userInfo: { openId: 'o-1', appId: 'wx-1', unionId: 'u-1' } },
      openid: 'o-1', appid: 'wx-1', unionid: 'u-1',
    }); // prettier-ignore
    expect((await call('whoAmI', {}, asGate(USER))).data).toEqual({ openId: 'o-1', appId: 'wx-1' });
    expect((await call('tellsUser', {}, asGate({ id: 36395395, nickname: 'Ada' }))).data).toEqual({
      id: 36395395,
      nickname: 'Ada',
    });
    // By a field of the body, too; and never for the next call of the same process.
    expect((await call('login', {}, asGate(), { user: { WX_OPENID: 'o-2' } })).data.openid).toBe('o-2');
    expect((await call('login', {}, asGate())).data.openid).toBeUndefined();
  });

  test('at every door', async () => {
    const headers = asGate(USER);
    const http = (await stack.http.post('/v1/functions/login', {}, headers)).body;
    const admin = {
      action: 'functions.invokeFunction',
      function_name: 'login',
      envName: 'default',
      request_data: '{}',
    };
    const answer = (await stack.http.post('/admin', admin, headers)).body;
    const hserve = (
      await stack.http.post('/hserve/v1/cloud-function/job/', { function_name: 'tellsUser', data: {} }, headers)
    ).body;
    const name = { function_name: 'tellsUser', data: {} };
    const oserve = (await stack.http.post('/oserve/v1/cloud-function/job/', name, headers)).body;
    expect(http.openid).toBe('o-1');
    expect(JSON.parse(answer.data.response_data).openid).toBe('o-1');
    expect(hserve.data).toEqual(USER);
    expect(oserve.data).toEqual(USER);
  });

  test('a function hands its own user on to those that it calls', async () => {
    expect((await call('callsLogin', {}, asGate(USER))).data).toBe('o-1');
  });

  test('it takes a scope of its own, and is checked', async () => {
    const refused = await call('login', {}, { 'x-invoq-user': JSON.stringify(USER) });
    expect([refused.code, refused.error.type]).toEqual([403, 'FORBIDDEN']);
    expect(refused.error.message).toContain('scope "user"');
    for (const header of ['o-1', '[]', '{"WX_OPENID":5}', '{"WX_OPENID":"a b"}']) {
      const { code, error } = await call('login', {}, { ...asGate(), 'x-invoq-user': header });
      expect([header, code, error.fields?.[0].field.split('.')[0]]).toEqual([header, 400, 'X-Invoq-User']);
    }
  });

  test('without it the log of the call says so', async () => {
    const login = await call('login');
    expect(login.data.openid).toBeUndefined();
    expect(await logsOf(login.requestID)).toContain('getWXContext().OPENID is undefined: the caller said no user');
    const whoAmI = await call('whoAmI');
    expect(whoAmI.error.message).toContain("reading 'openId'");
    expect(await logsOf(whoAmI.requestID)).toContain('event.userInfo is undefined: the caller said no user');
    expect((await call('mayBeAnybody', { a: 1 })).data).toEqual({ known: false, keys: ['a'] });
  });
});

describe('envs by name', () => {
  test('an env id of a vendor stands for an env here', async () => {
    expect((await call('hardCodedEnv')).data).toBe(5);
    expect((await call('tellsEnv', {}, { ...asGate(), 'x-invoq-env': 'prod-1a2b3c' })).data).toBe('other');
  });

  test('a function calls into another env when its settings name that', async () => {
    expect((await call('callsOtherEnv')).data).toBe('other');
    expect((await call('mayNotCallOtherEnv')).data).toContain('"envs" of "mayNotCallOtherEnv" in functions.json');
  });
});

test('openapi calls are told what is served here', async () => {
  const { data } = await call('checksText', { content: 'x' });
  expect([data.code, data.message]).toEqual([500, expect.stringContaining('Only cloud functions are served here')]);
});

test('a server with wx-server-sdk calls them as before', async () => {
  const init = { env: 'default', serviceUrl: `${stack.url}/admin`, secretId: APP.id, secretKey: APP.secret };
  const reply = await ask('wx-server-sdk', { package: 'wx-server-sdk', init }, [{ name: 'sum', data: { a: 4, b: 5 } }]);
  expect(reply[0].value.result).toEqual({ sum: 9 });
}, 60_000);

/** Every route of operators, asked with each scope and with keys of one env, of another, and of every env. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDir } from '../harness/scratch';
import { type Stack, startStack } from '../harness/stack';
import { writeFunctions } from '../harness/write-functions';

const SECRET = 'a-secret-of-sixteen-or-more';
const SCOPES = ['invoke', 'read', 'admin'] as const;
const ENVS = { one: ['one'], other: ['other'], every: ['*'] };
type Env = keyof typeof ENVS;
const NOBODY = '00000000-0000-4000-8000-000000000000';

/** `env`: whose keys may use it: those of the env of what is named, or of every env alone. `as`: what is answered then. */
const ROUTES: {
  method: string;
  path: string;
  scope: (typeof SCOPES)[number];
  whole?: boolean;
  body?: object;
  not: number;
}[] = [
  { method: 'GET', path: '/v1/queues', scope: 'read', not: 200 },
  { method: 'GET', path: '/v1/queues/default/load', scope: 'read', not: 404 },
  { method: 'GET', path: '/v1/workers', scope: 'read', not: 200 },
  { method: 'GET', path: '/v1/stats', scope: 'read', not: 200 },
  { method: 'POST', path: '/v1/queues/default/pause', scope: 'admin', whole: true, not: 403 },
  { method: 'POST', path: '/v1/queues/default/resume', scope: 'admin', whole: true, not: 403 },
  { method: 'POST', path: '/v1/queues/default/purge', scope: 'admin', whole: true, not: 403 },
  { method: 'POST', path: '/v1/workers/:worker/drain', scope: 'admin', whole: true, not: 403 },
  { method: 'POST', path: '/v1/workers/:worker/resume', scope: 'admin', whole: true, not: 403 },
  { method: 'POST', path: '/v1/functions/mine/pause', scope: 'admin', not: 404 },
  { method: 'POST', path: '/v1/functions/mine/resume', scope: 'admin', not: 404 },
  { method: 'POST', path: '/v1/invocations/bulk', scope: 'admin', body: { action: 'cancel' }, not: 200 },
  { method: 'GET', path: '/v1/audit', scope: 'admin', whole: true, not: 403 },
];

let stack: Stack;
/** The id of the only worker. */
let worker: string;

beforeAll(async () => {
  const keys = SCOPES.flatMap((scope) =>
    (Object.keys(ENVS) as Env[]).map((env) => ({
      id: `${scope}-${env}`,
      secret: SECRET,
      envs: ENVS[env],
      scopes: [scope],
    })),
  );
  const file = join(scratchDir('keys'), 'keys.json');
  writeFileSync(file, JSON.stringify({ keys }));
  const mine = { 'mine.js': 'exports.main = () => 1;' };
  stack = await startStack({ functions: `one=${writeFunctions(mine)}`, env: { INVOQ_KEYS_FILE: file } });
  const { body } = await ask('GET', '/v1/workers', 'read-every');
  [{ id: worker }] = body.data.workers as { id: string }[];
}, 90_000);

afterAll(() => stack.stop(), 60_000);

const ask = (method: string, path: string, key: string | undefined, body?: object) =>
  stack.http.request(path.replace(':worker', worker), {
    method,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}.${SECRET}` }),
      ...(key?.endsWith('every') ? { 'x-invoq-env': 'one' } : {}),
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    body: body && JSON.stringify(body),
  });

describe.each(ROUTES)('$method $path', ({ method, path, scope, whole, body, not }) => {
  it('is refused without a key, and to keys without its scope', async () => {
    expect((await ask(method, path, undefined, body)).status).toBe(401);
    for (const other of SCOPES.filter((each) => each !== scope)) {
      for (const env of Object.keys(ENVS)) {
        const { status, body: answer } = await ask(method, path, `${other}-${env}`, body);
        expect({ other, env, status, type: answer.error.type }).toMatchObject({ status: 403, type: 'FORBIDDEN' });
      }
    }
  });

  it('answers keys by their envs', async () => {
    expect((await ask(method, path, `${scope}-every`, body)).status).toBe(200);
    expect((await ask(method, path, `${scope}-one`, body)).status).toBe(whole ? 403 : 200);
    expect((await ask(method, path, `${scope}-other`, body)).status).toBe(not);
  });
});

it('the replay of a call takes the scope invoke, and shows nothing of other envs', async () => {
  const path = `/v1/invocations/${NOBODY}/replay`;
  expect((await ask('POST', path, undefined)).status).toBe(401);
  expect((await ask('POST', path, 'read-one')).status).toBe(403);
  expect((await ask('POST', path, 'invoke-one')).body).toMatchObject({
    code: 404,
    error: { type: 'INVOCATION_NOT_FOUND' },
  });
});

it('names the field of a body that breaks a rule', async () => {
  const long = 'x'.repeat(501);
  for (const [path, body, field] of [
    ['/v1/queues/default/pause', { reason: long }, 'reason'],
    ['/v1/workers/:worker/drain', { reason: long }, 'reason'],
    ['/v1/workers/:worker/drain', { exit: 'yes' }, 'exit'],
    ['/v1/workers/:worker/resume', { exit: true }, 'exit'],
    ['/v1/queues/default/purge', { lane: 'fast' }, 'lane'],
    ['/v1/queues/default/purge', { cursor: 'e30' }, 'cursor'],
    ['/v1/invocations/bulk', { action: 'drop' }, 'action'],
    ['/v1/invocations/bulk', { action: 'cancel', filter: { status: ['gone'] } }, 'filter.status'],
    ['/v1/invocations/bulk', { action: 'replay', filter: { since: 'yesterday' } }, 'filter.since'],
  ] as const) {
    const { status, body: answer } = await ask('POST', path, 'admin-every', body);
    expect({ path, status, fields: answer.error.fields }).toMatchObject({ status: 400, fields: [{ field }] });
  }
});

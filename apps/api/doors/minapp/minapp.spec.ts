/** MinApp's wire, both translations, and its list of jobs. */
import { failureJson, successJson } from '@invoq/contract/envelope';
import { ERRORS, type ErrorType } from '@invoq/contract/errors';
import { Refusal } from '@invoq/contract/refusal';
import type { PastCall } from '../../invocations/call';
import type { DoorRequest } from '../../http/wire';
import type { JobDto } from './job.dto';
import { jobPage, readJobQuery } from './jobs';
import { logText } from './log-text';
import { MinappDebugDoor } from './minapp-debug.door';
import { MinappDoor } from './minapp.door';

const door = new MinappDoor();
const ID = '11111111-1111-4111-8111-111111111111';
const HSERVE = '/hserve/v1/cloud-function/job/';

function request(body: JobDto, more: Partial<DoorRequest<JobDto>> = {}): DoorRequest<JobDto> {
  return {
    requestID: ID,
    url: HSERVE,
    params: {},
    query: {},
    headers: {},
    body,
    ip: '10.0.0.9',
    protocol: 'http',
    host: '127.0.0.1:3000',
    receivedAt: 0,
    ...more,
  };
}

const failed = (error: Parameters<typeof failureJson>[2]): Parameters<typeof door.reply>[0] => ({
  kind: 'ended', requestID: ID, status: 'failed', envelope: failureJson(ID, ERRORS[error.type].code, error),
}); // prettier-ignore

test('which addresses are its own', () => {
  expect(
    ['/hserve/v1/x', '/oserve/v1.3/x', '/oserve', '/hservers', '/admin'].map((path) => door.owns('GET', path)),
  ).toEqual([true, true, true, false, false]);
});

test('who calls, by any of the schemes in use, and in which env', () => {
  const credentials = (headers: Record<string, string>): unknown => door.credentials(request({}, { headers }));
  expect(credentials({ authorization: 'Hydrogen-r1 a.b', 'x-hydrogen-env-id': 'prod' })).toEqual({ ip: '10.0.0.9', bearer: 'a.b', env: 'prod' });
  expect(credentials({ authorization: 'Bearer a.b' })).toEqual({ ip: '10.0.0.9', bearer: 'a.b', env: undefined });
  expect(credentials({ 'x-hydrogen-env-id': '' })).toEqual({ ip: '10.0.0.9', bearer: undefined, env: undefined });
}); // prettier-ignore

test('a call: its function by body or path, its kind by address', () => {
  expect(door.call(request({ function_name: 'f', data: { a: 1 } }))).toMatchObject({
    function: 'f', data: '{"a":1}', sync: true, onTimeout: 'fail', origin: { eventType: 'sdk', ip: '10.0.0.9' },
  }); // prettier-ignore
  expect(door.call(request({ function_name: 'f', sync: false })).sync).toBe(false);
  expect(door.call(request({ function_name: 'f' })).data).toBe('{}');
  const open = { url: '/oserve/v1.3/cloud-function/g/job/?a=1', params: { name: 'g' } };
  expect(door.call(request({ function_name: 'f' }, open))).toMatchObject({ function: 'g', origin: { eventType: 'open_api' } });
  const debug = { url: '/oserve/v1.3/cloud-function/g/debug/', params: { name: 'g' } };
  expect(new MinappDebugDoor().call(request({ sync: false }, debug))).toMatchObject({ sync: true, origin: { eventType: 'sdk' } });
  expect(new MinappDebugDoor().call(request({ subject: 'timer' }, debug)).origin.eventType).toBe('timer');
  expect(() => door.call(request({}))).toThrow('function_name');
}); // prettier-ignore

test('answers', () => {
  const ok = door.reply({ kind: 'ended', requestID: ID, status: 'succeeded', envelope: successJson(ID, '"hello"') });
  expect([ok.status, ok.body]).toEqual([200, '{"code":0,"data":"hello","error":{}}']);
  const accepted = door.reply({ kind: 'accepted', requestID: ID, status: 'queued' });
  expect(JSON.parse(accepted.body)).toEqual({ status: 'ok', code: 0, error: {}, data: { status: 'ok', job_id: ID } });
  expect(accepted.status).toBe(200);
});

test.each<[Parameters<typeof failed>[0], object]>([
  [{ type: 'FUNCTION_ERROR', message: 'm', name: 'TypeError', stack: 's' }, { message: 'm', type: 'TypeError', stack: 's' }],
  [{ type: 'FUNCTION_ERROR', message: 'a text' }, { message: 'a text' }],
  [{ type: 'FUNCTION_TIMEOUT', message: 'm', limitMs: 1 }, { message: 'The call timed out. m', type: 'TimeoutError' }],
  [{ type: 'MEMORY_LIMIT', message: 'm' }, { message: 'm', type: 'MEMORY_LIMIT' }],
])('a failure of the function is 200 with code 1: %j', (error, expected) => {
  const { status, body } = door.reply(failed(error));
  expect([status, JSON.parse(body)]).toEqual([200, { code: 1, data: null, error: expected }]);
}); // prettier-ignore

test.each<[ErrorType, number]>([
  ['EXPIRED', 400],
  ['QUEUE_FULL', 400],
  ['WORKER_LOST', 400],
  ['FUNCTION_NOT_FOUND', 404],
  ['UNAUTHENTICATED', 401],
  ['FORBIDDEN', 403],
  ['RATE_LIMITED', 429],
  ['STORE_UNAVAILABLE', 503],
])('%s is HTTP %i with error_msg', (type, status) => {
  const refused = door.refuse(new Refusal(type, 'why', { retryAfterS: 2 }), request({}));
  expect([refused.status, JSON.parse(refused.body)]).toEqual([status, { status: 'error', error_msg: 'why' }]);
  expect(refused.headers['retry-after']).toBe('2');
  expect(door.reply(failed({ type, message: 'why' })).status).toBe(status);
});

test('debug tells what the run took and printed', () => {
  const log =
    '{"attempt":1,"time":"T1","level":"info","text":"a"}\n{"attempt":1,"time":"T2","level":"warn","text":"b"}\n';
  const details = { logs: log, runMs: 123.45678, peakRssMb: 2 };
  const ended = failed({ type: 'FUNCTION_ERROR', message: 'm' });
  const reply = new MinappDebugDoor().reply(ended, undefined, details);
  expect(JSON.parse(reply.body)).toEqual({
    code: 1, data: null, error: { message: 'm' },
    job_id: ID, execution_time: 123.457, billing_time: 200, mem_usage: 2_097_152, log: 'T1 INFO a\nT2 WARN b',
  }); // prettier-ignore
  expect(logText('')).toBe('');
});

const past = (n: number, more: Partial<PastCall> = {}): PastCall => ({
  requestID: `id-${n}`, status: 'succeeded', mode: 'sync', eventType: 'sdk', queuedAt: 1_000 * n, ...more,
}); // prettier-ignore

test('a page of jobs, with links that keep the filter', () => {
  const calls = [past(5), past(4, { mode: 'async', status: 'timedOut' }), past(3), past(2, { eventType: 'open_api' }), past(1)];
  const page = (query: Record<string, string>): any => jobPage(calls, readJobQuery(query), '/list/', 'http://api'); // eslint-disable-line @typescript-eslint/no-explicit-any
  expect(page({ limit: '2', source: 'sdk' })).toMatchObject({
    meta: { limit: 2, offset: 0, next: '/list/?limit=2&offset=2&source=sdk', previous: null, total_count: 4 },
    objects: [{ id: 'id-5' }, { id: 'id-4', status: 'deadline_exceeded', service_type: 'batch' }],
  });
  expect(page({ limit: '2', offset: '3' }).meta).toMatchObject({ next: null, previous: '/list/?limit=2&offset=1' });
  expect(page({ status: 'deadline_exceeded' }).meta.total_count).toBe(1);
  expect(page({ service_type: 'time_sensitive' }).objects[0]).toEqual({
    id: 'id-5', status: 'fulfilled', service_type: 'time_sensitive', source: 'sdk', created_at: 5, started_at: null,
    finished_at: null, mem_usage: 0, user_log_url: 'http://api/v1/invocations/id-5/logs',
  }); // prettier-ignore
}); // prettier-ignore

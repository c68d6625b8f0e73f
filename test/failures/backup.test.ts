/** A fleet is backed up under load and restored elsewhere, by the commands of docs/backup.md: what goes on, and what is lost. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { shellBlocksOf } from '../docs/shell-blocks';
import { freePort } from '../harness/free-port';
import type { HttpResponse } from '../harness/http';
import { startReceiver } from '../harness/receiver';
import { redisPrograms } from '../harness/redis-cli';
import { startRedis } from '../harness/redis-server';
import { scratchDir } from '../harness/scratch';
import { type Stack, startStack } from '../harness/stack';
import { Starts } from '../harness/starts';
import { until } from '../harness/until';
import { caseFunctions } from './case-functions';

const KEY = {
  id: 'ops',
  secret: 'ops-secret-0123456789abcdef',
  envs: ['default'],
  scopes: ['invoke', 'read', 'admin'],
};
const AUTHORIZATION = { authorization: `Bearer ${KEY.id}.${KEY.secret}` };
const LARGE_BYTES = 400_000;
const LIMIT_MS = 60_000;

const page = readFileSync(join(__dirname, '..', '..', 'docs', 'backup.md'), 'utf8');
const [backUp, restoreRedis, restoreRest, copyAppendOnly] = shellBlocksOf(page).map(({ code }) => code);
const programs = redisPrograms('backup and restore by the commands of docs/backup.md');
const withClient = programs === undefined ? describe.skip : describe;

/** Runs a block of the page, as somebody who pastes it has it. */
function run(block: string, env: Record<string, string>): void {
  const { status, stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', block], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${programs}:${process.env.PATH}`, ...env },
    timeout: LIMIT_MS,
  });
  if (status !== 0) throw new Error(`${block}\n${stdout}${stderr}`);
}

const get = (stack: Stack, path: string): Promise<HttpResponse> => stack.http.get(path, AUTHORIZATION);
const result = (stack: Stack, id: string): Promise<HttpResponse> => get(stack, `/v1/invocations/${id}/result?wait=20`);

async function submit(stack: Stack, name: string, body: object = {}, headers = {}): Promise<string> {
  const path = `/v1/functions/${name}/invocations`;
  const told = await stack.http.post(path, { sync: false, ...body }, { ...AUTHORIZATION, ...headers });
  if (told.status !== 202) throw new Error(`${name}: ${told.text}`);
  return told.body.requestID as string;
}

withClient('by the commands of docs/backup.md', () => {
  test('backed up under load and restored elsewhere: calls go on, and what came after the snapshot is gone', async () => {
    const starts = new Starts();
    const keysFile = join(scratchDir('keys'), 'keys.json');
    writeFileSync(keysFile, JSON.stringify({ keys: [KEY] }), { mode: 0o600 });
    const env = {
      INVOQ_KEYS_FILE: keysFile,
      INVOQ_SLOTS: 'sync=1,async=2,nested=0',
      INVOQ_CALLBACK_ALLOW: '127.0.0.1',
    };
    const main = (body: string): string => `exports.main = async (event, context) => { ${starts.statement()} ${body} }`;
    // A snapshot begins at once: no other replica is waited for.
    const primary = await startRedis({ config: { 'repl-diskless-sync-delay': 0 } });
    const first = await startStack({
      redis: primary,
      functions: {
        ...caseFunctions(starts),
        'large.js': main(`return 'x'.repeat(${LARGE_BYTES})`),
        'fails.js': main("throw new RangeError('on purpose')"),
        'ticks.js': main('return 1'),
      },
      env,
    });
    const receiver = await startReceiver({ answer: (response) => void response.writeHead(503).end() });

    const ended = await submit(first, 'adds', { data: { x: 1, y: 2 } }, { 'idempotency-key': 'before' });
    const large = await submit(first, 'large');
    const dead = await submit(first, 'fails', { data: { why: 'x' } });
    const told = await submit(first, 'adds', { data: { x: 2, y: 2 }, callback: { url: receiver.url } });
    await Promise.all([ended, large, dead, told].map((id) => result(first, id)));
    await receiver.hears(told);
    const tries = async (stack: Stack) =>
      (await get(stack, `/v1/invocations/${told}/deliveries`)).body.data.deliveries[0];
    await until('the failed try is recorded', async () => (await tries(first)).nextAt, LIMIT_MS);

    const running = await submit(first, 'staysFirst');
    await until('it runs', () => starts.read().some(({ requestID }) => requestID === running), LIMIT_MS);
    // Sync calls have a slot of their own; nobody hears the answer of this one.
    const body = { sync: true, timeoutMs: 5_000 };
    void first.http.post('/v1/functions/staysFirst/invocations', body, AUTHORIZATION).catch(() => undefined);
    const heldSync = await until(
      'a sync call runs',
      () => starts.read().find(({ requestID }) => ![ended, large, dead, told, running].includes(requestID))?.requestID,
      LIMIT_MS,
    );
    const waiting = await Promise.all(
      Array.from({ length: 16 }, (_, n) => submit(first, 'takes', { data: { ms: 300, n } })),
    );
    const delayed = await submit(first, 'adds', { data: { x: 3, y: 3 }, delayMs: 4_000 });
    const schedule = { function: 'ticks', cron: '*/2 * * * * *' };
    await first.http.request('/v1/schedules/ticks', { method: 'PUT', body: schedule, headers: AUTHORIZATION });

    // Calls come all the time, large results among them, while the backup is made.
    const loaded: string[] = [];
    let over = false;
    const load = (async () => {
      for (let n = 0; !over; n++) {
        loaded.push(await submit(first, n % 10 === 0 ? 'large' : 'adds', { data: { x: n, y: 1 } }));
        await sleep(20);
      }
    })();
    await until('some came', () => loaded.length > 20, LIMIT_MS);
    const backup = join(scratchDir('backup'), 'b');
    const before = [...loaded];
    const place = { REDIS_URL: first.redis.url, INVOQ_DATA: first.data, INVOQ_KEYS_FILE: keysFile, BACKUP: backup };
    run(backUp, place);
    run(copyAppendOnly, { ...place, REDIS_DATA: first.redis.dir });
    const [rewrites] = (await first.redis.client().config('GET', 'auto-aof-rewrite-percentage')).slice(1);
    expect(rewrites).toBe('100');
    const after = await Promise.all([1, 2, 3].map((x) => submit(first, 'adds', { data: { x, y: 1 } })));
    await Promise.all(after.map((id) => result(first, id)));
    over = true;
    await load;
    // The machine is gone.
    await Promise.all([...first.apis, ...first.workers].map(({ process }) => process.kill()));
    await first.redis.kill();
    receiver.answer = (response) => void response.writeHead(204).end();
    const [startsBefore, heardBefore] = [starts.read().length, receiver.of(told).length];

    const [port, dir, data] = [
      await freePort(),
      join(scratchDir('restored'), 'redis'),
      join(scratchDir('restored'), 'd'),
    ];
    const elsewhere = { BACKUP: backup, REDIS_DIR: dir, NEW_INVOQ_DATA: data };
    run(restoreRedis.replaceAll('6390', `${port}`), elsewhere);
    run(restoreRest, elsewhere);
    const redis = await startRedis({ dir, port });
    const second = await startStack({
      redis,
      workers: 0,
      functions: first.functions,
      env: { ...env, INVOQ_DATA: data, INVOQ_KEYS_FILE: join(data, 'keys.json') },
    });

    // An API alone shows all there is and does nothing: the schedule is due, its run waits, no callback is sent.
    expect((await get(second, `/v1/invocations/${running}`)).body.data.status).toMatch(/running|queued/);
    const ticks = async () => (await get(second, '/v1/invocations?function=ticks&status=queued')).body.data.invocations;
    await until('the schedule is due', async () => (await ticks()).length > 0, LIMIT_MS);
    expect([receiver.of(told).length, starts.read().length]).toEqual([heardBefore, startsBefore]);
    await second.addWorker();

    // What had ended is read, the large result from the copy of the blobs.
    expect((await result(second, ended)).body).toMatchObject({ code: 0, data: 3 });
    expect((await result(second, large)).body.data).toHaveLength(LARGE_BYTES);
    const letters = (await get(second, '/v1/functions/fails/dead-letters')).body.data.letters as {
      requestID: string;
    }[];
    expect(letters.map(({ requestID }) => requestID)).toEqual([dead]);
    expect((await get(second, `/v1/functions/fails/dead-letters/${dead}`)).body.data.data).toEqual({ why: 'x' });
    expect(
      await submit(second, 'adds', { data: { x: 1, y: 2 } }, { 'idempotency-key': 'before' }).catch(String),
    ).toContain(ended);

    // What waited goes on, and what ran is started again.
    for (const [n, id] of waiting.entries()) {
      expect((await until('it ends', async () => (await result(second, id)).body, LIMIT_MS)).data).toMatchObject({ n });
    }
    expect((await result(second, running)).body).toMatchObject({ code: 0, data: { attempt: 2 } });
    expect((await get(second, `/v1/invocations/${heldSync}`)).body.data.status).toMatch(/lost|timedOut/);
    expect((await result(second, delayed)).body).toMatchObject({ code: 0, data: 6 });
    for (const id of before) expect((await result(second, id)).body).toMatchObject({ code: 0 });

    // The callback that was to be sent is sent, by the same id, and signed by the same secret.
    await until('it is delivered', async () => (await tries(second)).state === 'delivered', LIMIT_MS);
    const heard = receiver.of(told);
    expect(new Set(heard.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(readFileSync(join(data, 'callback-secret'), 'utf8')).toBe(
      readFileSync(join(first.data, 'callback-secret'), 'utf8'),
    );
    const ticked = async () =>
      (await get(second, '/v1/invocations?function=ticks&status=succeeded')).body.data.invocations;
    await until('the schedule fires', async () => (await ticked()).length > 0, LIMIT_MS);

    // What came after the snapshot is unknown.
    for (const id of after) expect((await get(second, `/v1/invocations/${id}`)).status).toBe(404);
    const ranTwice = waiting.filter((id) => starts.read().filter(({ requestID }) => requestID === id).length > 1);
    expect(starts.read().length).toBeGreaterThan(startsBefore);
    process.stdout.write(
      `\n  backed up under load: ${before.length} of ${loaded.length} loaded calls before the snapshot, all ended after the restore;` +
        ` ${ranTwice.length} of ${waiting.length} waiting calls ran on both sides\n`,
    );
    await second.stop();
    await redis.stop();

    // The copy of the append-only file holds as much.
    const copied = join(scratchDir('copied'), 'redis');
    mkdirSync(copied);
    run('cp -a "$BACKUP/appendonlydir" "$REDIS_DIR/"', { BACKUP: backup, REDIS_DIR: copied });
    const third = await startRedis({ dir: copied });
    const store = third.client();
    const known = await Promise.all([...before, ended, large, running].map((id) => keysOf(store, id)));
    expect(known.filter((keys) => keys.length === 0)).toEqual([]);
    await third.stop();
  }, 180_000);
});

/** The record of a call, wherever it lies. */
async function keysOf(
  store: ReturnType<Awaited<ReturnType<typeof startRedis>>['client']>,
  id: string,
): Promise<string[]> {
  const partition = parseInt(id.slice(0, 2), 16) ^ parseInt(id.slice(-2), 16);
  const key = `{invoq:${partition}}:inv:${id}`;
  return (await store.exists(key)) === 1 ? [key] : [];
}

/** What is wrong with the Redis of a process, or with how it is told of it: one clear line at once, and no start. */
import { writeFileSync } from 'node:fs';
import { createServer, connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { spawnApp } from '../harness/app';
import { atEnd } from '../harness/at-end';
import { freePort } from '../harness/free-port';
import { type RedisServer, startRedis } from '../harness/redis-server';
import { scratchDir } from '../harness/scratch';
import { within } from '../harness/until';
import { writeFunctions } from '../harness/write-functions';

const LIMIT_MS = 30_000;
/** The wait for a Redis that is not there yet is 15 s; what is final must not take a part of it, on a busy machine either. */
const AT_ONCE_MS = 12_000;
const APPS = ['api', 'worker'] as const;

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis({ config: { requirepass: 'right' } });
}, 60_000);

const address = (tail = '', password = 'right'): string => `redis://:${password}@127.0.0.1:${redis.port}${tail}`;

/** Its lines without those of ordinary news, its exit code, and how long it took to end, ms. */
async function start(name: (typeof APPS)[number], env: Record<string, string>, args: string[] = []) {
  const from = Date.now();
  const functions = writeFunctions({ 'fine.js': 'exports.main = () => 1' });
  const child = spawnApp(name, { PORT: '0', INVOQ_FUNCTIONS: functions, INVOQ_DATA: scratchDir('data'), ...env }, args);
  const { code } = await within('its end', child.exited, LIMIT_MS);
  const lines = child.lines.filter((line) => !line.startsWith('{"level":"info"'));
  return { code, lines, ms: Date.now() - from };
}

/** Starts it, waits for a line, and ends it. */
async function received(name: (typeof APPS)[number], env: Record<string, string>, words: RegExp): Promise<string> {
  const functions = writeFunctions({ 'fine.js': 'exports.main = () => 1' });
  const child = spawnApp(name, { PORT: '0', INVOQ_FUNCTIONS: functions, INVOQ_DATA: scratchDir('data'), ...env });
  const line = await child.waitForLine(String(words), (each) => (words.test(each) ? each : undefined), LIMIT_MS);
  await child.stop(LIMIT_MS);
  return line;
}

describe.each(APPS)('%s', (name) => {
  test.each([
    ['a database that does not exist', '/99', 'right', /no such database: .*out of range/],
    ['a negative database', '/-1', 'right', /^invoq \w+: REDIS_URL=.*: must be redis:.*the db is a number/],
    ['a database that is a word', '/abc', 'right', /^invoq \w+: REDIS_URL=.*: must be redis:.*the db is a number/],
    [
      'an option',
      '/0?keyPrefix=staging:',
      'right',
      /^invoq \w+: REDIS_URL=.*: must be redis:.*no options after a "\?"/,
    ],
    ['a wrong password', '', 'wrong', /does not let us in: WRONGPASS/],
    ['a password that is missing', '', '', /does not let us in: NOAUTH/],
  ])('%s', async (_, tail, password, words) => {
    const { code, lines, ms } = await start(name, { REDIS_URL: address(tail, password) });
    expect(code).toBe(1);
    expect(lines).toEqual([expect.stringMatching(words)]);
    expect(lines[0]).not.toMatch(/right|wrong/);
    expect(ms).toBeLessThan(AT_ONCE_MS);
  });

  test('a Redis that is not there yet is waited for, and that is said', async () => {
    const { code, lines } = await start(name, { REDIS_URL: `redis://127.0.0.1:${await freePort()}` });
    expect(code).toBe(1);
    expect(lines).toEqual([
      expect.stringMatching(/"level":"warn".*Redis is not there yet \(connect ECONNREFUSED.*waiting/),
      expect.stringContaining('Redis did not answer within 15000 ms'),
    ]);
  });

  test('a version that is too old', async () => {
    const port = await olderThanItIs(redis.port);
    const { code, lines } = await start(name, { REDIS_URL: `redis://:right@127.0.0.1:${port}` });
    expect(code).toBe(1);
    expect(lines).toEqual([expect.stringMatching(/Redis 6\.\S+ is too old: version 7\.0 or newer is needed/)]);
  });

  test('a right that is missing', async () => {
    const narrow = await startRedis();
    await narrow.client().acl('SETUSER', 'invoq', 'on', '>right', '~*', '&*', '+@all', '-blmpop');
    const { code, lines } = await start(name, { REDIS_URL: `redis://invoq:right@127.0.0.1:${narrow.port}` });
    expect(code).toBe(1);
    expect(lines).toEqual([expect.stringMatching(/lacks a right: NOPERM .*blmpop.*docs\/operations\.md/)]);
  });

  test('no append-only file: a warning, or a refusal where it is required', async () => {
    const volatile = await startRedis({ config: { appendonly: 'no' } });
    await received(name, { REDIS_URL: volatile.url }, /"level":"warn".*no append-only file.*appendonly yes/);
    const { code, lines } = await start(name, { REDIS_URL: volatile.url, INVOQ_REQUIRE_AOF: 'true' });
    expect(code).toBe(1);
    expect(lines).toEqual([expect.stringMatching(/no append-only file.*appendonly yes/)]);
  });

  test('its address may come from a file, which is named when it cannot be read', async () => {
    const file = join(scratchDir('secrets'), 'redis-url');
    writeFileSync(file, `${address()}\n`);
    await received(name, { REDIS_URL_FILE: file }, /"listening"/);
    const missing = await start(name, { REDIS_URL_FILE: `${file}-not` });
    expect(missing.code).toBe(1);
    expect(missing.lines).toEqual([expect.stringMatching(/REDIS_URL_FILE=\/.*-not: cannot be read \(ENOENT\)/)]);
    const both = await start(name, { REDIS_URL_FILE: file, REDIS_URL: address() });
    expect(both.lines).toEqual([expect.stringMatching(/REDIS_URL_FILE=\/.*: and REDIS_URL are both given/)]);
  });
});

/** The same Redis, whose version is another one in what it says of itself. */
async function olderThanItIs(target: number): Promise<number> {
  const proxy = createServer((client) => {
    const server = connect(target, '127.0.0.1');
    client.pipe(server);
    server.on('data', (chunk: Buffer) => {
      client.write(Buffer.from(chunk.toString('latin1').replace(/(redis_version:)\d/, '$16'), 'latin1'));
    });
    for (const socket of [client, server]) {
      socket.on('error', () => undefined);
      socket.on('close', () => (client.destroy(), server.destroy()));
    }
  });
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
  atEnd(() => void proxy.close());
  return (proxy.address() as AddressInfo).port;
}

/** A primary, its replica, and Sentinels that promote the replica when the primary is gone. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { atEnd } from './at-end';
import { freePort } from './free-port';
import { LoggedProcess } from './logged-process';
import { type RedisServer, startRedis } from './redis-server';
import { scratchDir } from './scratch';
import { until } from './until';

const SENTINELS = 3;
const QUORUM = 2;
const READY_LIMIT_MS = 30_000;
/** How long a primary is silent before a Sentinel takes it for dead, ms. */
const DOWN_AFTER_MS = 1_500;
const MASTER = 'invoq';

export interface WatchedRedis {
  primary: RedisServer;
  replica: RedisServer;
  /** As REDIS_URL has it. */
  url: string;
}

/** Starts all of it, and resolves when the Sentinels know each other and the replica. It is ended with the suite. */
export async function startWatchedRedis(): Promise<WatchedRedis> {
  const primary = await startRedis();
  const replica = await startRedis({ config: { replicaof: `127.0.0.1 ${primary.port}` } });
  const ports: number[] = [];
  for (let i = 0; i < SENTINELS; i++) ports.push(await startSentinel(primary.port));
  const follower = replica.client();
  const follows = async (): Promise<boolean> => (await follower.info('replication')).includes('master_link_status:up');
  await until('the replica follows', follows, READY_LIMIT_MS);
  for (const port of ports) {
    const sentinel = sentinelClient(port);
    const knows = async (): Promise<boolean> =>
      (await sentinel.info('sentinel')).includes(`slaves=1,sentinels=${SENTINELS}`);
    await until('a Sentinel knows all others', knows, READY_LIMIT_MS);
  }
  const url = `redis+sentinel://${ports.map((port) => `127.0.0.1:${port}`).join(',')}/${MASTER}`;
  return { primary, replica, url };
}

async function startSentinel(primaryPort: number): Promise<number> {
  const port = await freePort();
  const file = join(scratchDir('sentinel'), 'sentinel.conf');
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `sentinel monitor ${MASTER} 127.0.0.1 ${primaryPort} ${QUORUM}`,
    `sentinel down-after-milliseconds ${MASTER} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${MASTER} 10000`,
  ];
  // A Sentinel keeps what it learns in its own settings.
  writeFileSync(file, `${lines.join('\n')}\n`);
  const program = process.env.INVOQ_TEST_REDIS_SERVER ?? 'redis-server';
  const sentinel = new LoggedProcess('sentinel', program, [file, '--sentinel'], { PATH: process.env.PATH });
  const watching = (line: string): true | undefined => (line.includes('+monitor master') ? true : undefined);
  await sentinel.waitForLine('it watches the primary', watching, READY_LIMIT_MS);
  return port;
}

function sentinelClient(port: number): Redis {
  const client = new Redis({ host: '127.0.0.1', port });
  client.on('error', () => undefined);
  atEnd(() => client.disconnect());
  return client;
}

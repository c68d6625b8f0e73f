/** A Redis of a rival's own: its own port and folder, and the durability that is stated for all: AOF, fsync each second. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../scripts/ports.mjs';
import { bringRedis } from '../scripts/redis.mjs';
import { plainEnvironment } from './processes.mjs';

export async function startRedis(name, { processes, dir }) {
  const port = await freePort();
  const folder = join(dir, `redis-${name}`);
  mkdirSync(folder);
  const settings = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    appendonly: 'yes',
    appendfsync: 'everysec',
    'maxmemory-policy': 'noeviction',
    save: '',
    daemonize: 'no',
  };
  const args = Object.entries(settings).flatMap(([key, value]) => [`--${key}`, String(value)]);
  const { pid } = await processes.start(`redis-${name}`, await bringRedis(), args, {
    env: plainEnvironment(),
    match: (line) => (line.includes('Ready to accept connections') ? true : undefined),
  });
  const url = `redis://127.0.0.1:${port}`;
  const client = new Redis(url, { retryStrategy: () => null });
  client.on('error', () => undefined);
  return { pid, url, port, client, commands: () => commandCounts(client) };
}

/** Commands run so far, by name, those inside of scripts too. Asking counts itself out. */
async function commandCounts(client) {
  const counts = {};
  for (const [, name, calls] of (await client.info('commandstats')).matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)) {
    if (name !== 'info') counts[name] = Number(calls);
  }
  return counts;
}

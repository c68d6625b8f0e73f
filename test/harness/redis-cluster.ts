/** A Redis Cluster of a test's own: real servers, each the primary of a share of the slots, none with a replica. */
import type { Redis } from 'ioredis';
import { freePort } from './free-port';
import { type RedisServer, startRedis } from './redis-server';
import { until } from './until';

const SLOTS = 16_384;
const READY_LIMIT_MS = 30_000;

export interface RedisCluster {
  nodes: RedisServer[];
  /** As REDIS_URL has it. */
  url: string;
  /** The node that holds a key. */
  nodeOf(key: string): Promise<RedisServer>;
}

/** Starts one, and resolves when every node knows that all slots are served. It is ended with the suite. */
export async function startRedisCluster(count = 3): Promise<RedisCluster> {
  const nodes: RedisServer[] = [];
  for (let i = 0; i < count; i++) nodes.push(await startNode());
  const clients = nodes.map((node) => node.client());
  const first = (i: number): number => Math.floor((i * SLOTS) / count);
  await Promise.all(clients.map((client, i) => client.cluster('ADDSLOTSRANGE', first(i), first(i + 1) - 1)));
  for (const { port, busPort } of nodes.slice(1).map(portsOf)) {
    await clients[0].call('CLUSTER', 'MEET', '127.0.0.1', port, busPort);
  }
  await until('the cluster stands', async () => (await Promise.all(clients.map(isWhole(count)))).every(Boolean), READY_LIMIT_MS); // prettier-ignore
  return {
    nodes,
    url: `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    async nodeOf(key) {
      // Of whoever answers: a test may have killed some.
      const slot = Number(await Promise.any(clients.map((client) => client.cluster('KEYSLOT', key))));
      return nodes[nodes.findIndex((_, i) => slot >= first(i) && slot < first(i + 1))];
    },
  };
}

async function startNode(): Promise<RedisServer> {
  const config = {
    'cluster-enabled': 'yes',
    // By default 10,000 beyond the port, which somebody may have.
    'cluster-port': await freePort(),
    'cluster-node-timeout': 5_000,
    // One node away is no reason for the others to refuse.
    'cluster-require-full-coverage': 'no',
  };
  return startRedis({ config });
}

function portsOf({ port, config }: RedisServer): { port: number; busPort: number } {
  return { port, busPort: Number(config['cluster-port']) };
}

function isWhole(count: number) {
  return async (client: Redis): Promise<boolean> => {
    const info = String(await client.cluster('INFO'));
    return info.includes('cluster_slots_ok:16384') && info.includes(`cluster_known_nodes:${count}\r`);
  };
}

/**
 * `invoq drain-here`: the worker of this host takes no more calls, and the command waits until it has nothing left to do. For
 * the preStop hook of a pod, which has one worker: unlike `invoq drain` it needs no key, but the worker's own Redis.
 */
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { bootstrap, StartError } from '@invoq/host/bootstrap';
import { setting, type SettingsOf } from '@invoq/host/read-settings';
import { duration } from '@invoq/host/setting-parsers';
import { connectPatient } from '@invoq/store/connection/connection';
import { REDIS_SETTINGS } from '@invoq/store/connection/redis-settings';
import { readTls } from '@invoq/store/connection/redis-tls';
import { FleetStore } from '@invoq/store/fleet/fleet-store';
import { setKeyPrefix } from '@invoq/store/keys/keys';
import { WorkerOrders } from '@invoq/store/operators/worker-orders';

const DAY_MS = 86_400_000;
const LOOK_MS = 250;

const SETTINGS = {
  ...REDIS_SETTINGS,
  waitMs: setting({ env: 'INVOQ_DRAIN_WAIT', flag: '--wait', default: 300_000, parse: duration(0, DAY_MS), doc: 'How long to wait; what still runs then is left to SIGTERM and its grace.' }),
}; // prettier-ignore

void bootstrap('drain-here', 'Drains the worker of this host, and waits until it is drained.', SETTINGS, run);

async function run(settings: SettingsOf<typeof SETTINGS>): Promise<void> {
  setKeyPrefix(settings.redisPrefix);
  const tls = readTls(settings);
  if (typeof tls === 'string') throw new StartError(tls);
  const endsAt = performance.now() + settings.waitMs;
  const redis = connectPatient(settings.redisUrl, { name: 'invoq-drain-here', tls });
  try {
    // Redis may be away for longer than anybody waits.
    await Promise.race([drain(), sleep(settings.waitMs, undefined, { ref: false })]);
  } finally {
    redis.disconnect();
  }

  async function drain(): Promise<void> {
    const orders = new WorkerOrders(redis);
    const living = await new FleetStore(redis).living();
    const here = living.filter(({ member }) => member.app === 'worker' && member.host === hostname());
    for (const { member } of here) await orders.give(member.id, 'drain');
    for (const { member } of here) {
      while (performance.now() < endsAt && !(await isDone(orders, member.id))) await sleep(LOOK_MS);
    }
  }
}

async function isDone(orders: WorkerOrders, worker: string): Promise<boolean> {
  const member = await orders.member(worker);
  return member === undefined || member.state === 'drained';
}

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
import { finalFaultLine, isFinal } from '@invoq/store/connection/connection-error';
import { readTls } from '@invoq/store/connection/redis-tls';
import { FleetStore } from '@invoq/store/fleet/fleet-store';
import { setKeyPrefix } from '@invoq/store/keys/keys';
import { WorkerOrders } from '@invoq/store/operators/worker-orders';

const DAY_MS = 86_400_000;
const CHECK_MS = 250;

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
    const left = await Promise.race([drain(), sleep(settings.waitMs, 'Redis did not answer in time', { ref: false })]);
    if (left !== undefined) process.stderr.write(`drain-here: ${left}.\n`);
  } catch (error) {
    if (error instanceof Error && isFinal(error)) throw new StartError(finalFaultLine(error));
    throw error;
  } finally {
    redis.disconnect();
  }

  /** Answers why it is not drained, when it is not. */
  async function drain(): Promise<string | undefined> {
    const orders = new WorkerOrders(redis);
    const living = await new FleetStore(redis).living();
    const here = living.filter(({ member }) => member.app === 'worker' && member.host === hostname());
    if (here.length === 0) return `no worker of this host (${hostname()}) lives in this Redis: nothing to drain`;
    for (const { member } of here) await orders.give(member.id, 'drain');
    for (const { member } of here) {
      while (!(await isDone(orders, member.id))) {
        if (performance.now() >= endsAt) return `${member.id} still runs calls; SIGTERM and its grace end them`;
        await sleep(CHECK_MS);
      }
    }
    return undefined;
  }
}

async function isDone(orders: WorkerOrders, worker: string): Promise<boolean> {
  const member = await orders.member(worker);
  return member === undefined || member.state === 'drained';
}

/** How this worker describes itself to the fleet, and how busy it is. */
import { hostname } from 'node:os';
import { fingerprintOf } from '@invoq/callbacks/signature';
import type { MemberLoad } from '@invoq/contract/member';
import type { Executor } from '@invoq/executor/executor';
import { releaseOf } from '@invoq/host/release';
import type { Identity } from '@invoq/store/fleet/fleet-member';
import type { LaneRunner } from './lane-runner';
import type { WorkerSettings } from './settings';

export function identityOf(id: string, settings: WorkerSettings): Identity {
  const { queues, slots, partitions, syncCarrier, format, callbackSecrets: secrets } = settings;
  return {
    id,
    app: 'worker',
    host: hostname(),
    pid: process.pid,
    release: releaseOf(),
    format,
    queues,
    slots,
    wanted: 'take',
    settings: { INVOQ_PARTITIONS: String(partitions), INVOQ_SYNC_LANE: syncCarrier },
    // One that was made here is told of when it signs; see callbacks/peers.ts.
    secrets: secrets === undefined ? {} : { INVOQ_CALLBACK_SECRET: secrets.map(fingerprintOf) },
  };
}

export function loadOf(lanes: LaneRunner, executor: Executor): MemberLoad {
  const busy = lanes.usage().filter((lane) => lane.busy > 0);
  return {
    busy: busy.map(({ queue, lane, busy }) => ({ queue, lane, busy })),
    sandboxes: Object.values<number>({ ...executor.stats() }).reduce((sum, count) => sum + count, 0),
    memoryMb: Math.round(process.memoryUsage.rss() / 1_048_576),
  };
}

/** Redis, for every feature: the connections, the membership of this process in the fleet, and the stores that many need. */
import { PackedRecords } from '@invoq/store/record/packed-records';
import { Global, Module } from '@nestjs/common';
import type { MemberLoad } from '@invoq/contract/member';
import { RegistryCache } from '@invoq/functions/registry-cache';
import { StartError } from '@invoq/host/bootstrap';
import { InvocationQueue } from '@invoq/queue/invocation-queue';
import { FleetMember, FormatError } from '@invoq/store/fleet/fleet-member';
import { FleetStore } from '@invoq/store/fleet/fleet-store';
import { FunctionStore } from '@invoq/store/fleet/function-store';
import { InvocationStore } from '@invoq/store/invocation-store';
import { tagOf } from '@invoq/store/keys/keys';
import { RecordReader } from '@invoq/store/record/record-reader';
import { StatsWriter } from '@invoq/store/stats/stats-writer';
import { Activity } from '@invoq/store/background/activity';
import { ClusterLock } from '@invoq/store/background/cluster-lock';
import { connect } from './connections';
import { identityOf } from './identity';
import { made } from './made';
import { CONNECTIONS, LOG, REDIS, SETTINGS } from './tokens';

const STORES = [
  made(FleetStore, [REDIS], (redis) => new FleetStore(redis)),
  made(FunctionStore, [REDIS], (redis) => new FunctionStore(redis)),
  made(RegistryCache, [FunctionStore], (functions) => new RegistryCache(functions)),
  made(RecordReader, [REDIS], (redis) => new RecordReader(redis)),
  made(
    StatsWriter,
    [REDIS, CONNECTIONS, SETTINGS],
    (redis, { id: who, onError }, { statsMs: everyMs }) => new StatsWriter(redis, { who, everyMs, onError }),
  ),
  made(
    InvocationStore,
    [REDIS, FleetMember, StatsWriter],
    (redis, fleet, { count }) => new InvocationStore(redis, () => fleet.format(), count),
  ),
  made(Activity, [REDIS, FleetMember], (redis, fleet) => new Activity(redis, { allNote: () => fleet.allNote })),
  made(ClusterLock, [REDIS], (redis) => new ClusterLock(redis)),
  made(
    InvocationQueue,
    [REDIS, SETTINGS, CONNECTIONS],
    (redis, { syncCarrier }, { onError }) => new InvocationQueue(redis, tagOf, syncCarrier, onError),
  ),
];

@Global()
@Module({
  providers: [
    made(CONNECTIONS, [SETTINGS, LOG], connect),
    made(REDIS, [CONNECTIONS], ({ redis }) => redis),
    made(FleetMember, [FleetStore, REDIS, SETTINGS, CONNECTIONS], async (store, redis, settings, { id, onError }) => {
      const rewrite = (): Promise<unknown> => new PackedRecords(redis).unpackAll();
      return joined(new FleetMember(store, identityOf(id, settings), { load: loadOfProcess, rewrite, onError }));
    }),
    ...STORES,
  ],
  exports: [CONNECTIONS, REDIS, FleetMember, ...STORES],
})
export class StoreModule {}

/** Before anything is taken or written: data of another format must not be touched. */
async function joined(fleet: FleetMember): Promise<FleetMember> {
  await fleet.join().catch((error: unknown) => {
    throw error instanceof FormatError ? new StartError(error.message) : error;
  });
  fleet.start();
  return fleet;
}

function loadOfProcess(): MemberLoad {
  return { memoryMb: Math.round(process.memoryUsage.rss() / 1_048_576) };
}

/** From what was measured to the units that a plan is made with. */
import { BIG_KB } from './calls.mjs';
import { cheapest } from './ledger.mjs';

const KB = 1_024;
const MB = KB * KB;

export function unitsOf({ machine, records, compact, calls, idle, running }) {
  const [none, some] = running;
  const more = (of) => Math.max(0, of(cheapest(some.rounds)) - of(cheapest(none.rounds))) / some.running;
  const [one, , most] = idle;
  const aPartition = (of) => Math.max(0, of(most.costs) - of(one.costs)) / (most.partitions - one.partitions);
  const aKb = (of) => Math.max(0, of(calls.syncBig) - of(calls.syncLoad)) / BIG_KB;
  const { own, children } = some.memory;
  return {
    measured: {
      date: machine.date,
      machine: `${machine.machine}, ${machine.cores} cores`,
      node: machine.node,
      redis: machine.redis,
    },
    callUs: Object.fromEntries(
      ['syncLoad', 'syncAlone', 'asyncLoad', 'asyncAlone', 'read'].map((name) => [
        name,
        roles((role) => calls[name].cpuUs[role]),
      ]),
    ),
    kbUs: roles((role) => aKb(({ cpuUs }) => cpuUs[role])),
    idleUs: roles((role) => one.costs.cpuUs[role]),
    partitionUs: roles((role) => aPartition(({ cpuUs }) => cpuUs[role])),
    runningUs: roles((role) => more(({ cpuUs }) => cpuUs[role])),
    commands: {
      sync: rounded(calls.syncLoad.commands),
      async: rounded(calls.asyncLoad.commands),
      idle: rounded(one.costs.commands),
      partition: rounded(aPartition(({ commands }) => commands)),
      running: rounded(more(({ commands }) => commands)),
    },
    callBytes: {
      syncAof: rounded(calls.syncLoad.aofBytes),
      asyncAof: rounded(calls.asyncLoad.aofBytes),
      syncRedis: rounded(calls.syncLoad.redisBytes),
      asyncRedis: rounded(calls.asyncLoad.redisBytes),
      http: rounded(calls.syncAlone.httpBytes),
    },
    byteFactors: {
      aof: rounded((calls.asyncBig.aofBytes - calls.asyncLoad.aofBytes) / BIG_KB / KB / 2),
      redis: rounded((calls.asyncBig.redisBytes - calls.asyncLoad.redisBytes) / BIG_KB / KB / 2),
    },
    recordBytes: Object.fromEntries(Object.entries(records).map(([name, bytes]) => [name, rounded(bytes)])),
    compactBytes: Object.fromEntries(
      ['waiting', 'sync', 'async', 'dead'].map((name) => [name, rounded(compact[name])]),
    ),
    processMb: {
      api: rounded(one.memory.api.own.rss / MB),
      worker: rounded(own.rss / MB),
      sandbox: rounded(children.reduce((sum, { rss }) => sum + rss, 0) / children.length / MB),
      sandboxOwn: rounded(children.reduce((sum, { pss }) => sum + pss, 0) / children.length / MB),
    },
  };
}

function roles(of) {
  return Object.fromEntries(['api', 'worker', 'sandboxes', 'redis'].map((role) => [role, rounded(of(role))]));
}

/** As exactly as it was measured: three digits at most. */
function rounded(value) {
  return Number(value.toPrecision(value >= 100 ? 3 : 2));
}

/** Redis for a load: memory by what is kept, disk, and into how many primaries it has to be divided. */
import { ratesOf } from './calls-cost';
import { bytesText, coresText, shown } from './figures';
import { COMPACT_BYTES, INLINE_BYTES, type Load } from './load';
import type { Sum, Units } from './sizing-plan';

/** Data of `maxmemory`: the rest is for fragmentation, buffers, and the limit from which calls are refused. */
const FULL = 0.7;
/** A primary with more takes minutes to read its file at a start, and to copy itself to a replica. */
const MOST_BYTES = 24 * 1_024 ** 3;
/** An AOF is rewritten when it has doubled, and the new one stands beside it: three times the data. */
const AOF_COPIES = 3;
const LEAST_AOF_BYTES = 64 * 1_024 ** 2;
/** Of its one thread. */
const BUSY = 0.6;
/** Chance decides which primary gets which partition. */
const PARTITIONS_EACH = 4;
const LEAST_CLUSTER = 3;
const MOST_PARTITIONS = 256;
const US = 1_000_000;

export function redisMemory(load: Load, running: number, units: Units, sum: Sum) {
  const rates = ratesOf(load);
  const { recordBytes } = units;
  const ended = sizesFor(load, load.keepsData ? Math.max(load.dataBytes, load.resultBytes) : load.resultBytes, units);
  const isInline = load.resultBytes <= INLINE_BYTES;
  const extra =
    (isInline ? load.resultBytes * recordBytes.resultByte : 0) +
    load.logLines * recordBytes.logLine +
    (load.keepsData ? load.dataBytes * recordBytes.dataByte : 0);
  const kept = (name: 'sync' | 'async', keepMs: number): number =>
    sum.add(
      `${name} records`,
      ((rates[name] * keepMs) / 1_000) * (ended[name] + extra),
      'bytes',
      `${shown(rates[name])} calls/s × ${shown(keepMs / 1_000)} s × (${shown(ended[name])} + ${shown(extra)}) bytes`,
    );
  const each = sizesFor(load, load.dataBytes, units).waiting + load.dataBytes * recordBytes.waitingByte;
  const records = kept('sync', load.keepSyncMs) + kept('async', load.keepAsyncMs);
  const open = load.waiting + running;
  const how = `(${shown(load.waiting)} that wait + ${shown(running)} that run) × ${shown(each)} bytes`;
  const data = records + sum.add('open calls', open * each, 'bytes', how);
  const files = (rates.sync * load.keepSyncMs + rates.async * load.keepAsyncMs) / 1_000;
  return {
    data,
    maxmemory: sum.add('maxmemory, all primaries', data / FULL, 'bytes', `${bytesText(data)} ÷ ${FULL}`),
    disk: sum.add(
      'disk of Redis',
      AOF_COPIES * (data + LEAST_AOF_BYTES),
      'bytes',
      `${AOF_COPIES} × (${bytesText(data)} + ${bytesText(LEAST_AOF_BYTES)}): the AOF doubles, and is rewritten beside`,
    ),
    blobs: isInline ? 0 : files * load.resultBytes,
  };
}

/** `largest`: what a record carries, bytes; one long value makes all of a record as large as ever. */
function sizesFor(load: Load, largest: number, { recordBytes, compactBytes }: Units): Units['compactBytes'] {
  return load.isCompact && largest <= COMPACT_BYTES ? compactBytes : recordBytes;
}

/** More primaries have more partitions, which cost something themselves: until both agree. */
export function redisPrimaries(
  load: Load,
  callsUs: number,
  maxmemory: number,
  workers: number,
  units: Units,
  sum: Sum,
) {
  const forMemory = Math.ceil(maxmemory / MOST_BYTES);
  let primaries = 1;
  let partitions = 1;
  let us = callsUs;
  for (;;) {
    partitions = load.partitions ?? (primaries === 1 ? 1 : Math.min(MOST_PARTITIONS, PARTITIONS_EACH * primaries));
    us = callsUs + units.idleUs.redis + (partitions - 1) * workers * units.partitionUs.redis;
    const wanted = inCluster(Math.max(Math.ceil(us / US / BUSY), forMemory));
    if (wanted <= primaries || partitions === MOST_PARTITIONS) break;
    primaries = wanted;
  }
  const idle = `idle ${coresText(units.idleUs.redis)} + ${partitions - 1} more partitions × ${workers} workers × ${units.partitionUs.redis} µs`;
  sum.add('CPU: all of Redis', us / US, 'cores', `calls ${coresText(callsUs)} + ${idle}`);
  sum.add(
    'Redis primaries',
    primaries,
    '',
    `${coresText(us)} ÷ ${BUSY} of a thread each; ${forMemory} for ${bytesText(maxmemory)} in parts of ${bytesText(MOST_BYTES)}; a cluster has at least ${LEAST_CLUSTER}`,
  );
  sum.add('partitions', partitions, '', primaries === 1 ? 'one Redis' : `at least ${PARTITIONS_EACH} a primary`);
  return { us, primaries, partitions };
}

function inCluster(primaries: number): number {
  return primaries === 1 ? 1 : Math.max(LEAST_CLUSTER, primaries);
}

/** CPU and traffic of the calls of a load, and how many of them run at a time. */
import { coresText, shown } from './figures';
import { INLINE_BYTES, type Load } from './load';
import type { Sum, Units } from './sizing-plan';

export type Roles = Units['kbUs'];

export interface Rates {
  sync: number;
  async: number;
}

/** Of the slots of sync calls: a call that finds none waits. */
const BUSY_SYNC = 0.6;
/** Of those of async calls, which may wait. */
const BUSY_ASYNC = 0.8;
/** Up to here calls share nothing, so each costs as much as one that is alone. */
const ALONE_RATE = 100;
const KB = 1_024;
const US = 1_000_000;
const NAMES: Record<keyof Roles, string> = { api: 'API', worker: 'workers', sandboxes: 'sandboxes', redis: 'Redis' };

export function ratesOf({ rate, syncShare }: Load): Rates {
  return { sync: rate * syncShare, async: rate * (1 - syncShare) };
}

export function runningOf(load: Load, rates: Rates, sum: Sum): { all: number; slots: Rates } {
  const seconds = load.runMs / 1_000;
  const [sync, async] = [rates.sync * seconds, rates.async * seconds];
  const all = sum.add('running calls', sync + async, '', `${shown(load.rate)} calls/s × ${shown(seconds)} s`);
  const slots = {
    sync: sum.add(
      'sync slots',
      Math.ceil(Math.max(sync / BUSY_SYNC, sync + 3 * Math.sqrt(sync))),
      '',
      `${shown(sync)} running ÷ ${BUSY_SYNC}; at least ${shown(sync)} + 3 × √${shown(sync)}, as calls come together`,
    ),
    async: sum.add('async slots', Math.ceil(async / BUSY_ASYNC), '', `${shown(async)} running ÷ ${BUSY_ASYNC}`),
  };
  return { all, slots };
}

/** CPU of a role, µs a second. No rate costs less than a lower one. */
export function cpuOf(role: keyof Roles, load: Load, running: number, units: Units, sum: Sum): number {
  const rates = ratesOf(load);
  const { callUs, kbUs, runningUs } = units;
  const kb = (Math.min(load.dataBytes, INLINE_BYTES) + Math.min(load.resultBytes, INLINE_BYTES)) / 2 / KB;
  const reads = rates.async * load.reads;
  const sync = kindUs(rates.sync, callUs.syncLoad[role], callUs.syncAlone[role]);
  const async = kindUs(rates.async, callUs.asyncLoad[role], callUs.asyncAlone[role]);
  const us = sync.us + async.us + load.rate * kb * kbUs[role] + reads * callUs.read[role] + running * runningUs[role];
  sum.add(
    `CPU: ${NAMES[role]}`,
    us / US,
    'cores',
    `sync ${sync.how} + async ${async.how} + ${shown(load.rate)} × ${shown(kb)} KB × ${kbUs[role]}` +
      ` + ${shown(reads)} reads × ${callUs.read[role]} + ${shown(running)} running × ${runningUs[role]} µs`,
  );
  return us;
}

function kindUs(rate: number, loaded: number, alone: number): { us: number; how: string } {
  const [together, apart] = [rate * loaded, Math.min(rate, ALONE_RATE) * alone];
  if (together > apart) return { us: together, how: `${shown(rate)} × ${loaded}` };
  return { us: apart, how: `${shown(Math.min(rate, ALONE_RATE))} × ${alone}` };
}

/** Bytes a second. */
export function trafficOf(load: Load, units: Units, sum: Sum) {
  const rates = ratesOf(load);
  const carried = load.dataBytes + Math.min(load.resultBytes, INLINE_BYTES);
  const { callBytes, byteFactors } = units;
  const perSecond = (what: string, sync: number, async: number, factor: number): number =>
    sum.add(
      what,
      rates.sync * sync + rates.async * async + load.rate * carried * factor,
      'bytes/s',
      `sync ${shown(rates.sync)} × ${shown(sync)} + async ${shown(rates.async)} × ${shown(async)} + ${shown(load.rate)} × ${shown(carried)} carried × ${factor}`,
    );
  return {
    httpBytes: perSecond('HTTP', callBytes.http, callBytes.http * (1 + load.reads), 1),
    redisNetworkBytes: perSecond('to and from Redis', callBytes.syncRedis, callBytes.asyncRedis, byteFactors.redis),
    aofBytes: perSecond('to the AOF', callBytes.syncAof, callBytes.asyncAof, byteFactors.aof),
  };
}

export function functionsCpu(load: Load, sum: Sum): number {
  const us = load.rate * load.functionCpuMs * 1_000;
  sum.add(
    'CPU: functions',
    us / US,
    'cores',
    `${shown(load.rate)} calls/s × ${shown(load.functionCpuMs)} ms = ${coresText(us)}`,
  );
  return us;
}

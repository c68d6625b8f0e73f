/** The units as the table of docs/sizing.md. */
import { markdown } from '../table.mjs';

export const START = '<!-- units: written by `node bench/units.mjs` -->';
export const END = '<!-- end of units -->';

const ROLES = ['api', 'worker', 'sandboxes', 'redis'];

export function unitsTable({ measured, callUs, kbUs, idleUs, partitionUs, runningUs, commands, ...units }) {
  const cpu = (what, us, count = '') => [
    what,
    ...ROLES.map((role) => figure(us[role])),
    figure(sum(us)),
    figure(count),
  ];
  const { recordBytes, compactBytes, callBytes, byteFactors, processMb } = units;
  const { date, machine, node, redis } = measured;
  return [
    `Measured ${date}: ${machine}; Node ${node}, Redis ${redis}.`,
    markdown([
      ['CPU time, µs', 'API', 'worker', 'sandboxes', 'Redis', 'all', 'Redis commands'],
      cpu('a sync call, 64 at a time', callUs.syncLoad, commands.sync),
      cpu('a sync call, 50 a second', callUs.syncAlone),
      cpu('an async call, 64 at a time', callUs.asyncLoad, commands.async),
      cpu('an async call, 50 a second', callUs.asyncAlone),
      cpu('reading a record', callUs.read),
      cpu('each KB of data with a KB of result', kbUs),
      cpu('a running call, a second', runningUs, commands.running),
      cpu('an idle API and worker, a second', idleUs, commands.idle),
      cpu('each more partition, a second', partitionUs, commands.partition),
    ]),
    markdown([
      ['bytes', 'sync call', 'async call', 'each byte of data or result'],
      ['to the AOF', figure(callBytes.syncAof), figure(callBytes.asyncAof), figure(byteFactors.aof)],
      ['to and from Redis', figure(callBytes.syncRedis), figure(callBytes.asyncRedis), figure(byteFactors.redis)],
      ['of HTTP, both ways', figure(callBytes.http), figure(callBytes.http), '1'],
    ]),
    markdown([
      ['memory of Redis', 'bytes', 'with `hash-max-listpack-value 1024`'],
      ...[
        ['a call that waits', 'waiting'],
        ['record of a sync call', 'sync'],
        ['record of an async call', 'async'],
        ['a dead letter with its record', 'dead'],
        ['each byte of data that waits', 'waitingByte'],
        ['each byte of data that is kept', 'dataByte'],
        ['each byte of result', 'resultByte'],
        ['a line of log', 'logLine'],
      ].map(([what, name]) => [what, figure(recordBytes[name]), figure(compactBytes[name] ?? recordBytes[name])]),
    ]),
    markdown([
      ['memory of a process', 'MB'],
      ['API', figure(processMb.api)],
      ['worker', figure(processMb.worker)],
      ['sandbox, before what its function needs', figure(processMb.sandboxOwn)],
      ['the same, with the pages that all sandboxes share', figure(processMb.sandbox)],
    ]),
  ].join('\n\n');
}

function figure(value) {
  return typeof value === 'number' ? value.toLocaleString('en') : value;
}

function sum(us) {
  return ROLES.reduce((total, role) => total + us[role], 0);
}

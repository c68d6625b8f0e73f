/** How many calls ended, how, and how long they waited and ran. */
import type { Stats } from '@invoq/contract/operations/stats';
import type { ReadOptions } from '../call-options';
import type { Wire } from '../wire';
import { ask, queryOf, timeText } from './operate';

/** `env`: calls of this env. By default those of all envs that the key may see, and of one `function` those in the client's env. */
export interface StatsOptions extends ReadOptions {
  /** Of this function alone. */
  function?: string;
  /** By default the last hour. */
  from?: Date | string | number;
  to?: Date | string | number;
  /** Of each point, ms or such as `1m`, `1h`; by default the shortest that is kept for `from`. */
  step?: string | number;
  /** Tells of each function too. */
  by?: 'function';
  /** With `by`: as many functions, 20 by default, 500 at most. */
  limit?: number;
}

export function stats(wire: Wire, options: StatsOptions): Promise<Stats> {
  const { signal, env, from, to, function: name, step, by, limit } = options;
  const query = queryOf({ function: name, env, from: timeText(from), to: timeText(to), step, by, limit });
  return ask(wire, `/v1/stats${query}`, { signal, env });
}

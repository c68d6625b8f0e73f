/** How calls went over time. */
import type { Stats } from '@invoq/contract/operations/stats';
import type { ReadOptions } from '../call-options';
import type { Wire } from '../wire';
import { ask, queryOf, timeText } from './operate';

export interface StatsOptions extends ReadOptions {
  /** Of one function; by default of all of the env, or of all envs for a key that opens them all. */
  function?: string;
  /** The last hour by default. */
  from?: Date | string | number;
  to?: Date | string | number;
  /** ms: a whole number of minutes or hours. By default one that gives 60 points or so. */
  step?: number;
  /** One series for each function. */
  by?: 'function';
}

export class StatsReader {
  constructor(private readonly wire: Wire) {}

  read({ function: name, from, to, step, by, ...options }: StatsOptions = {}): Promise<Stats> {
    const query = queryOf({ function: name, from: timeText(from), to: timeText(to), step, by });
    return ask(this.wire, `/v1/stats${query}`, options);
  }
}

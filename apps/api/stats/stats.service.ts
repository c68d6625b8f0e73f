/** Tells how many calls ended, how, and how long they waited and ran: in the envs that the caller may see. */
import type { FunctionStats, Stats } from '@invoq/contract/operations/stats';
import { invalid, Refusal } from '@invoq/contract/refusal';
import { type Range, rangeOf, startsOf } from '@invoq/policy/stats/range';
import { startOf } from '@invoq/policy/stats/resolutions';
import { EVERY, othersName, readName, sumName } from '@invoq/policy/stats/tallies';
import { addTally, emptyTally, readTally, type Tally } from '@invoq/policy/stats/tally';
import type { StatsReader } from '@invoq/store/stats/stats-reader';
import { fromStore } from '@invoq/store/connection/store-error';
import type { Caller } from '../auth/caller';
import { functionLimitOf, rangeQueryOf, type StatsDto } from './stats-query.dto';

/** Whose calls are counted; undefined: those of all. */
interface Whose {
  env?: string;
  function?: string;
}

export class StatsService {
  constructor(private readonly reader: StatsReader) {}

  /** Refuses with INVALID_REQUEST, and with FORBIDDEN an env that is not the caller's. */
  async stats(caller: Caller, query: StatsDto): Promise<Stats> {
    const whose = whoseOf(caller, query);
    const rangeQuery = rangeQueryOf(query);
    for (const field of ['from', 'to'] as const)
      if (Number.isNaN(rangeQuery[field])) throw invalid(field, 'must be a time that there is');
    const range = rangeOf(rangeQuery, await fromStore(this.reader.now()));
    if ('field' in range) throw invalid(range.field, range.rule);
    const { points, others } = await this.points(range, whose);
    const functions = query.by && (await this.functions(range, whose, functionLimitOf(query)));
    return {
      from: iso(range.from),
      to: iso(range.to),
      stepMs: range.stepMs,
      env: whose.env ?? null,
      function: whose.function ?? null,
      points: points.map((tally, i) => ({ at: iso(range.from + i * range.stepMs), ...readTally(tally) })),
      totals: readTally(sumOf(points)),
      ...(functions ? { functions } : {}),
      others: readTally(others),
    };
  }

  private async points(range: Range, whose: Whose): Promise<{ points: Tally[]; others: Tally }> {
    const starts = startsOf(range);
    const names = [sumName(whose.env, whose.function), othersName(whose.env)];
    const buckets = await fromStore(this.reader.named(range.resolution.stepMs, starts, names));
    const points = Array.from({ length: (range.to - range.from) / range.stepMs }, emptyTally);
    const others = emptyTally();
    buckets.forEach(([tally, rest], i) => {
      const point = points[(startOf(starts[i], range.stepMs) - range.from) / range.stepMs];
      if (tally) addTally(point, tally);
      if (rest) addTally(others, rest);
    });
    return { points, others };
  }

  /** The most called first. */
  private async functions(range: Range, { env }: Whose, limit: number): Promise<FunctionStats[]> {
    const sums = new Map<string, Tally>();
    await fromStore(
      this.reader.each(range.resolution.stepMs, startsOf(range), (name, tally) => {
        const of = readName(name);
        if (of === undefined || (env !== undefined && of.env !== env)) return;
        const sum = sums.get(name) ?? emptyTally();
        addTally(sum, tally);
        sums.set(name, sum);
      }),
    );
    return [...sums]
      .map(([name, tally]) => ({ ...readName(name)!, ...readTally(tally) }))
      .sort((a, b) => b.calls.total - a.calls.total || (a.function < b.function ? -1 : 1))
      .slice(0, limit);
  }
}

function whoseOf(caller: Caller, { env, function: name, by }: StatsDto): Whose {
  if (by && name !== undefined) throw invalid('by', 'is not for one function: leave out "function", or "by"');
  if (env === EVERY && name !== undefined) throw invalid('env', 'must be one env for one function');
  if (!caller.everyEnv && env !== undefined && env !== caller.env)
    throw new Refusal('FORBIDDEN', `This key sees the calls of env "${caller.env}" alone.`);
  if (env !== undefined) return { env: env === EVERY ? undefined : env, function: name };
  return { env: caller.everyEnv && name === undefined ? undefined : caller.env, function: name };
}

function sumOf(tallies: Tally[]): Tally {
  const sum = emptyTally();
  for (const tally of tallies) addTally(sum, tally);
  return sum;
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

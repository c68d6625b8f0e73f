/** What workers serve, as the scripts know it; see `lane.lua`. */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { readyKey, servesKey } from '../keys/keys';
import type { LaneRef } from '../keys/lane-ref';
import { type ScriptedRedis, withScripts } from '../scripts/scripts';

/** What one worker serves. Workers that serve the same have the same digest. */
export interface Serving {
  readonly digest: string;
  /** `<env>:<function>`: those that it can run. */
  readonly whole: ReadonlySet<string>;
  /** Those that it has and cannot load: it is given their calls when no other worker has them whole. */
  readonly broken: ReadonlySet<string>;
}

/** How long it is known what a silent worker serves, ms: Redis may be away for a while. */
const KEEP_MS = 3_600_000;
/** The bell of a kind of worker that has been silent for so long is not rung any more, ms. */
export const FORGET_MS = KEEP_MS;
/** So that the set of a worker that serves nothing is there too. */
const NOTHING = '-';

export function servingOf(whole: Iterable<string>, broken: Iterable<string>): Serving {
  const [wholeOnes, brokenOnes] = [new Set(whole), new Set(broken)];
  for (const name of wholeOnes) brokenOnes.delete(name);
  const hash = createHash('sha256');
  for (const member of membersOf({ whole: wholeOnes, broken: brokenOnes }).sort()) hash.update(`${member}\n`);
  return { digest: hash.digest('base64url').slice(0, 22), whole: wholeOnes, broken: brokenOnes };
}

/** The name of a function among what is served, and of its ready queue. */
export function servedName(env: string, name: string): string {
  return `${env}:${name}`;
}

function membersOf({ whole, broken }: Pick<Serving, 'whole' | 'broken'>): string[] {
  return [NOTHING, ...whole, ...[...broken].map((name) => `!${name}`)];
}

export class ServingStore {
  private readonly redis: ScriptedRedis;

  /** `worker`: who says it. */
  constructor(
    redis: Redis,
    private readonly worker: string,
  ) {
    this.redis = withScripts(redis);
  }

  /**
   * Says that the worker takes calls of these lanes and serves this; to be said again well within `FORGET_MS`. `before`: the
   * digest of what it served until now.
   */
  async announce(partition: number, places: LaneRef[], serving: Serving, before = ''): Promise<void> {
    const { digest } = serving;
    if (await this.say(partition, places, digest, before, [])) return;
    await this.say(partition, places, digest, before, membersOf(serving));
  }

  /** The worker takes no more calls. */
  async retract(partition: number, places: LaneRef[], { digest }: Serving): Promise<void> {
    await this.say(partition, places, '', digest, []);
  }

  private async say(partition: number, places: LaneRef[], digest: string, before: string, members: string[]) {
    const keys = {
      serves: servesKey(partition, digest || before),
      servedBefore: servesKey(partition, before || digest),
      readyQueues: places.map(({ queue, lane }) => readyKey(partition, queue, lane)),
    };
    const { worker } = this;
    const args = { worker, digest, before, keepMs: KEEP_MS, forgetMs: FORGET_MS, functions: members };
    return (await this.redis.invoqServe({ keys, args })) === 1;
  }
}

/** A walk over the lists of calls of all partitions as if they were one: newest first, ties by requestID. */
import type { Redis } from 'ioredis';
import type { TimeSpan } from './call-list';

/** One entry of a list. */
export interface Listed {
  /** When it was accepted, ms. */
  at: number;
  requestID: string;
  /** The list. */
  key: string;
}

/** A place in the walk: behind this entry. */
export type WalkPlace = Pick<Listed, 'at' | 'requestID'>;

const SPARE = 8;

export class ListsWalk {
  private readonly lists: List[];

  constructor(redis: Redis, keys: string[], span: TimeSpan & { after?: WalkPlace }) {
    this.lists = keys.map((key) => new List(redis, key, span));
  }

  /** The next `count` entries; fewer at the end. */
  async next(count: number): Promise<Listed[]> {
    const taken: Listed[] = [];
    // Entries are spread by chance: a fair share of each list, and some.
    const each = Math.ceil(count / this.lists.length) + SPARE;
    await Promise.all(this.lists.map((list) => list.fill(each)));
    while (taken.length < count) {
      const first = this.lists.reduce<List | undefined>(
        (best, list) => (isBefore(list.head, best?.head) ? list : best),
        undefined,
      );
      if (!first?.head) break;
      taken.push(first.head);
      first.drop();
      await first.fill(each);
    }
    return taken;
  }

  /** Is there anything behind this entry, taken or not? */
  async hasAfter(place: WalkPlace): Promise<boolean> {
    await Promise.all(this.lists.map((list) => list.fill(1)));
    return this.lists.some(({ head, last }) => head !== undefined || (last !== undefined && isBefore(place, last)));
  }
}

class List {
  private entries: Listed[] = [];
  private max: string;
  /** Entries of the time `max` that were read already. */
  private skip = 0;
  private isOver = false;
  /** The last entry that was taken out. */
  last: Listed | undefined;

  constructor(
    private readonly redis: Redis,
    private readonly key: string,
    private readonly span: TimeSpan & { after?: WalkPlace },
  ) {
    const { to, after } = span;
    this.max = String(after && (to === undefined || after.at < to) ? after.at : (to ?? '+inf'));
  }

  get head(): Listed | undefined {
    return this.entries[0];
  }

  drop(): void {
    this.last = this.entries.shift();
  }

  async fill(count: number): Promise<void> {
    const { from = '-inf', after } = this.span;
    while (this.entries.length === 0 && !this.isOver) {
      const flat = await this.redis.zrange(
        this.key, this.max, String(from), 'BYSCORE', 'REV', 'LIMIT', this.skip, count, 'WITHSCORES',
      ); // prettier-ignore
      for (let i = 0; i < flat.length; i += 2) {
        const [requestID, at] = [flat[i], Number(flat[i + 1])];
        this.skip = String(at) === this.max ? this.skip + 1 : 1;
        this.max = String(at);
        if (!after || isBefore(after, { at, requestID })) this.entries.push({ at, requestID, key: this.key });
      }
      this.isOver = flat.length < count * 2;
    }
  }
}

/** In the order of the walk. Anything is before nothing. */
function isBefore(a: WalkPlace | undefined, b: WalkPlace | undefined): boolean {
  if (!a || !b) return a !== undefined;
  return a.at > b.at || (a.at === b.at && a.requestID > b.requestID);
}

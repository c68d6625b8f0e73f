/** Follows an invocation from wherever a follower stands: each change, each line once, in order, to its end. */
import type { InvocationStore } from '@invoq/store/invocation-store';
import type { LiveSnapshot } from '@invoq/store/record/live-snapshot';
import { storeRefusal } from '@invoq/store/connection/store-error';
import type { Caller } from '../auth/caller';
import type { Followed, LargeResultOptions, LiveEvent, LivePlace } from './call';
import type { Follower, Followers } from './followers';
import type { LargeResults } from './large-results';
import type { Records } from './records';

export interface FollowingOptions {
  /** The channel on which this process is notified. */
  replyTo: string;
  /** The longest that one request follows, ms; then its caller goes on with another one. */
  maxMs: number;
  onError(error: unknown): void;
}

const START: LivePlace = { changes: 0, progressed: 0, log: 0 };
/** A heartbeat is sent while nothing is new, so that no proxy closes the connection. */
const BEAT_MS = 15_000;
/** While Redis is away, ms. */
const PAUSE_MS = 500;

export class Following {
  constructor(
    private readonly records: Records,
    private readonly store: InvocationStore,
    private readonly followers: Followers,
    private readonly large: LargeResults,
    private readonly options: FollowingOptions,
  ) {}

  /** Refuses what cannot be followed: another env's, or one too many. Close it when nobody reads its events any more. */
  async follow(
    caller: Caller,
    requestID: string,
    from: LivePlace = START,
    largeOptions?: LargeResultOptions,
  ): Promise<Followed> {
    const follower = this.followers.open(requestID, caller.holder);
    try {
      await this.records.mustKnow(caller, requestID);
      await this.store.watch(requestID, this.options.replyTo, true).catch((error: unknown) => {
        throw storeRefusal(error, { requestID, started: 'unknown' });
      });
    } catch (error) {
      follower.close();
      throw error;
    }
    return {
      events: this.events(caller.holder, requestID, follower, from, largeOptions),
      close: () => follower.close(),
    };
  }

  private async *events(
    holder: string,
    requestID: string,
    follower: Follower,
    from: LivePlace,
    largeOptions?: LargeResultOptions,
  ): AsyncGenerator<LiveEvent, void, undefined> {
    const endsAt = Date.now() + this.options.maxMs;
    let place = from;
    let saidAt = Date.now();
    try {
      while (!follower.isClosed && Date.now() < endsAt) {
        const read = await this.read(follower, place.log);
        if (read === 'away') {
          await follower.wait(PAUSE_MS);
        } else {
          // Past retention: nobody will ever tell more of it.
          if (read === undefined) return;
          place = { ...place, log: Math.min(place.log, read.logBytes) };
          for (const event of newsOf(read, place)) {
            yield event;
            ({ place } = event);
            saidAt = Date.now();
          }
          const isRead = place.log >= read.logBytes || read.lines.length === 0;
          if (read.envelope !== undefined && isRead) {
            yield* this.end(holder, requestID, read, read.envelope, place, largeOptions);
            return;
          }
          if (isRead) await follower.wait(Math.min(BEAT_MS, endsAt - Date.now()));
        }
        if (Date.now() - saidAt >= BEAT_MS) {
          yield { kind: 'beat', place };
          saidAt = Date.now();
        }
      }
    } finally {
      follower.close();
    }
  }

  private async *end(
    holder: string,
    requestID: string,
    { changes }: LiveSnapshot,
    recorded: string,
    before: LivePlace,
    largeOptions?: LargeResultOptions,
  ): AsyncGenerator<LiveEvent, void, undefined> {
    const place = { ...before, changes: changes.length };
    if (before.changes < place.changes) yield { kind: 'status', place, ...changes.at(-1)! };
    const { envelope, large } = await this.large.whole(holder, requestID, recorded, largeOptions);
    yield { kind: 'end', place: { ...place, isOver: true }, envelope, large };
  }

  /** While Redis is away there is nothing new; its caller sees no error, and gets the rest when it is back. */
  private read(follower: Follower, log: number): Promise<LiveSnapshot | undefined | 'away'> {
    return follower.read(log).catch((error: unknown) => {
      this.options.onError(error);
      return 'away';
    });
  }
}

/** What is new in this read for one who stands there; the change that is the end is left for the end. */
function* newsOf(read: LiveSnapshot, from: LivePlace): Generator<Exclude<LiveEvent, { kind: 'end' | 'beat' }>> {
  const { changes, progress, progressed, lines, envelope } = read;
  let place = from;
  const published = envelope === undefined ? changes.length : changes.length - 1;
  for (let i = place.changes; i < published; i++) {
    place = { ...place, changes: i + 1 };
    yield { kind: 'status', place, ...changes[i] };
  }
  if (progress !== undefined && progressed > place.progressed) {
    place = { ...place, progressed };
    yield { kind: 'progress', place, json: progress };
  }
  for (const { text, end } of lines) {
    place = { ...place, log: end };
    yield { kind: 'log', place, json: text };
  }
}

/** The dead letters of one function: async calls that failed for good. */
import type { DeadLetterPage, InspectedLetter, Purged, Replays } from '@invoq/contract/dead-letter';
import { answerOf } from './answers';
import type { ReadOptions } from './call-options';
import type { Wire } from './wire';

export class DeadLetters {
  constructor(
    private readonly wire: Wire,
    private readonly name: string,
  ) {}

  /** Newest first, 100 by default. */
  async list({
    limit,
    cursor,
    ...options
  }: ReadOptions & { limit?: number; cursor?: string } = {}): Promise<DeadLetterPage> {
    const query = new URLSearchParams();
    if (limit !== undefined) query.set('limit', String(limit));
    if (cursor !== undefined) query.set('cursor', cursor);
    return answerOf(await this.wire.read(this.path(`?${query.toString()}`), options)).data as DeadLetterPage;
  }

  /** One of them, with all its attempts and the data that it was called with. */
  async get(requestID: string, options: ReadOptions = {}): Promise<InspectedLetter> {
    const response = await this.wire.read(this.path(`/${encodeURIComponent(requestID)}`), options);
    return answerOf(response).data as InspectedLetter;
  }

  /** Each as a new call, once; without `requestIDs` the oldest 1,000. `left`: as many are dead letters after that; null: not known. */
  async replay(requestIDs?: string[], options: ReadOptions = {}): Promise<Replays> {
    const body = JSON.stringify({ requestIDs });
    // Sent once: a second one without names would replay the next ones.
    return answerOf(await this.wire.send('POST', this.path('/replay'), { body, ...options })).data as Replays;
  }

  /** Takes them off the list; without `requestIDs` all. How many were there. */
  async purge(requestIDs?: string[], options: ReadOptions = {}): Promise<number> {
    const query = requestIDs === undefined ? '' : `?requestID=${requestIDs.map(encodeURIComponent).join(',')}`;
    const { data } = answerOf(await this.wire.send('DELETE', this.path(query), options));
    return (data as Purged).purged;
  }

  private path(tail: string): string {
    return `/v1/functions/${encodeURIComponent(this.name)}/dead-letters${tail}`;
  }
}

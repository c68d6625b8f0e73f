/** Work that takes long is done for one request at a time, so that others are served between its steps. */
import { Refusal } from '@invoq/contract/refusal';

export class OneByOne {
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  /** `most`: as many requests may wait. `what`: as the refusal of one more calls it. */
  constructor(
    private readonly most: number,
    private readonly what: string,
  ) {}

  /** Refuses with OVERLOADED when too many wait already. */
  async do<T>(work: () => Promise<T>): Promise<T> {
    if (this.waiting >= this.most) {
      throw new Refusal('OVERLOADED', `${this.waiting} requests for ${this.what} wait already.`, { retryAfterS: 1 });
    }
    this.waiting++;
    const done = this.last.then(work);
    this.last = done.then(
      () => undefined,
      () => undefined,
    );
    try {
      return await done;
    } finally {
      this.waiting--;
    }
  }
}

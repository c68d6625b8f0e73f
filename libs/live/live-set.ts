/** A set of what is under way, for the reason that `live-map.ts` gives. */
import { LiveMap } from './live-map';

export class LiveSet<T> {
  private readonly all = new LiveMap<T, T>();

  get size(): number {
    return this.all.size;
  }

  /** The oldest member. */
  get first(): T | undefined {
    return this.all.first;
  }

  has(one: T): boolean {
    return this.all.has(one);
  }

  add(one: T): void {
    this.all.set(one, one);
  }

  /** Whether it was there. */
  delete(one: T): boolean {
    return this.all.delete(one);
  }

  clear(): void {
    this.all.clear();
  }

  /** As they stand now, the oldest first: members may come and go while one walks through them. */
  values(): T[] {
    return this.all.values();
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.values().values();
  }
}

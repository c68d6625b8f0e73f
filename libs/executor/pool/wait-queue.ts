/** A queue of calls that wait for the same thing: first come, first served; a call that runs out of time leaves. */
import { LiveSet } from '@invoq/live/live-set';
import type { CallClock } from '../call/call-clock';

interface Waiting<T> {
  serve(value: T): void;
  refuse(error: Error): void;
}

export class WaitQueue<T> {
  private readonly waiting = new LiveSet<Waiting<T>>();

  get length(): number {
    return this.waiting.size;
  }

  /** undefined: the call is cancelled or late, or `limitMs` have passed. */
  wait(clock: CallClock, limitMs?: number): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const timer = limitMs === undefined ? undefined : setTimeout(() => leave(), limitMs);
      const leave = (): void => {
        this.waiting.delete(entry);
        clearTimeout(timer);
        clock.listen(undefined);
        resolve(undefined);
      };
      const entry: Waiting<T> = {
        serve: (value) => {
          clearTimeout(timer);
          clock.listen(undefined);
          resolve(value);
        },
        refuse: (error) => {
          clearTimeout(timer);
          clock.listen(undefined);
          reject(error);
        },
      };
      this.waiting.add(entry);
      clock.listen(leave);
    });
  }

  /** Whether anybody took it. */
  serve(value: T): boolean {
    const { first } = this.waiting;
    if (first === undefined) return false;
    this.waiting.delete(first);
    first.serve(value);
    return true;
  }

  refuseAll(error: Error): void {
    const all = this.waiting.values();
    this.waiting.clear();
    all.forEach((entry) => entry.refuse(error));
  }
}

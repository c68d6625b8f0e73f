/** The slots of a worker: so many calls run at a time, the others wait in line. */
import type { CallClock } from '../call/call-clock';
import { WaitQueue } from './wait-queue';

export class Slots {
  taken = 0;
  private readonly waiting = new WaitQueue<true>();

  constructor(private readonly most: number) {}

  /** False: the clock rang first. */
  async take(clock: CallClock): Promise<boolean> {
    return (await this.waiting.wait(clock)) === true;
  }

  /** At once, when one is free. */
  takeFree(): boolean {
    if (this.taken >= this.most) return false;
    this.taken++;
    return true;
  }

  free(): void {
    if (!this.waiting.serve(true)) this.taken--;
  }

  refuseAll(error: Error): void {
    this.waiting.refuseAll(error);
  }
}

/** The slots of a worker: so many calls run at a time, the others wait in line. */
import type { CallClock } from '../call/call-clock';
import { Line } from './line';

export class Slots {
  taken = 0;
  private readonly line = new Line<true>();

  constructor(private readonly most: number) {}

  /** False: the clock rang first. */
  async take(clock: CallClock): Promise<boolean> {
    return (await this.line.wait(clock)) === true;
  }

  /** At once, when one is free. */
  takeFree(): boolean {
    if (this.taken >= this.most) return false;
    this.taken++;
    return true;
  }

  free(): void {
    if (!this.line.serve(true)) this.taken--;
  }

  refuseAll(error: Error): void {
    this.line.refuseAll(error);
  }
}

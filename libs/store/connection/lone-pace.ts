/**
 * Whether what goes out goes alone each time, as the calls of a lone caller do. Then it is not held back for company: that
 * would be delay and nothing else.
 */

/** So many in a row say that the next one is alone as well. */
const IN_A_ROW = 4;

export class LonePace {
  private row = 0;

  get isLone(): boolean {
    return this.row === IN_A_ROW;
  }

  /** So many went out together. */
  went(count: number): void {
    this.row = count === 1 ? Math.min(this.row + 1, IN_A_ROW) : 0;
  }
}

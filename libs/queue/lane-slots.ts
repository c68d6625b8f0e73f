/** The slots of one lane in this worker: a run has one to its end, however it ends. */
export class LaneSlots {
  private readonly runs = new Set<Promise<void>>();
  private wake: (() => void) | undefined;

  /** For calls that are being taken. */
  private reserved = 0;

  constructor(private readonly count: number) {}

  get free(): number {
    return this.count - this.runs.size - this.reserved;
  }

  /** So many slots are nobody else's while `take` takes calls for them, and puts each into one. */
  async reserve<T>(count: number, take: () => Promise<T>): Promise<T> {
    this.reserved += count;
    try {
      return await take();
    } finally {
      this.reserved -= count;
    }
  }

  /** The same run, from now on in a slot. It is the caller's to have asked whether there is one. */
  hold<T>(run: Promise<T>): Promise<T> {
    const release = (): void => {
      this.runs.delete(held);
      this.wake?.();
    };
    const held = run.then(release, release);
    this.runs.add(held);
    return run;
  }

  /** Resolves when the next run has ended. For one who waits at a time. */
  nextFree(): Promise<void> {
    return new Promise((resolve) => (this.wake = resolve));
  }

  /** Resolves when all that run now have ended. */
  async allFree(): Promise<void> {
    await Promise.all(this.runs);
  }
}

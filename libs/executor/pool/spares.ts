/** The generic spares of a worker: a shelf for each memory class, from the first call (or request for stock) on. */
import type { CallClock } from '../call/call-clock';
import type { Settings } from '../options';
import type { Sandbox, SandboxEvents } from '../sandbox/sandbox';
import { PrewarmedPool } from './prewarmed-pool';

export class Spares {
  private readonly shelves = new Map<number, PrewarmedPool>();

  constructor(
    private readonly settings: Settings,
    private readonly launch: (memoryMb: number, shelf: Pick<SandboxEvents, 'onReady' | 'onDeath'>) => Sandbox,
  ) {}

  get ready(): number {
    return this.sum(({ spares }) => spares);
  }

  get starting(): number {
    return this.sum(({ starting }) => starting);
  }

  /** Brings up those of these classes; resolves when they stand, or it is clear that they cannot. */
  async stock(memoryClasses: number[]): Promise<void> {
    await Promise.all(memoryClasses.map((memoryMb) => this.shelf(memoryMb).stocked()));
  }

  /** undefined: the clock rang first. Rejects with SandboxUnavailable. */
  take(memoryMb: number, clock: CallClock): Promise<Sandbox | undefined> {
    return this.shelf(memoryMb).take(clock);
  }

  /** A call is over: what it took is made up for. */
  refill(memoryMb: number): void {
    this.shelves.get(memoryMb)?.refillAfterCall();
  }

  refuseAll(error: Error): void {
    for (const shelf of this.shelves.values()) shelf.refuseAll(error);
  }

  /** All that stand or start, for the caller to end. */
  clear(): Sandbox[] {
    return [...this.shelves.values()].flatMap((shelf) => shelf.clear());
  }

  private shelf(memoryMb: number): PrewarmedPool {
    let shelf = this.shelves.get(memoryMb);
    if (shelf === undefined) {
      shelf = new PrewarmedPool(this.settings, (events) => this.launch(memoryMb, events));
      this.shelves.set(memoryMb, shelf);
    }
    return shelf;
  }

  private sum(count: (shelf: PrewarmedPool) => number): number {
    return [...this.shelves.values()].reduce((sum, shelf) => sum + count(shelf), 0);
  }
}

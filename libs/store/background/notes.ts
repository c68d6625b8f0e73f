/**
 * Notes in Redis in which partitions this process writes, once a second for each at most, so that nobody need look at
 * partitions in which nothing happens. A note goes out before the write that it announces; readers look for longer than a
 * write may take to arrive. See `activity.ts`.
 */
import { partitionOfKey } from '../keys/keys';

/** Between two notes of one partition, ms: much shorter than a note counts. */
const EVERY_MS = 1_000;

export type NoteListener = (partition: number) => void;

export class Notes {
  /** By partition, of `performance.now()`. */
  private readonly notedAt: number[] = [];
  private readonly listeners: NoteListener[] = [];

  constructor(private readonly send: (partition: number) => Promise<unknown>) {}

  /** Called with each note, in this process alone. */
  onNote(listener: NoteListener): void {
    this.listeners.push(listener);
  }

  /** Something is about to be written under this key. Keys of the fleet's own data are passed over. */
  before(key: string | undefined): void {
    const partition = key === undefined ? undefined : partitionOfKey(key);
    if (partition !== undefined) this.note(partition);
  }

  note(partition: number): void {
    const now = performance.now();
    if (now - (this.notedAt[partition] ?? -Infinity) < EVERY_MS) return;
    this.notedAt[partition] = now;
    for (const listener of this.listeners) listener(partition);
    // A note that did not arrive is made again with the next write.
    this.send(partition).catch(() => (this.notedAt[partition] = -Infinity));
  }
}

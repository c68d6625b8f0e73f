/**
 * Sends to Redis together what is said at about the same time, and is of one kind. The first goes out in the same turn of the
 * event loop; what comes while a command is on its way goes out as one, when there is an answer, or when it has become enough
 * to be worth a command of its own. So the more is said, the fewer commands. Where each went alone, the next goes at once.
 */
import { LiveMap } from '@invoq/live/live-map';
import { LonePace } from '../connection/lone-pace';
import { storeError } from '../connection/store-error';

/** With one command on its way Redis would rest while its answer travels. */
const MAX_ON_THE_WAY = 2;
/** Each command costs Redis, and who sends it, as much as several calls: a second one is sent for so many, no fewer. */
const WORTH_A_SECOND = 8;
/** Who sent a command so lately is busy, ms: the next one waits for another turn of the event loop, in which more comes. */
const LATELY_MS = 1;
/** What one command may hold: so many, and as many characters; nobody else waits long for it. */
const MAX_TOGETHER = 32;
const MAX_LENGTH = 128 * 1024;
/** A command that has no answer for so long holds up nobody any more: Redis may have gone silent, ms. */
const PATIENCE_MS = 100;

export interface TogetherOptions<T, R> {
  /** Those of one kind; answers for each, in their order. */
  send(some: T[]): Promise<R[]>;
  /** Characters. */
  lengthOf(one: T): number;
  /** Commands of one kind on their way at a time. */
  most?: number;
}

interface Waiting<T, R> {
  one: T;
  resolve(answer: R): void;
  reject(error: unknown): void;
}

/** How things of all kinds were sent lately. `sentAt`: of `performance.now()`. */
interface Pace {
  sentAt: number;
  readonly lone: LonePace;
}

export class Together<T, R> {
  /** Those under way. */
  private readonly kinds = new LiveMap<string, Kind<T, R>>();
  private readonly pace: Pace = { sentAt: -Infinity, lone: new LonePace() };

  constructor(private readonly options: TogetherOptions<T, R>) {}

  /** Kinds of which something waits or is on its way. */
  get size(): number {
    return this.kinds.size;
  }

  add(kind: string, one: T): Promise<R> {
    return (this.kinds.get(kind) ?? this.begin(kind)).add(one);
  }

  private begin(name: string): Kind<T, R> {
    const kind: Kind<T, R> = new Kind(
      this.options,
      this.pace,
      () => this.kinds.get(name) === kind && this.kinds.delete(name),
    );
    this.kinds.set(name, kind);
    return kind;
  }
}

interface Trip {
  readonly sentAt: number;
}

class Kind<T, R> {
  private readonly waiting: Waiting<T, R>[] = [];
  /** When each command on its way was sent, of `performance.now()`; without those that have taken too long. */
  private readonly trips: Trip[] = [];
  private isDue = false;
  private impatience: NodeJS.Timeout | undefined;

  /** `onIdle`: nothing waits, and nothing is on its way. */
  constructor(
    private readonly options: TogetherOptions<T, R>,
    private readonly pace: Pace,
    private readonly onIdle: () => unknown,
  ) {}

  add(one: T): Promise<R> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ one, resolve, reject });
      this.goOn();
    });
  }

  private get onTheWay(): number {
    return this.trips.length;
  }

  private goOn(): void {
    if (this.isDue || this.waiting.length === 0) return;
    const isHeldUp = this.onTheWay > 0 && this.waiting.length < WORTH_A_SECOND;
    if (isHeldUp || this.onTheWay >= (this.options.most ?? MAX_ON_THE_WAY)) return this.waitForTrips();
    if (this.pace.lone.isLone && this.onTheWay === 0) return void this.sendSome();
    this.isDue = true;
    const send = (): void => {
      this.isDue = false;
      void this.sendSome();
    };
    const isBusy = performance.now() < this.pace.sentAt + LATELY_MS;
    setImmediate(isBusy ? () => setImmediate(send) : send);
  }

  private async sendSome(): Promise<void> {
    const some = this.takeSome();
    const trip: Trip = { sentAt: performance.now() };
    this.trips.push(trip);
    this.pace.sentAt = trip.sentAt;
    this.pace.lone.went(some.length);
    this.goOn();
    try {
      const answers = await this.options.send(some.map(({ one }) => one));
      some.forEach(({ resolve }, i) => resolve(answers[i]));
    } catch (error) {
      // Whichever of them a script could not cope with concerns none of the others.
      if (some.length > 1 && storeError(error) === 'ours') await Promise.all(some.map((each) => this.sendAlone(each)));
      else for (const { reject } of some) reject(error);
    } finally {
      this.isOver(trip);
      if (this.waiting.length === 0 && this.onTheWay === 0) this.onIdle();
      this.goOn();
    }
  }

  private isOver(trip: Trip): void {
    const at = this.trips.indexOf(trip);
    if (at !== -1) this.trips.splice(at, 1);
  }

  /** Who waits goes on when there is an answer, or when one has taken too long. Most commands are waited for by nobody. */
  private waitForTrips(): void {
    const sinceMs = performance.now() - this.trips[0].sentAt;
    this.impatience ??= setTimeout(() => this.forgetLate(), Math.max(1, PATIENCE_MS - sinceMs));
  }

  private forgetLate(): void {
    this.impatience = undefined;
    const late = performance.now() - PATIENCE_MS;
    while (this.trips.length > 0 && this.trips[0].sentAt <= late) this.trips.shift();
    this.goOn();
  }

  private async sendAlone({ one, resolve, reject }: Waiting<T, R>): Promise<void> {
    try {
      const [answer] = await this.options.send([one]);
      resolve(answer);
    } catch (error) {
      reject(error);
    }
  }

  private takeSome(): Waiting<T, R>[] {
    let [count, length] = [0, 0];
    for (const { one } of this.waiting) {
      length += this.options.lengthOf(one);
      if (count > 0 && (count === MAX_TOGETHER || length > MAX_LENGTH)) break;
      count++;
    }
    return this.waiting.splice(0, count);
  }
}

/**
 * Sends to Redis together what is said at about the same time. The first goes out in the same turn of the event loop; what
 * comes while commands are on their way goes out as one, when there is an answer. So the more is said, the fewer commands.
 */
import { storeFault } from './store-fault';

/** What one command may hold: so many, and as many characters; nobody else waits long for it. */
const MAX_TOGETHER = 32;
const MAX_LENGTH = 128 * 1024;
/** A command that has no answer for so long holds up nobody any more: Redis may have gone silent, ms. */
const PATIENCE_MS = 100;

export interface TogetherOptions<T, R> {
  /** Commands on their way at a time. */
  most: number;
  /** Answers for each, in their order. */
  send(some: T[]): Promise<R[]>;
  /** Characters. */
  lengthOf(one: T): number;
  /** Nothing waits, and nothing is on its way. */
  onIdle(): unknown;
}

interface Waiting<T, R> {
  one: T;
  resolve(answer: R): void;
  reject(error: unknown): void;
}

export class Together<T, R> {
  private waiting: Waiting<T, R>[] = [];
  private onTheWay = 0;
  private isDue = false;

  constructor(private readonly options: TogetherOptions<T, R>) {}

  add(one: T): Promise<R> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ one, resolve, reject });
      this.goOn();
    });
  }

  private goOn(): void {
    if (this.isDue || this.waiting.length === 0 || this.onTheWay >= this.options.most) return;
    this.isDue = true;
    setImmediate(() => {
      this.isDue = false;
      void this.sendSome();
    });
  }

  private async sendSome(): Promise<void> {
    const some = this.takeSome();
    const arrived = this.setsOut();
    this.goOn();
    try {
      const answers = await this.options.send(some.map(({ one }) => one));
      some.forEach(({ resolve }, i) => resolve(answers[i]));
    } catch (error) {
      // Whichever of them a script could not cope with concerns none of the others.
      if (some.length > 1 && storeFault(error) === 'ours') await Promise.all(some.map((each) => this.sendAlone(each)));
      else for (const { reject } of some) reject(error);
    } finally {
      arrived();
      if (this.waiting.length === 0 && this.onTheWay === 0) this.options.onIdle();
      this.goOn();
    }
  }

  /** One more is on its way, until it arrives or has taken too long. */
  private setsOut(): () => void {
    let counts = true;
    const arrived = (): void => {
      clearTimeout(timer);
      if (counts) this.onTheWay--;
      counts = false;
    };
    const timer = setTimeout(() => {
      arrived();
      this.goOn();
    }, PATIENCE_MS);
    this.onTheWay++;
    return arrived;
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

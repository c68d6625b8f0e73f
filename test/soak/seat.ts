/** A place in the fleet: one process at a time, of this release or of the one before, killed, replaced and rolled. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from '../harness/app';
import { until } from '../harness/until';
import type { Stand } from '../failures/stand';

/** Redis may be away when a process starts; it is then started again. */
const START_LIMIT_MS = 120_000;
const DEAD_MS = 500;

export class Seat {
  app!: App;
  kills = 0;
  /** Starts that were not ready in time, and were ended. */
  lateStarts = 0;
  /** The folder of the release before, while a process of it sits here. */
  release?: string;
  /** Settings until the next roll. */
  private more: Record<string, string> = {};
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly stand: Stand,
    readonly name: string,
    private readonly kind: 'api' | 'worker',
    private readonly env: Record<string, string> = {},
  ) {}

  get url(): string | undefined {
    return this.app.process.exit ? undefined : this.app.url;
  }

  /** One thing at a time is done to a seat: a deployment is not cut in half by a kill, nor a kill by a roll. */
  hold<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  fill(): Promise<void> {
    return this.hold(async () => {
      this.app = await this.start();
    });
  }

  /** kill -9, and another one. */
  kill(): Promise<void> {
    return this.hold(async () => {
      await this.app.process.kill();
      this.kills += 1;
      await sleep(DEAD_MS);
      this.app = await this.start();
    });
  }

  /** The next process is ready before this one is asked to stop. */
  roll(release: string | undefined, more: Record<string, string> = {}): Promise<void> {
    return this.hold(async () => {
      const old = this.app;
      this.release = release;
      this.more = more;
      this.app = await this.start();
      await old.stop();
    });
  }

  private start(): Promise<App> {
    const { stand, release } = this;
    const env = { ...this.env, ...this.more };
    const add = async (): Promise<App> => {
      this.lateStarts += 1;
      const app = await (this.kind === 'api' ? stand.addApi(env, release) : stand.addWorker(env, release));
      this.lateStarts -= 1;
      return app;
    };
    return until(`${this.name} stands`, add, START_LIMIT_MS);
  }
}

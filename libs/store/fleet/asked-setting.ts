/**
 * A setting that must agree in the fleet, whose value is found by asking somebody who may be slow or away: which folder
 * this is, say. Asked again and again, since a folder may be emptied, or mounted late. Until it answers, nothing is compared.
 */
import type { FleetMember } from './fleet-member';
import { PeriodicTask } from '../background/periodic-task';

/** Between two questions, ms. */
const ASK_MS = 30_000;
/** A start waits for the first answer no longer than this, ms. */
const FIRST_MS = 2_000;

export interface AskedSettingOptions {
  /** Name of the variable. */
  setting: string;
  /** Rejects when it is not known now: the value before stays. */
  ask(): Promise<string>;
}

export class AskedSetting {
  private readonly task: PeriodicTask;

  constructor(
    private readonly fleet: Pick<FleetMember, 'sets'>,
    private readonly options: AskedSettingOptions,
  ) {
    // Who cannot use the place says so by itself.
    this.task = new PeriodicTask(() => this.poll(), { everyMs: ASK_MS, onError: () => undefined });
  }

  /** Resolves when the fleet knows the value, or after two seconds. Never rejects. */
  async start(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FIRST_MS);
    });
    await Promise.race([this.poll().catch(() => undefined), late]).finally(() => clearTimeout(timer));
    this.task.start();
  }

  stop(): void {
    this.task.stop();
  }

  private async poll(): Promise<void> {
    await this.fleet.sets(this.options.setting, await this.options.ask());
  }
}

/** The process of a sandbox: how it died, and how it is ended with all that it has started. */
import { endStrays, hasDescendants, killGroup } from '../processes/process-group';
import { type Death, deathOf } from './death';
import type { Launched } from './launch';

/** A killed process is gone in 2 ms; one that the kernel cannot end is not waited for longer than this. */
const KILL_MS = 1_000;

export class SandboxProcess {
  private isDead = false;
  private killing: Promise<void> | undefined;
  private isGone = false;
  private onGone: (() => void) | undefined;

  /** `onExit`: once, however it came about. */
  constructor(
    private readonly launched: Launched,
    onExit: (death: Death) => void,
  ) {
    const exited = (death: Death): void => {
      if (this.isDead) return;
      this.isDead = true;
      onExit(death);
    };
    launched.process.on('error', (cause) => {
      // Also raised when a signal could not be sent; only a process that never was has no pid.
      if (this.pid === undefined) exited({ outOfMemory: false, cause });
    });
    launched.process.on('exit', (code, signal) => exited(deathOf(launched, code, signal)));
  }

  get pid(): number | undefined {
    return this.launched.process.pid;
  }

  get isBeingEnded(): boolean {
    return this.killing !== undefined;
  }

  /**
   * Ends the process, its group and whatever of it lives elsewhere. `thorough: false` spares the search of the machine
   * when the process has no descendants: fit for one that is idle. Resolves when it is buried, or after `KILL_MS`.
   */
  kill(thorough = true): Promise<void> {
    this.killing ??= this.end(thorough);
    return this.killing;
  }

  /** It is dead, and all it said is read. */
  bury(): void {
    this.isGone = true;
    this.onGone?.();
  }

  private async end(thorough: boolean): Promise<void> {
    const { pid } = this;
    if (pid === undefined) return;
    const strays = thorough || hasDescendants(pid);
    killGroup(pid);
    if (!this.isGone) await this.gone();
    if (!strays) return;
    if (this.launched.cleared === undefined) await endStrays(this.launched.mark);
    else if (this.isDead) await this.launched.cleared;
  }

  private gone(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, KILL_MS);
      this.onGone = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** The keys of a file as they are now: read again within a second of a change. A file at fault changes nothing. */
import { readFile, stat } from 'node:fs/promises';
import type { Logger } from '@invoq/host/log';
import { type Keys, parseKeys } from './keys';

const LOOK_MS = 1_000;

export class LiveKeys {
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  private constructor(
    private readonly file: string,
    private readonly log: Logger,
    private keys: Keys,
    private stamp: string,
  ) {}

  /** Rejects when the file cannot be read, or breaks a rule: a process does not start with doubtful keys. */
  static async open(file: string, log: Logger, lookMs = LOOK_MS): Promise<LiveKeys> {
    const stamp = await stampOf(file);
    const live = new LiveKeys(file, log, parseKeys(await readFile(file, 'utf8')), stamp);
    live.schedule(lookMs);
    return live;
  }

  now(): Keys {
    return this.keys;
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private schedule(ms: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.look().finally(() => this.schedule(ms)), ms);
    this.timer.unref();
  }

  private async look(): Promise<void> {
    // Without a file there is no stamp: told once, like any other fault.
    const stamp = await stampOf(this.file).catch((error: NodeJS.ErrnoException) => error.code ?? 'gone');
    if (stamp === this.stamp) return;
    this.stamp = stamp;
    try {
      this.keys = parseKeys(await readFile(this.file, 'utf8'));
      this.log.info({ event: 'keys', keys: this.keys.size }, 'the keys file has changed');
    } catch (error) {
      const { message } = error as Error;
      this.log.error({ file: this.file, fault: message }, 'the keys file is at fault; the keys from before are kept');
    }
  }
}

/** The inode tells a file that was moved over another of the same age and size. */
async function stampOf(file: string): Promise<string> {
  const { mtimeNs, size, ino } = await stat(file, { bigint: true });
  return `${mtimeNs}:${size}:${ino}`;
}

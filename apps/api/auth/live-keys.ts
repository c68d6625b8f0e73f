/** The keys of a file as they are now: read again within a second of a change. A file at fault changes nothing. */
import { constants } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import type { Logger } from '@invoq/host/log';
import { type Keys, parseKeys } from './keys';

/** Twice in the second in which a revoked key is promised to be refused. */
const POLL_MS = 500;
/** A fault that lasts is logged again after so long, ms. */
const TELL_MS = 60_000;
/** Of the mode: whether the group or others may read or write. */
const FOR_OTHERS = 0o066;

export class LiveKeys {
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private logged: { message: string; at: number } | undefined;
  private readonly listeners: ((keys: Keys) => void)[] = [];

  private constructor(
    private readonly file: string,
    private readonly log: Logger,
    private keys: Keys,
    /** Of the file as `keys` has it: a file that could not be read has none, and is read again at each check. */
    private stamp: string,
  ) {}

  /** Rejects when the file cannot be read, or breaks a rule: a process does not start with doubtful keys. */
  static async open(file: string, log: Logger, pollMs = POLL_MS): Promise<LiveKeys> {
    const { stamp, mode } = await stampOf(file);
    const live = new LiveKeys(file, log, parseKeys(await readFile(file, 'utf8')), stamp);
    if ((mode & FOR_OTHERS) !== 0) {
      log.warn(
        { file, mode: (mode & 0o777).toString(8) },
        'others can read or write the keys file; chmod 600 closes it',
      );
    }
    live.schedule(pollMs);
    return live;
  }

  now(): Keys {
    return this.keys;
  }

  /** `listener` is called at each change. */
  onChange(listener: (keys: Keys) => void): void {
    this.listeners.push(listener);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private schedule(ms: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.reload().finally(() => this.schedule(ms)), ms);
    this.timer.unref();
  }

  private async reload(): Promise<void> {
    try {
      // Before the reading: what changes meanwhile is seen by the next check.
      const { stamp } = await stampOf(this.file);
      if (stamp !== this.stamp) {
        this.keys = parseKeys(await textOf(this.file));
        this.stamp = stamp;
        this.log.info({ event: 'keys', keys: this.keys.size }, 'the keys file has changed');
        for (const listener of this.listeners) listener(this.keys);
      }
      this.logged = undefined;
    } catch (error) {
      this.logOnce((error as Error).message, Date.now());
    }
  }

  private logOnce(message: string, now: number): void {
    if (this.logged?.message === message && now - this.logged.at < TELL_MS) return;
    this.logged = { message, at: now };
    this.log.error({ file: this.file, fault: message }, 'the keys file is at fault; the keys from before are kept');
  }
}

/** Of a regular file alone: to open or read a pipe may never end, and no check would follow. */
async function textOf(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!(await file.stat()).isFile()) throw new Error(`${path} is not a regular file`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/**
 * The inode tells a file that was moved over another of the same age and size; the time of the last change of its owner,
 * mode or name tells one that was made readable.
 */
async function stampOf(file: string): Promise<{ stamp: string; mode: number }> {
  const { mtimeNs, ctimeNs, size, ino, mode } = await stat(file, { bigint: true });
  return { stamp: `${mtimeNs}:${ctimeNs}:${size}:${ino}`, mode: Number(mode) };
}

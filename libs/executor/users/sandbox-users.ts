/**
 * A user for each living sandbox, out of a range that belongs to nobody else: sandboxes reach neither the worker's secrets nor
 * each other. A user is given back when nothing of it lives and its folder is gone, and the one that rested longest is next.
 */
import { chmodSync, chownSync, lstatSync, mkdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { missingCapabilities, runAs } from './change-user';
import type { ExecutorLog } from '../options';
import { usersAlive } from '../processes/process-marks';
import { UserClaims } from './user-claims';
import type { UserRange } from './user-range';

export interface SandboxUser {
  id: number;
  /** Working directory, home and folder for temporary files; nobody else may look into it. */
  folder: string;
  /** The user may write it, and the worker may read it. */
  reportFile: string;
}

/** Why sandboxes cannot run as users of this range; in words for the operator. */
export class SandboxUsersError extends Error {}

/** The kernel ends all that it may for this user, so nothing can slip through by forking. */
const END_ALL = 'kill -s KILL -- -1';
const CLEAR = 'chmod -R u+rwX -- "$1"; rm -rf -- "$1"';
const LIST_UNREADABLE = 'for file; do test -r "$file" || test -x "$file" || printf "%s\\n" "$file"; done';
/** A command has room for so many. */
const FILES_AT_A_TIME = 500;
/** A process that is being ended may still finish the file that it writes. */
const CLEARINGS = 5;
const CLEAR_AGAIN_MS = 50;

export class SandboxUsers {
  private readonly base = join(tmpdir(), `invoq-sandbox-users-${process.geteuid?.() ?? 0}`);
  private readonly claims = new UserClaims(this.base);
  /** Not to be used: something of them is left that this worker cannot remove. */
  private readonly aside = new Set<number>();
  private readonly leaving = new Set<Promise<void>>();
  private next: number;

  constructor(
    private readonly range: UserRange,
    private readonly log: ExecutorLog,
  ) {
    this.next = range.first;
  }

  /**
   * Ends what killed workers left of their users. `files`: what sandboxes must be able to read; `sandboxes`: how many may
   * live at a time.
   */
  async prepare(needs: { files: string[]; sandboxes: number }): Promise<void> {
    const { first, last } = this.range;
    const size = last - first + 1;
    if (size < needs.sandboxes) {
      throw new SandboxUsersError(
        `${needs.sandboxes} sandboxes (slots, twice, and spares) need more than ${size} users`,
      );
    }
    const missing = missingCapabilities();
    if (missing.length > 0) throw new SandboxUsersError(`this process lacks ${missing.join(', ')}`);
    for (const own of [process.geteuid!(), process.getegid!()]) {
      if (own >= first && own <= last) throw new SandboxUsersError(`${own} is the user or group of this process`);
    }
    this.makeBase();
    const unreadable = await this.unreadable([...needs.files, this.base]);
    if (unreadable.length > 0) throw new SandboxUsersError(`user ${first} cannot read ${unreadable.join(', ')}`);
    await Promise.all(this.claims.inherit().map((id) => this.clear(this.userOf(id))));
    for (const id of usersAlive()) {
      if (id < first || id > last || this.claims.isClaimed(id)) continue;
      this.setAside(id, 'processes of a sandbox user live that no worker here has started');
    }
  }

  /** Files that a user of the range cannot read. */
  async unreadable(files: string[]): Promise<string[]> {
    const { first } = this.range;
    const found: string[] = [];
    for (let at = 0; at < files.length; at += FILES_AT_A_TIME) {
      const output = await runAs(first, LIST_UNREADABLE, ...files.slice(at, at + FILES_AT_A_TIME)).catch(
        (error: Error) => {
          throw new SandboxUsersError(`no process can be started as user ${first}: ${error.message}`);
        },
      );
      found.push(...output.split('\n').filter((line) => line !== ''));
    }
    return found;
  }

  /** Throws when all are in use. */
  take(): SandboxUser {
    const { first, last } = this.range;
    for (let tries = first; tries <= last; tries++) {
      const id = this.next;
      this.next = id === last ? first : id + 1;
      if (!this.aside.has(id) && this.claims.claim(id) && this.settles(id)) return this.userOf(id);
    }
    throw new Error(`all users from ${first} to ${last} are in use`);
  }

  /** Ends whatever of the user lives, removes its folder, and gives it back. */
  leave(user: SandboxUser): Promise<void> {
    const left = this.clear(user).finally(() => this.leaving.delete(left));
    this.leaving.add(left);
    return left;
  }

  /** When all that are to be given back are. */
  async close(): Promise<void> {
    await Promise.all(this.leaving);
  }

  private userOf(id: number): SandboxUser {
    return { id, folder: join(this.base, `${id}.home`), reportFile: join(this.base, `${id}.json`) };
  }

  /** Others may go through it, by names that they know, and change nothing in it. */
  private makeBase(): void {
    mkdirSync(this.base, { recursive: true, mode: 0o711 });
    const { uid, mode } = lstatSync(this.base);
    if (uid !== process.geteuid!() || (mode & 0o40022) !== 0o40000) {
      throw new SandboxUsersError(`${this.base} must be a directory of this process's user that only it may write`);
    }
    // Whatever the umask.
    chmodSync(this.base, 0o711);
  }

  private settles(id: number): boolean {
    const { folder, reportFile } = this.userOf(id);
    const group = process.getegid!();
    try {
      // A worker that is not root comes in by its group. Modes are set apart, as the umask may be strict.
      mkdirSync(folder, { mode: 0o700 });
      chmodSync(folder, 0o710);
      chownSync(folder, id, group);
      rmSync(reportFile, { force: true });
      writeFileSync(reportFile, '', { flag: 'wx', mode: 0o600 });
      chmodSync(reportFile, 0o640);
      chownSync(reportFile, id, group);
      return true;
    } catch (err) {
      this.setAside(id, 'the folder of a sandbox user cannot be made', err);
      this.claims.release(id);
      return false;
    }
  }

  private async clear({ id, folder, reportFile }: SandboxUser): Promise<void> {
    try {
      await runAs(id, END_ALL);
      for (let clearing = 1; !removed(folder); clearing++) {
        if (clearing > CLEARINGS) throw new Error(`${folder} cannot be removed`);
        // As that user: it must not be led to files of others.
        await runAs(id, CLEAR, folder);
        if (clearing > 1) await new Promise((resolve) => setTimeout(resolve, CLEAR_AGAIN_MS));
      }
      rmSync(reportFile, { force: true });
      this.claims.release(id);
    } catch (err) {
      // The claim stays: no other worker takes it either.
      this.setAside(id, 'a sandbox user cannot be given back', err);
    }
  }

  private setAside(id: number, why: string, err?: unknown): void {
    this.aside.add(id);
    this.log.warn({ user: id, err }, `${why}; it is not used`);
  }
}

/** Undone while there is something in it. */
function removed(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

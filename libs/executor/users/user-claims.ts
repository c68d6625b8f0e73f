/**
 * Which worker of this machine uses which user. A claim is a symbolic link named by the user's id, with the worker's mark
 * for its target: the system makes it whole or not at all, and for one worker only.
 */
import { readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { isOfADeadWorker, markOfThisProcess } from '../processes/process-marks';

export class UserClaims {
  private readonly mark = markOfThisProcess();

  constructor(private readonly folder: string) {}

  /** False: somebody has it. */
  claim(id: number): boolean {
    return this.link(`${id}`);
  }

  release(id: number): void {
    rmSync(join(this.folder, `${id}`), { force: true });
  }

  isClaimed(id: number): boolean {
    return this.ownerOf(id) !== undefined;
  }

  /** Takes over what dead workers had. The users may have processes and files still. */
  inherit(): number[] {
    return readdirSync(this.folder)
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((id) => this.inheritOne(id));
  }

  private inheritOne(id: number): boolean {
    const dead = this.ownerOf(id);
    if (dead === undefined || !isOfADeadWorker(dead)) return false;
    // Of workers that start together one is the heir. It looks again: another one may have been it already.
    const right = `${id}.after.${dead}`;
    if (!this.link(right)) return false;
    try {
      if (this.ownerOf(id) !== dead) return false;
      const own = `${id}.${this.mark}`;
      this.link(own);
      renameSync(join(this.folder, own), join(this.folder, `${id}`));
      return true;
    } finally {
      rmSync(join(this.folder, right), { force: true });
    }
  }

  private ownerOf(id: number): string | undefined {
    try {
      return readlinkSync(join(this.folder, `${id}`));
    } catch {
      return undefined;
    }
  }

  private link(name: string): boolean {
    try {
      symlinkSync(this.mark, join(this.folder, name));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }
}

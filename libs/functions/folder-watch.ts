/**
 * Says that something changed in a set of folders. One watcher a folder and none a file: Node's own recursive watch
 * holds a watcher for every file under the root on Linux, node_modules included. Where the system gives no watchers, or
 * no more of them, it says so each half second and leaves it to the reader to look.
 */
import { type FSWatcher, statSync, watch } from 'node:fs';
import { basename, join, sep } from 'node:path';

export interface FolderWatchOptions {
  /** Something may have changed. Called at once, and often. */
  onEvent(): void;
  /** Use no watchers, only the clock: time between two checks, ms. */
  pollMs?: number;
}

/** Time between two checks where the system gives no watchers, ms. */
const FALLBACK_MS = 500;

export class FolderWatch {
  /** By path; `folder`: which folder has this path, since a link may lead elsewhere tomorrow. */
  private readonly watchers = new Map<string, { watcher: FSWatcher; folder: string | undefined }>();
  private poll?: NodeJS.Timeout;
  private closed = false;

  constructor(private readonly options: FolderWatchOptions) {
    if (options.pollMs !== undefined) this.startPolling(options.pollMs);
  }

  get polling(): boolean {
    return this.poll !== undefined;
  }

  /** Watches these folders and no others. True: a folder is watched that was not, so what it holds is best read again. */
  follow(folders: string[]): boolean {
    if (this.closed || this.polling) return false;
    const wanted = new Set(folders);
    for (const [path, { folder }] of this.watchers) {
      if (!wanted.has(path) || folderAt(path) !== folder) this.drop(path);
    }
    let grown = false;
    for (const folder of wanted) {
      if (this.watchers.has(folder) || this.polling) continue;
      grown = this.add(folder) || grown;
    }
    return grown;
  }

  close(): void {
    this.closed = true;
    clearInterval(this.poll);
    for (const path of this.watchers.keys()) this.drop(path);
  }

  private add(folder: string): boolean {
    try {
      const watcher = watch(folder, { persistent: false }, (event, name) => {
        if (event === 'rename' && name) this.forget(folder, name);
        this.options.onEvent();
      });
      watcher.on('error', () => this.fallBack());
      this.watchers.set(folder, { watcher, folder: folderAt(folder) });
      return true;
    } catch (error) {
      // Gone again is no reason: its parent's watcher tells when it comes back.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.fallBack();
      return false;
    }
  }

  /** A folder that was moved or removed is watched no more, whatever now has its name: `follow` watches that anew. */
  private forget(folder: string, name: string): void {
    const moved = join(folder, name);
    for (const path of this.watchers.keys()) {
      const isGone = path === moved || path.startsWith(moved + sep) || (path === folder && name === basename(folder));
      if (isGone) this.drop(path);
    }
  }

  private drop(path: string): void {
    this.watchers.get(path)?.watcher.close();
    this.watchers.delete(path);
  }

  private fallBack(): void {
    if (this.closed) return;
    for (const path of this.watchers.keys()) this.drop(path);
    this.startPolling(FALLBACK_MS);
  }

  private startPolling(ms: number): void {
    this.poll ??= setInterval(() => this.options.onEvent(), ms).unref();
  }
}

/** Names the folder itself, whatever path led there; undefined: there is none. */
function folderAt(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/**
 * The files of one version of a function, as they were when the version was accepted. A sandbox that starts later loads these
 * texts in place of what has changed on disk, so that one version never runs as two.
 */
import { readFile, realpath } from 'node:fs/promises';
import { digest, stampLine, type Stamp, stampNow } from './file-stamps';

/** A function whose own code is larger has no copy: its sandboxes load what is on disk, bytes. */
const MAX_BYTES = 4 * 1_048_576;

/** What a sandbox loads of a version whose files have changed: its entry, as a real path, and the text of each file. */
export interface KeptFiles {
  file: string;
  texts: Readonly<Record<string, string>>;
}

export class Sources {
  private constructor(
    private readonly entry: { named: string; real: string },
    /** Real paths of the files and their stamps when they were read. */
    private readonly stamps: ReadonlyMap<string, Stamp>,
    private readonly texts: Readonly<Record<string, string>> | undefined,
    /** Files that lie in no folder that is walked for this function. */
    private readonly outside: readonly string[],
  ) {}

  /**
   * `own`: paths that the version covers already (`path stamp`, as in `Walk`). Undefined when a file changed meanwhile.
   * `entry`: the entry file as its function names it, which may be a link.
   */
  static async read(files: readonly string[], own: readonly string[], entry: string): Promise<Sources | undefined> {
    const known = new Map<string, Stamp>();
    for (const line of own) {
      const at = line.lastIndexOf(' ');
      known.set(await realPathOf(line.slice(0, at)), line.slice(at + 1));
    }
    const stamps = new Map<string, Stamp>();
    const kept: Record<string, string> = Object.create(null) as Record<string, string>;
    let bytes = 0;
    for (const file of files) {
      const before = stampNow(file);
      const text = await readFile(file, 'utf8').catch(() => undefined);
      if (text === undefined || before === undefined || stampNow(file) !== before) return undefined;
      if (known.has(file) && known.get(file) !== before) return undefined;
      stamps.set(file, before);
      bytes += Buffer.byteLength(text);
      if (bytes <= MAX_BYTES) kept[file] = text;
    }
    const outside = files.filter((file) => !known.has(file));
    const named = { named: entry, real: await realPathOf(entry) };
    return new Sources(named, stamps, bytes <= MAX_BYTES ? kept : undefined, outside);
  }

  /** Real paths. */
  get files(): readonly string[] {
    return [...this.stamps.keys()];
  }

  /** What is to be loaded instead of the files: undefined while all of them are as they were. */
  get kept(): KeptFiles | undefined {
    const { named, real } = this.entry;
    // The name may be a link that leads elsewhere now.
    const isSame =
      stampNow(named) === this.stamps.get(real) && [...this.stamps].every(([file, stamp]) => stampNow(file) === stamp);
    return isSame || this.texts === undefined ? undefined : { file: real, texts: this.texts };
  }

  /** Undefined while every file from outside the walked folders is as it was; else what they are now, as one text. */
  async outsideChange(): Promise<string | undefined> {
    if (this.outside.every((file) => stampNow(file) === this.stamps.get(file))) return undefined;
    const lines = await Promise.all(this.outside.map(async (file) => (await stampLine(file)) ?? `${file} gone`));
    return digest(lines);
  }
}

async function realPathOf(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}

/**
 * Changes a keys file: one change at a time, by a new file (mode 0600) that is moved over the old one. A reader sees the
 * keys from before or from after, never a half.
 */
import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Rate } from '@invoq/contract/rate';
import type { Scope } from './caller';
import { type Key, parseKeys, writeKeys } from './keys';

/** For whoever changes the file at the same time, ms; then a lock that is older was left by one that died. */
const LOCK_MS = 5_000;
const LOOK_MS = 50;
const SECRET_BYTES = 32;

export interface KeyWish {
  id?: string;
  envs: [string, ...string[]];
  scopes: Scope[];
  rate?: Rate;
}

/** What cannot be done with the keys as they are. */
export class KeysEditFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'KeysEditFault';
  }
}

export class KeysEditor {
  constructor(private readonly file: string) {}

  /** No file is a file without keys. */
  async list(): Promise<Key[]> {
    const text = await readFile(this.file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    return text === undefined ? [] : parseKeys(text).all();
  }

  async create({ id, envs, scopes, rate }: KeyWish): Promise<Key> {
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    const name = id ?? `key-${randomBytes(4).toString('hex')}`;
    const key: Key = { id: name, secret, envs, scopes: new Set(scopes), rate };
    await this.change((keys) => {
      if (keys.some((other) => other.id === key.id)) throw new KeysEditFault(`There is a key "${key.id}" already.`);
      return [...keys, key];
    });
    return key;
  }

  async revoke(id: string): Promise<void> {
    await this.change((keys) => {
      const rest = keys.filter((key) => key.id !== id);
      if (rest.length === keys.length) throw new KeysEditFault(`There is no key "${id}".`);
      return rest;
    });
  }

  private async change(edit: (keys: Key[]) => Key[]): Promise<void> {
    const unlock = await this.lock();
    try {
      const text = writeKeys(edit(await this.list()));
      // What the API would refuse is not written.
      parseKeys(text);
      await this.replace(text);
    } finally {
      await unlock();
    }
  }

  private async replace(text: string): Promise<void> {
    const fresh = `${this.file}.${process.pid}.new`;
    const handle = await open(fresh, 'w', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(fresh, this.file);
  }

  private async lock(): Promise<() => Promise<void>> {
    const path = `${this.file}.lock`;
    for (const until = Date.now() + 2 * LOCK_MS; ; await sleep(LOOK_MS)) {
      const handle = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return undefined;
        throw error;
      });
      if (handle) {
        await handle.close();
        return () => rm(path, { force: true });
      }
      const age = await stat(path).then(
        ({ mtimeMs }) => Date.now() - mtimeMs,
        () => 0,
      );
      if (age > LOCK_MS) await rm(path, { force: true });
      if (Date.now() > until) throw new KeysEditFault(`${path} is in the way: another change is not done.`);
    }
  }
}

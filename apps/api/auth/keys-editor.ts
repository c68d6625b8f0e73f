/**
 * Changes a keys file: one change at a time, by a new file that is moved over the old one and has its owner and mode (0600
 * when there was none). A reader sees the keys from before or from after, never a half.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Rate } from '@invoq/contract/rate';
import type { Scope } from './caller';
import { LockError, lockFile } from './file-lock';
import { type Key, parseKeys, writeKeys } from './keys';

/** For whoever changes the file at the same time, ms. */
const LOCK_MS = 10_000;
const NEW_MODE = 0o600;
const SECRET_BYTES = 32;

export interface KeyInput {
  id?: string;
  envs: [string, ...string[]];
  scopes: Scope[];
  rate?: Rate;
}

/** What cannot be done with the keys as they are. */
export class KeysEditError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'KeysEditError';
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

  async create({ id, envs, scopes, rate }: KeyInput): Promise<Key> {
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    const name = id ?? `key-${randomBytes(4).toString('hex')}`;
    const key: Key = { id: name, secret, envs, scopes: new Set(scopes), rate };
    await this.change((keys) => {
      if (keys.some((other) => other.id === key.id)) throw new KeysEditError(`There is a key "${key.id}" already.`);
      return [...keys, key];
    });
    return key;
  }

  async revoke(id: string): Promise<void> {
    await this.change((keys) => {
      const rest = keys.filter((key) => key.id !== id);
      if (rest.length === keys.length) throw new KeysEditError(`There is no key "${id}".`);
      return rest;
    });
  }

  private async change(edit: (keys: Key[]) => Key[]): Promise<void> {
    // A link stays one: what it leads to is changed.
    const file = await realpath(this.file).catch(() => this.file);
    const unlock = await lockFile(`${file}.lock`, LOCK_MS).catch((error: unknown) => {
      throw error instanceof LockError ? new KeysEditError(error.message) : error;
    });
    try {
      const text = writeKeys(edit(await this.list()));
      // What the API would refuse is not written.
      parseKeys(text);
      await replace(file, text);
    } finally {
      await unlock();
    }
  }
}

async function replace(file: string, text: string): Promise<void> {
  const fresh = `${file}.${randomBytes(6).toString('hex')}.new`;
  const handle = await open(fresh, 'wx', NEW_MODE);
  try {
    await keepOwner(handle, file);
    await handle.writeFile(text);
    await handle.sync();
    await rename(fresh, file);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  await syncFolder(dirname(file));
}

/** Else an API that runs as another user could read it no more, and would go on with the keys from before. */
async function keepOwner(handle: FileHandle, file: string): Promise<void> {
  const old = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!old) return;
  const { uid, gid } = await handle.stat();
  if (uid !== old.uid || gid !== old.gid) {
    await handle.chown(old.uid, old.gid).catch(() => {
      throw new KeysEditError(
        `It belongs to user ${old.uid} and group ${old.gid}: change it as that user, or as root.`,
      );
    });
  }
  await handle.chmod(old.mode & 0o777);
}

/** A key that was revoked must not come back with the power. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

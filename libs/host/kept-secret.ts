/**
 * A secret that no setting gives: made once, and kept in a file, so that all processes that share the file's folder share
 * the secret too.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Reads it, or makes it of 32 random bytes. Of processes that make it at the same time one wins, and all read the same. */
export async function keptSecret(file: string, write: (bytes: Buffer) => string): Promise<string> {
  const known = await readKeptSecret(file);
  if (known !== undefined) return known;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const part = `${file}.${randomBytes(8).toString('hex')}`;
  const handle = await open(part, 'wx', 0o600);
  try {
    await handle.writeFile(write(randomBytes(32)));
    await handle.sync();
    // Unlike a rename, a link does not replace what another process has put there first.
    await link(part, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await handle.close();
    await rm(part, { force: true });
  }
  return readFile(file, 'utf8');
}

/** Undefined: it was not made yet. */
export async function readKeptSecret(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * The secret that signs addresses of blobs, when no setting gives one: made once, and kept beside the blobs, so that all
 * APIs that share the directory share it too.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

const FILE = '.link-secret';

/** Reads it, or makes it. Of processes that make it at the same time one wins, and all read the same. */
export async function linkSecret(directory: string): Promise<string> {
  const file = join(directory, FILE);
  const known = await readIfThere(file);
  if (known !== undefined) return known;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const part = `${file}.${randomBytes(8).toString('hex')}`;
  const handle = await open(part, 'wx', 0o600);
  try {
    await handle.writeFile(randomBytes(32).toString('base64url'));
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

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

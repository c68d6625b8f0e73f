/**
 * What tells one folder of blobs from another: a random id in a file of the folder. Processes that read the same id share
 * the folder, by whatever path each of them reaches it.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** No name of a shelf, so that no sweep takes it. */
const FILE = '.place';
const MARK = /^[\w-]{16}$/;

/** Reads it, or makes the folder and it. Of processes that make it at the same time one wins, and all read the same. */
export async function placeMark(directory: string): Promise<string> {
  const file = join(directory, FILE);
  const known = await readMark(file);
  if (known !== undefined) return known;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const part = `${file}.${randomBytes(8).toString('hex')}`;
  const handle = await open(part, 'wx', 0o600);
  try {
    await handle.writeFile(randomBytes(12).toString('base64url'));
    await handle.sync();
    // Unlike a rename, a link does not replace what another process has put there first.
    await link(part, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await handle.close();
    await rm(part, { force: true });
  }
  const made = await readMark(file);
  if (made === undefined) throw new Error(`${file} does not hold the id of a folder of blobs: delete it`);
  return made;
}

/** Undefined: there is none. */
async function readMark(file: string): Promise<string | undefined> {
  try {
    const mark = (await readFile(file, 'utf8')).trim();
    return MARK.test(mark) ? mark : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

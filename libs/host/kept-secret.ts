/**
 * A secret that no setting gives: made once, and kept in a file, so that all processes that share the file's folder share
 * the secret too.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Of the mode: whether the group or others may read or write. */
const FOR_OTHERS = 0o066;

/** The part of pino that is used here. */
interface Log {
  warn(fields: object, message: string): void;
}

/** Reads it, or makes it of 32 random bytes. Of processes that make it at the same time one wins, and all read the same. */
export async function keptSecret(file: string, write: (bytes: Buffer) => string, log?: Log): Promise<string> {
  const known = await readKeptSecret(file);
  if (known !== undefined) {
    await warnIfOpen(file, log);
    return known;
  }
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

async function warnIfOpen(file: string, log: Log | undefined): Promise<void> {
  const { mode } = await stat(file);
  if ((mode & FOR_OTHERS) === 0) return;
  log?.warn({ file, mode: (mode & 0o777).toString(8) }, 'others can read or write a secret; chmod 600 closes it');
}

/**
 * Puts `invoq` into node_modules/.bin. npm links the commands of what a project depends on, and not its own. Called by this
 * path it is always ours: nothing is looked for by its name in a registry.
 */
import { lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './places.mjs';

const TARGET = '../../scripts/invoq.mjs';

/** A no-op when it stands. */
export function linkBin(folder = join(root, 'node_modules', '.bin')) {
  const link = join(folder, 'invoq');
  if (targetOf(link) === TARGET) return;
  mkdirSync(folder, { recursive: true });
  rmSync(link, { force: true });
  try {
    symlinkSync(TARGET, link);
  } catch (error) {
    // Another process of ours was faster, or this disk has no links: then `node scripts/invoq.mjs` it is.
    if (!['EEXIST', 'EPERM', 'EROFS', 'ENOTSUP'].includes(error.code)) throw error;
  }
}

function targetOf(link) {
  try {
    return lstatSync(link).isSymbolicLink() ? readlinkSync(link) : undefined;
  } catch {
    return undefined;
  }
}

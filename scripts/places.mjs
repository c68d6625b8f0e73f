/** Where things are: the checkout, and the data that outlives a run. */
import { mkdirSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of the checkout. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Absolute path of the data folder: `.data`, or where INVOQ_DATA says. Made when missing; for its owner's eyes only. */
export function dataDir() {
  const dir = resolve(root, process.env.INVOQ_DATA || '.data');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return dir;
}

/** Is the module of this `import.meta.url` the script that node was asked to run? Symbolic links are seen through. */
export function isMain(url) {
  return Boolean(process.argv[1]) && realpathSync(process.argv[1]) === fileURLToPath(url);
}

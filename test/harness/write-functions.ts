/** Functions of a test's own, in a folder that an app can serve. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { scratchDir } from './scratch';

/**
 * Writes each file, by its path in the folder: text as it is, anything else as JSON.
 * @returns the folder, for INVOQ_FUNCTIONS; gone with the suite
 */
export function writeFunctions(files: Record<string, unknown>, dir: string = scratchDir('functions')): string {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  }
  return dir;
}

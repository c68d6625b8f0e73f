/** A folder that looks like a fresh checkout, for commands that write: links to what is read, a copy of the examples. */
import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDir } from '../harness/scratch';

const ROOT = join(__dirname, '..', '..');
const OWN = new Set(['examples', 'keys.json']);

/** Its absolute path. It stands in a folder of its own, so that `../my-functions` is beside it. */
export function checkout(): string {
  const folder = join(scratchDir('docs'), 'invoq');
  mkdirSync(folder);
  for (const name of readdirSync(ROOT)) {
    if (!name.startsWith('.') && !OWN.has(name)) symlinkSync(join(ROOT, name), join(folder, name));
  }
  cpSync(join(ROOT, 'examples'), join(folder, 'examples'), { recursive: true });
  return folder;
}

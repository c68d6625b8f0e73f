/** Folders of their own for tests, gone at the end. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atEnd } from './at-end';

/** Absolute path of a new, empty folder; `name` is seen in it, for whoever looks at a running test. */
export function scratchDir(name: string): string {
  const dir = mkdtempSync(join(tmpdir(), `invoq-test-${name}-`));
  // A process that is just ending may still write into it.
  atEnd(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  return dir;
}

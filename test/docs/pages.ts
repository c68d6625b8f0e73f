/** The pages that readers have: README, ARCHITECTURE and the like, and all of docs/. Paths are from the root of the checkout. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const ON_TOP = ['README.md', 'README.zh-CN.md', 'ARCHITECTURE.md', 'SECURITY.md'];

export function allPages(): string[] {
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' });
  return [...ON_TOP, ...docs.filter((name) => name.endsWith('.md')).map((name) => join('docs', name))].sort();
}

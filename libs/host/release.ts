/** Which release this process is: the version of the package, and the commit when it runs from a checkout. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** `0.2.0`, or `0.2.0+a6899a5`. */
export function releaseOf(from = __dirname): string {
  const root = rootOf(from);
  if (root === undefined) return 'unknown';
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const commit = commitOf(root);
  return commit === undefined ? version : `${version}+${commit.slice(0, 7)}`;
}

/** The folder with our `package.json`: compiled code stands deeper than its source. */
function rootOf(from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name === 'invoq')
      return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

/** Read as git writes it, without git; undefined when anything is not as expected. */
function commitOf(root: string): string | undefined {
  try {
    const dotGit = join(root, '.git');
    // In a worktree it is a file that names the folder.
    const git = statSync(dotGit).isFile()
      ? readFileSync(dotGit, 'utf8')
          .replace(/^gitdir: /, '')
          .trim()
      : dotGit;
    const head = readFileSync(join(git, 'HEAD'), 'utf8').trim();
    const ref = /^ref: (.+)$/.exec(head)?.[1];
    if (ref === undefined) return head;
    const common = join(git, 'commondir');
    const shared = existsSync(common) ? join(git, readFileSync(common, 'utf8').trim()) : git;
    if (existsSync(join(shared, ref))) return readFileSync(join(shared, ref), 'utf8').trim();
    const packed = readFileSync(join(shared, 'packed-refs'), 'utf8').split('\n');
    return packed.find((line) => line.endsWith(` ${ref}`))?.split(' ')[0];
  } catch {
    return undefined;
  }
}

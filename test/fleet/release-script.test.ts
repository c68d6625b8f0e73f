/** `node scripts/release.mjs <version>` in a clone of its own: what it writes, and what it refuses. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDir } from '../harness/scratch';

const root = join(__dirname, '..', '..');
const git = (cwd: string, ...args: string[]): string => execFileSync('git', args, { cwd, encoding: 'utf8' }).trim();

function clone(): string {
  const folder = join(scratchDir('release'), 'clone');
  git(root, 'clone', '--quiet', '--no-hardlinks', root, folder);
  return folder;
}

const read = (folder: string, file: string): string => readFileSync(join(folder, file), 'utf8');

function release(folder: string, ...args: string[]): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/release.mjs', ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, said: `${stdout}${stderr}` };
}

it('writes version, changelog and the commit that the next release is rolled against, and commits nothing', () => {
  const folder = clone();
  const head = git(folder, 'rev-parse', 'HEAD');
  const [major, minor] = (JSON.parse(read(folder, 'package.json')) as { version: string }).version
    .split('.')
    .map(Number);
  const version = `${major}.${minor + 1}.0`;
  expect(release(folder, version)).toMatchObject({ status: 0 });
  expect(JSON.parse(read(folder, 'package.json'))).toMatchObject({ version });
  const lock = JSON.parse(read(folder, 'package-lock.json')) as { version: string; packages: object };
  expect(lock).toMatchObject({ version, packages: { '': { version } } });
  expect(read(folder, 'package-lock.json')).not.toContain('"resolved"');
  expect(read(folder, 'CHANGELOG.md')).toMatch(
    new RegExp(`## Unreleased\n\n## ${version} - \\d{4}-\\d\\d-\\d\\d\n\n### `),
  );
  expect(read(folder, 'Dockerfile')).toContain(`\nARG VERSION=${version}\n`);
  expect(read(folder, 'test/fleet/release-before')).toBe(`${head}\n`);
  expect(git(folder, 'rev-parse', 'HEAD')).toBe(head);
  const changed = git(folder, 'diff', '--stat=200').split('\n').length - 1;
  expect(changed).toBeLessThanOrEqual(6);

  expect(release(folder, version)).toMatchObject({ status: 1 });
  git(folder, '-c', 'user.name=t', '-c', 'user.email=t@t', 'commit', '-qam', 'Release');
  // Nothing has been done since.
  const again = release(folder, `${major}.${minor + 2}.0`);
  expect(again).toMatchObject({ status: 1, said: expect.stringContaining('nothing to release') });
}, 60_000);

it.each([
  [[], 'Usage'],
  [['1'], 'must be a version such as'],
  [['99.0.0'], 'comes'],
])(
  'refuses %j and changes nothing',
  (args, said) => {
    const folder = clone();
    expect(release(folder, ...args)).toMatchObject({ status: 1, said: expect.stringContaining(said) });
    expect(git(folder, 'status', '--porcelain')).toBe('');
  },
  60_000,
);

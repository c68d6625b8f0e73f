/**
 * `node scripts/release.mjs 0.2.0`: makes a release out of what is committed. Writes the version into package.json, its lock
 * file, the client's package.json and the Dockerfile. Gives the entries under "Unreleased" their heading. Names the commit that
 * is released in test/fleet/release-before: the next release is rolled against it. Commits nothing.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './places.mjs';
import { Trouble, say, tell } from './trouble.mjs';

const VERSION = /^(\d+)\.(\d+)\.(\d+)$/;
const UNRELEASED = '## Unreleased';

await tell(async () => {
  const [version, ...more] = process.argv.slice(2);
  if (version === undefined || more.length > 0) throw new Trouble('Usage: node scripts/release.mjs <version>');
  const current = JSON.parse(read('package.json')).version;
  mustFollow(version, current);
  if (git('status', '--porcelain', '--untracked-files=no') !== '') throw new Trouble('Commit your changes first.');

  const changelog = withHeading(read('CHANGELOG.md'), version);
  for (const file of ['package.json', 'package-lock.json', 'libs/client/package.json']) {
    write(file, withVersion(read(file), file, current, version));
  }
  write('Dockerfile', withLabel(read('Dockerfile'), current, version));
  write('CHANGELOG.md', changelog);
  write('test/fleet/release-before', `${git('rev-parse', 'HEAD')}\n`);
  say(`${current} -> ${version}. Look at the change, then: git commit -am "Release ${version}" && git tag v${version}`);
});

/** SemVer: a later one, and one step at a time. */
function mustFollow(version, current) {
  const [next, last] = [version, current].map((each) => VERSION.exec(each)?.slice(1).map(Number));
  if (!next) throw new Trouble(`${version}: must be a version such as 0.2.0.`);
  const [major, minor, patch] = last;
  const steps = [`${major}.${minor}.${patch + 1}`, `${major}.${minor + 1}.0`, `${major + 1}.0.0`];
  if (!steps.includes(version)) throw new Trouble(`${version}: after ${current} comes ${steps.join(', ')}.`);
}

function withLabel(text, current, version) {
  const [from, to] = [`\nARG VERSION=${current}\n`, `\nARG VERSION=${version}\n`];
  if (!text.includes(from)) throw new Trouble(`Dockerfile has no line "ARG VERSION=${current}".`);
  return text.replace(from, to);
}

/** Only where it is the version of this package: the lock file has those of all others, too. */
function withVersion(text, file, current, version) {
  const json = JSON.parse(text);
  if (json.version === undefined) return text;
  if (json.version !== current)
    throw new Trouble(`${file} has version ${json.version}, and package.json has ${current}.`);
  json.version = version;
  if (json.packages?.['']?.version !== undefined) json.packages[''].version = version;
  return `${JSON.stringify(json, null, 2)}\n`;
}

function withHeading(text, version) {
  const [before, after] = text.split(`${UNRELEASED}\n`);
  if (after === undefined) throw new Trouble(`CHANGELOG.md has no heading "${UNRELEASED}".`);
  const entries = after.split(/^## /m)[0];
  if (!/^\* /m.test(entries))
    throw new Trouble('CHANGELOG.md has no entries under "Unreleased": there is nothing to release.');
  const day = new Date().toISOString().slice(0, 10);
  return `${before}${UNRELEASED}\n\n## ${version} - ${day}\n${after}`;
}

function read(file) {
  return readFileSync(join(root, file), 'utf8');
}

function write(file, text) {
  writeFileSync(join(root, file), text);
}

function git(...args) {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
}

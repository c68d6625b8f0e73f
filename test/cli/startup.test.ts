/** `invoq --help` is quick, and a checkout has `invoq` where docs call it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { INVOQ } from './invoq';

const ROOT = join(__dirname, '..', '..');
test('--help loads neither the client nor Redis', () => {
  const { stdout } = spawnSync(
    process.execPath,
    [
      '-e',
      `process.argv = [process.argv[0], 'invoq', '--help']; require('${ROOT}/dist/apps/cli/main.js'); process.on('exit', () => console.log(Object.keys(require.cache).join('\\n')))`,
    ],
    { encoding: 'utf8' },
  );
  const loaded = stdout.split('\n').filter((line) => line.startsWith(ROOT));
  expect(loaded.length).toBeGreaterThan(5);
  expect(loaded.filter((file) => /libs\/(client|store)|ioredis|pino|nestjs/.test(file))).toEqual([]);
  expect(loaded.length).toBeLessThan(40);
});

test('--help answers for little more CPU than Node takes to start', () => {
  const bare: number[] = [];
  const help: number[] = [];
  for (let round = 0; round < 5; round++) {
    bare.push(measured(['-e', '0']));
    help.push(measured([INVOQ, '--help']));
  }
  // Twice as much is usual; Nest and Redis' client alone take eight times as much.
  expect(Math.min(...help)).toBeLessThan(3 * Math.min(...bare));
});

/** CPU of one run of Node as the shell measures it, ms. */
function measured(args: string[]): number {
  const { stderr } = spawnSync(
    'bash',
    ['-c', `TIMEFORMAT='%U %S'; time "$0" "$@" > /dev/null`, process.execPath, ...args],
    { encoding: 'utf8' },
  );
  const [user, system] = stderr.trim().split(/\s+/).map(Number);
  return (user + system) * 1_000;
}

test('an install puts invoq into node_modules/.bin', () => {
  const bin = mkdtempSync(join(tmpdir(), 'invoq-bin-'));
  const script = `const { linkBin } = await import('${pathToFileURL(join(ROOT, 'scripts', 'link-bin.mjs')).href}'); linkBin(${JSON.stringify(bin)}); linkBin(${JSON.stringify(bin)})`;
  execFileSync(process.execPath, ['--input-type=module', '-e', script]);
  expect(readlinkSync(join(bin, 'invoq'))).toBe('../../scripts/invoq.mjs');
  rmSync(bin, { recursive: true });
});

test.each([
  ['keys', 'apps/api/keys-cli.js'],
  ['callback-secret', 'apps/worker/callback-secret-cli.js'],
  ['drain-here', 'apps/worker/drain-cli.js'],
])('%s runs what is built, and installs nothing below running processes', (command, entry) => {
  const folder = mkdtempSync(join(tmpdir(), 'invoq-pruned-'));
  try {
    for (const part of ['scripts', 'package.json', 'package-lock.json'])
      cpSync(join(ROOT, part), join(folder, part), { recursive: true });
    mkdirSync(join(folder, 'dist', entry, '..'), { recursive: true });
    writeFileSync(join(folder, 'dist', entry), 'console.log(process.argv.slice(2).join(" "))');
    const { stdout } = spawnSync(process.execPath, [join(folder, 'scripts/invoq.mjs'), command, '--flag', 'x'], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect(stdout).toBe('--flag x\n');
    expect(existsSync(join(folder, 'node_modules'))).toBe(false);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

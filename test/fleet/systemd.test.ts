/** The units for systemd, as systemd itself reads them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDir } from '../harness/scratch';
import { API_SETTINGS } from '../../apps/api/settings';
import { WORKER_SETTINGS } from '../../apps/worker/settings';

const folder = join(__dirname, '..', '..', 'deploy', 'systemd');
const UNITS = ['invoq-api', 'invoq-worker'];
const unit = (name: string): string => readFileSync(join(folder, `${name}.service`), 'utf8');
const INSTALL_LIMIT_MS = 240_000;

/** Is systemd-analyze there? Debian's package brings it, where this test may install one. */
function hasSystemd(): boolean {
  const there = (): boolean => spawnSync('systemd-analyze', ['--version']).status === 0;
  if (there()) return true;
  if (process.getuid?.() !== 0) return false;
  const options = { timeout: INSTALL_LIMIT_MS, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'systemd'], options);
  return there();
}

const verified = hasSystemd() ? test : test.skip;

verified.each(UNITS)('systemd-analyze verify has nothing to say of %s.service', (name) => {
  const file = join(scratchDir('units'), `${name}.service`);
  // Where Node is differs from machine to machine.
  writeFileSync(file, unit(name).replace('/usr/bin/node', process.execPath));
  const said = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8', timeout: 60_000 });
  expect({ status: said.status, text: said.stdout + said.stderr }).toEqual({ status: 0, text: '' });
});

verified('systemd-analyze verify has nothing to say of the users of sandboxes', () => {
  const file = join(scratchDir('units'), 'invoq-worker.service');
  const users = readFileSync(join(folder, 'invoq-worker-users.conf'), 'utf8');
  writeFileSync(file, `${unit('invoq-worker').replace('/usr/bin/node', process.execPath)}\n${users}`);
  const said = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8', timeout: 60_000 });
  expect({ status: said.status, text: said.stdout + said.stderr }).toEqual({ status: 0, text: '' });
});

test.each(UNITS)('%s.service gives its process the time that it may take to stop', (name) => {
  const graceMs = WORKER_SETTINGS.graceMs.default ?? NaN;
  const delayMs = name === 'invoq-api' ? (API_SETTINGS.shutdownDelayMs.default ?? NaN) : 0;
  const [, seconds] = /^TimeoutStopSec=(\d+)$/m.exec(unit(name)) ?? [];
  expect(Number(seconds) * 1_000).toBeGreaterThanOrEqual(delayMs + graceMs + 5_000);
  expect(unit(name)).toMatch(/^KillMode=mixed$/m);
});

test('the example of the settings names settings that there are, and a shell can read it', () => {
  const file = join(folder, 'invoq.env.example');
  const known = [...Object.values(API_SETTINGS), ...Object.values(WORKER_SETTINGS)].flatMap(({ env }) => [
    env,
    `${env}_FILE`,
  ]);
  const named = [...readFileSync(file, 'utf8').matchAll(/^#?([A-Z_]+)=/gm)].map(([, env]) => env);
  expect(named.length).toBeGreaterThan(8);
  expect(named.filter((env) => env !== undefined && !known.includes(env))).toEqual([]);
  execFileSync('sh', ['-c', `set -e; . "${file}"`]);
});

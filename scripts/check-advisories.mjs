/**
 * Holds the lock file to what is known: each package has a checksum, none names an address of its own, and no package that
 * runs in production has a known vulnerability of severity high or above. `node scripts/check-advisories.mjs`
 *
 * The registry knows the advisories. Where it does not answer, that part is left out, and the last line says so.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './places.mjs';
import { Trouble, say, tell } from './trouble.mjs';

const LIMIT_MS = 60_000;

await tell(() => {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const faults = lockErrors(JSON.parse(lock));
  if (faults.length > 0) throw new Trouble(`package-lock.json: ${faults.slice(0, 10).join('; ')}`);
  say('package-lock.json: each package has a checksum and no address of its own');

  const report = askRegistry();
  if (report === undefined) return void say('Advisories: left out, the registry does not answer here');
  const { high = 0, critical = 0 } = report.metadata.vulnerabilities;
  if (high + critical > 0) {
    const names = Object.values(report.vulnerabilities)
      .filter(({ severity }) => severity === 'high' || severity === 'critical')
      .map(({ name, severity }) => `${name} (${severity})`);
    throw new Trouble(`Known vulnerabilities: ${names.join(', ')}. See npm audit --omit=dev.`);
  }
  say('Advisories: none of severity high or above for what runs in production');
});

function lockErrors({ packages }) {
  return Object.entries(packages).flatMap(([path, { integrity, resolved, link }]) => {
    if (path === '' || link) return [];
    if (resolved !== undefined) return [`${path} has an address`];
    return integrity === undefined ? [`${path} has no checksum`] : [];
  });
}

/** Undefined: no answer that could be read. */
function askRegistry() {
  const args = ['audit', '--omit=dev', '--json'];
  const { stdout } = spawnSync('npm', args, { cwd: root, encoding: 'utf8', timeout: LIMIT_MS });
  try {
    const report = JSON.parse(stdout);
    return report.metadata?.vulnerabilities === undefined ? undefined : report;
  } catch {
    return undefined;
  }
}

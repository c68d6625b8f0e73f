/**
 * `npm run bench:scaling`: workers come and go as the load of their queue says (test/soak/scaling.test.ts); every call is
 * checked, and docs/plots/scaling.svg is drawn. `--no-write` leaves the plot as it is.
 */
import '../scripts/node-version.mjs';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from '../scripts/build.mjs';
import { install } from '../scripts/install.mjs';
import { root } from '../scripts/places.mjs';
import { bringRedis } from '../scripts/redis.mjs';
import { say, tell, Trouble } from '../scripts/trouble.mjs';
import { PLOTS } from './report.mjs';
import { drawing } from './scaling-plot.mjs';

await tell(async () => {
  const write = !process.argv.includes('--no-write');
  await install();
  await build();
  const folder = mkdtempSync(join(tmpdir(), 'invoq-scaling-'));
  const file = join(folder, 'samples.json');
  try {
    const env = { ...process.env, INVOQ_TEST_REDIS_SERVER: await bringRedis(), INVOQ_SCALING_FILE: file };
    const jest = join(root, 'node_modules/jest/bin/jest.js');
    const args = ['--selectProjects', 'soak', '--runInBand', '--testPathPatterns', 'test/soak/scaling.test.ts'];
    const child = spawn(process.execPath, [jest, ...args], { cwd: root, stdio: 'inherit', env });
    const code = await new Promise((done) => child.once('exit', done));
    if (code !== 0) throw new Trouble('A promise was broken; see above. No plot is drawn.');
    const run = JSON.parse(readFileSync(file, 'utf8'));
    const most = Math.max(...run.samples.map(({ oldestAgeMs }) => oldestAgeMs)) / 1_000;
    say(`The oldest call waited ${most.toFixed(1)} s at most; ${(run.boundMs / 1_000).toFixed(1)} s were the bound.`);
    if (write) writeFileSync(join(PLOTS, 'scaling.svg'), drawing(run));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

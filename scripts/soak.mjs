/**
 * `npm run soak -- --minutes 10`: traffic and faults for so long, and a table at the end; see test/soak.
 * `--fleet`: with workers that differ, functions that are deployed and releases that follow each other.
 */
import './node-version.mjs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { install } from './install.mjs';
import { root } from './places.mjs';
import { bringRedis } from './redis.mjs';
import { Trouble, tell } from './trouble.mjs';

await tell(async () => {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      fleet: { type: 'boolean', default: false },
      fsync: { type: 'string' },
    },
  });
  const fsync = values.fsync ?? (values.fleet ? 'everysec' : 'always');
  if (!(Number(values.minutes) > 0)) throw new Trouble(`--minutes ${values.minutes}: must be a number of minutes.`);
  if (!['always', 'everysec'].includes(fsync)) throw new Trouble(`--fsync ${fsync}: always or everysec.`);
  await install();
  process.env.INVOQ_TEST_REDIS_SERVER = await bringRedis();
  process.env.INVOQ_SOAK_MINUTES = values.minutes;
  process.env.INVOQ_SOAK_FSYNC = fsync;
  await build();
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  const which = `test/soak/${values.fleet ? 'fleet' : 'soak'}.test.ts`;
  const args = ['--selectProjects', 'soak', '--runInBand', '--testPathPatterns', which];
  const child = spawn(process.execPath, [jest, ...args], { cwd: root, stdio: 'inherit' });
  process.exitCode = await new Promise((done) => child.once('exit', (code) => done(code ?? 1)));
});

/** `npm run soak -- --minutes 10`: traffic and faults for so long, and a table at the end; see test/soak. */
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
    options: { minutes: { type: 'string', default: '10' }, fsync: { type: 'string', default: 'always' } },
  });
  if (!(Number(values.minutes) > 0)) throw new Trouble(`--minutes ${values.minutes}: must be a number of minutes.`);
  if (!['always', 'everysec'].includes(values.fsync)) throw new Trouble(`--fsync ${values.fsync}: always or everysec.`);
  await install();
  process.env.INVOQ_TEST_REDIS_SERVER = await bringRedis();
  process.env.INVOQ_SOAK_MINUTES = values.minutes;
  process.env.INVOQ_SOAK_FSYNC = values.fsync;
  await build();
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  const child = spawn(process.execPath, [jest, '--selectProjects', 'soak', '--runInBand'], {
    cwd: root,
    stdio: 'inherit',
  });
  process.exitCode = await new Promise((done) => child.once('exit', (code) => done(code ?? 1)));
});

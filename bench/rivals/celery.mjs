/** Celery on Redis, the queue of the Python world, behind a minimal HTTP server; Debian's packages, unpacked. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { canBringFromDebian, unpackFromDebian } from '../../scripts/debian-packages.mjs';
import { withLock } from '../../scripts/lock.mjs';
import { dataDir } from '../../scripts/places.mjs';
import { Trouble, say } from '../../scripts/trouble.mjs';
import { plainEnvironment } from '../processes.mjs';
import { startRedis } from '../redis-server.mjs';
import { SLOTS } from './add.mjs';
import { frontRequests } from './front-requests.mjs';

/** The one that Debian's packages are made for. */
const PYTHON = '/usr/bin/python3';
const PACKAGES = ['python3-celery', 'python3-redis'];
const FOLDER = join(import.meta.dirname, 'celery');

export const celery = {
  name: 'celery',
  label: 'Celery',
  what: `Celery on Redis behind Python's own HTTP server, ${SLOTS} worker processes; a record for a day, no isolation of calls`,
  isBrought: true,

  async start(house) {
    const packages = await bringCelery();
    const redis = await startRedis('celery', house);
    const env = { ...plainEnvironment(), REDIS_URL: redis.url, PYTHONPATH: `${FOLDER}:${packages}`, ...NO_LEFTOVERS };
    const how = ['--pool', 'prefork', '--concurrency', String(SLOTS), '--loglevel', 'WARNING'];
    const worker = await house.processes.start(
      'celery-worker',
      PYTHON,
      ['-m', 'celery', '-A', 'tasks', 'worker', ...how],
      {
        env,
        match: (line) => (line.includes('ready') ? true : undefined),
      },
    );
    const front = await house.processes.start('celery-front', PYTHON, [join(FOLDER, 'front.py')], {
      env,
      match: (line) => /^port (\d+)$/.exec(line)?.[1],
    });
    return {
      redis,
      pids: { api: front.pid, worker: worker.pid, redis: redis.pid },
      http: frontRequests(`http://127.0.0.1:${front.said}`, /"status":"SUCCESS"/),
      async atRest() {
        const [waiting, taken] = await Promise.all([redis.client.llen('celery'), redis.client.hlen('unacked')]);
        return waiting + taken === 0;
      },
    };
  },
};

/** No bytecode beside our sources. */
const NO_LEFTOVERS = { PYTHONDONTWRITEBYTECODE: '1' };

/** @returns {Promise<string>} the folder of its Python packages; '' when they are the machine's own */
async function bringCelery() {
  if (!existsSync(PYTHON)) throw new Trouble(`no ${PYTHON} here`);
  const tree = join(dataDir(), 'celery');
  const packages = join(tree, 'usr/lib/python3/dist-packages');
  const found = ['', packages].find(canImport);
  if (found !== undefined) return found;
  if (!canBringFromDebian())
    throw new Trouble('no Celery here, and no apt to bring it: apt-get install python3-celery');
  mkdirSync(dataDir(), { recursive: true, mode: 0o700 });
  await withLock('celery', async () => {
    if (canImport(packages)) return;
    say('Bringing Celery from the Debian archive into the data folder (nothing is installed)');
    await unpackFromDebian(PACKAGES, { target: tree, needed: /^python3-/ });
  });
  if (!canImport(packages)) throw new Trouble('the Celery of the Debian archive does not run here');
  return packages;
}

function canImport(packages) {
  try {
    const env = { ...plainEnvironment(), PYTHONPATH: packages, ...NO_LEFTOVERS };
    execFileSync(PYTHON, ['-c', 'import celery, redis'], { env, timeout: 20_000, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

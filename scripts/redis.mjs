/**
 * Finds a Redis (or Valkey) server program, or brings one: `node scripts/redis.mjs --which` prints its path.
 * No npm package ships one, and nothing here puts a service on the machine: what is brought lives in the data folder.
 */
import './node-version.mjs';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { canBringFromDebian } from './debian-packages.mjs';
import { withLock } from './lock.mjs';
import { dataDir, isMain } from './places.mjs';
import { bringFromDebian } from './redis-from-debian.mjs';
import { Trouble, say, tell } from './trouble.mjs';

/** The store's scripts use function flags, which came with Redis 7. Every Valkey has them. */
const OLDEST_MAJOR = 7;
const PROGRAMS = ['valkey-server', 'redis-server'];
/** Where Homebrew and distributions put them when PATH is short, as it is for services. */
const BESIDES_PATH = [
  '/usr/local/bin',
  '/usr/bin',
  '/opt/homebrew/bin',
  '/opt/homebrew/opt/redis/bin',
  '/opt/homebrew/opt/valkey/bin',
];

/**
 * @param {{ signal?: AbortSignal }} [options]
 * @returns {Promise<string>} absolute path of a server program, new enough and able to run here
 */
export async function bringRedis({ signal } = {}) {
  const brought = join(dataDir(), 'redis-server', 'redis-server');
  const found = findOnMachine() ?? (isUsable(brought) ? brought : undefined);
  if (found) return found;
  if (canBringFromDebian()) {
    await withLock('redis', () => isUsable(brought) || bringFromDebian(dataDir(), signal), signal).catch((error) => {
      if (!(error instanceof Trouble) || signal?.aborted) throw error;
      say(error.message);
    });
    if (isUsable(brought)) return brought;
  }
  throw new Trouble(
    `No Redis ${OLDEST_MAJOR} or newer here: apt-get install redis-server, or brew install valkey, or name a running one with REDIS_URL=redis://...`,
  );
}

function findOnMachine() {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...BESIDES_PATH].filter(Boolean);
  const candidates = PROGRAMS.flatMap((program) => folders.map((folder) => join(folder, program)));
  return candidates.find((path) => existsSync(path) && isUsable(path));
}

/** Asked to tell its version, does it run, and is it new enough? */
function isUsable(path) {
  try {
    const text = execFileSync(path, ['--version'], {
      encoding: 'utf8',
      timeout: 10_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return Number(/v=(\d+)\./.exec(text)?.[1]) >= OLDEST_MAJOR;
  } catch {
    return false;
  }
}

if (isMain(import.meta.url)) {
  await tell(async () => {
    if (!process.argv.includes('--which')) throw new Trouble('Usage: node scripts/redis.mjs --which');
    // Only the path may stand on stdout; what is said on the way goes to stderr.
    console.log = console.error;
    process.stdout.write(`${await bringRedis()}\n`);
  });
}
